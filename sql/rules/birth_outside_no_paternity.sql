-- code: birth_outside_no_paternity
-- title: 院外出生且无亲子鉴定
-- title_en: Born outside an institution, without a paternity test
-- severity: medium
-- mode: live
-- source: 湖南省2025年规定(在助产机构外出生的须作亲子鉴定)
-- finds: 在助产机构外出生的,医院没有分娩记录,证明全凭家长说法签发。没有支持亲子关系的鉴定的,逐一核查。
-- finds_en: Of a birth outside an institution no hospital keeps a record; the certificate rests on what the family
--    says. Where no test supports that the child is theirs, it is looked into.
-- says: {birth_date} 在助产机构外出生({issuer_name}签发),没有支持亲子关系的鉴定
-- says_en: born outside an institution on {birth_date} (certificate issued by {issuer_name}), and no test supports
--    the parentage
SELECT candidates.registration_id,
       jsonb_build_object(
           'birth_date', candidates.birth_date,
           'issuer_name', candidates.issuer_name) AS evidence
  FROM candidates
 WHERE candidates.born_outside
   AND NOT candidates.has_paternity_report
