-- code: issued_differs
-- title: 登记与签发记录不符
-- title_en: The registration differs from the record of issue
-- severity: high
-- mode: live
-- source: 卫健部门签发记录与落户信息比对
-- finds: 卫健部门记载的同一编号,孩子姓名、性别、出生日期或母亲姓名与登记不同:可能一证两用或套改他人证明。姓名比对不计全半角、空格和间隔号;一方未填的不比。
-- finds_en: What the health authority recorded of this number names another child, sex, day of birth or mother than the
--    registration: one certificate may have been used for two, or altered. Width, blanks and the kind of middle dot in
--    names don't count; what either side left open isn't compared.
-- says: 与卫健部门的签发记录不一致:{differs}
-- says_en: differs from the health authority's record of issue in {differs}
SELECT candidates.registration_id,
       jsonb_build_object('differs', differing.fields) AS evidence
  FROM candidates
  JOIN issuances AS issued ON issued.certificate_number = candidates.certificate_number
 CROSS JOIN LATERAL (
       SELECT array_remove(ARRAY[
              CASE WHEN candidates.child_name <> issued.child_name
                    AND plain_name(candidates.child_name) <> plain_name(issued.child_name) COLLATE "C"
                   THEN 'child_name' END,
              CASE WHEN (candidates.sex, issued.child_sex) IN ((1, 2), (2, 1)) THEN 'sex' END,
              CASE WHEN candidates.birth_date <> (issued.born_at AT TIME ZONE interval '8 hours')::date
                   THEN 'birth_date' END,
              CASE WHEN candidates.mother_name <> issued.mother_name
                    AND plain_name(candidates.mother_name) <> plain_name(issued.mother_name) COLLATE "C"
                   THEN 'mother_name' END], NULL) AS fields
       ) AS differing
 WHERE (candidates.child_name <> issued.child_name
        OR candidates.sex <> issued.child_sex
        OR candidates.birth_date <> (issued.born_at AT TIME ZONE interval '8 hours')::date
        OR candidates.mother_name <> issued.mother_name)
   AND differing.fields <> '{}'
