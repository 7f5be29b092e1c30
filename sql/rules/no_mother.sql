-- code: no_mother
-- title: 没有母亲信息
-- title_en: No mother on the registration
-- severity: medium
-- mode: live
-- source: 公开案例(证明上母亲一栏被划去;嘱咐买家称母亲不在)
-- finds: 每个孩子都有母亲。没有填写母亲,或者只有姓名而没有身份证件号码的,核查分娩记录和母亲下落。弃婴和依法收养的不计入。
-- finds_en: Every child has a mother. Where none is named, or only a name is given and no number of a paper of identity,
--    the record of the birth and the mother are looked for. Foundlings and legal adoptions aren't counted.
-- parameter: exceptions text[] = foundling, legal_adoption | 哪些例外情形不核查 | which exceptions are not looked at
-- says: {mother_state}
-- says_en: {mother_state}
SELECT candidates.registration_id,
       jsonb_build_object('mother_state',
           CASE WHEN candidates.mother_name IS NULL AND candidates.mother IS NULL THEN 'missing'
                WHEN candidates.mother_name IS NULL THEN 'unnamed'
                ELSE 'unidentified' END) AS evidence
  FROM candidates
 WHERE (candidates.mother_name IS NULL OR candidates.mother IS NULL)
   AND (candidates.exception IS NULL OR candidates.exception <> ALL (:exceptions))
