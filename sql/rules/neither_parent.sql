-- code: neither_parent
-- title: 未随父或母落户
-- title_en: Registered with neither father nor mother
-- severity: medium
-- mode: live
-- source: 清理整治通知第六种情形(未随父或母落户)
-- finds: 新生儿应随父或母落户。落在其他人户上的,即使填了例外情形,也逐一核查例外是否属实;依法收养另有“私自收养”规则核对证明,不计入。
-- finds_en: A newborn is registered with father or mother. Whoever joins another household is looked into, also where
--    an exception is given, whether it is true. Legal adoptions aren't counted: the rule on private adoption asks for
--    their proof.
-- parameter: exceptions text[] = legal_adoption | 哪些例外情形不再核查 | which exceptions are not looked at
-- says: 未随父或母落户({exception})
-- says_en: registered with neither father nor mother ({exception})
SELECT candidates.registration_id,
       jsonb_build_object('exception', coalesce(candidates.exception, 'none')) AS evidence
  FROM candidates
 WHERE NOT candidates.with_mother
   AND NOT candidates.with_father
   AND (candidates.exception IS NULL OR candidates.exception <> ALL (:exceptions))
