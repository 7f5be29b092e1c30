-- code: non_relative_household
-- title: 以非亲属关系落在家庭户
-- title_en: Registered in a family household as a non-relative
-- severity: medium
-- mode: live
-- source: 清理整治通知第三种情形(以非亲属关系落在家庭户);关系代码 GB/T 4761
-- finds: 新生儿落在家庭户,与户主关系却是其他亲属、非亲属或其他(97、99、80)。买来的孩子常以这种关系挂在别人户上,逐一核查来源和实际抚养人。
-- finds_en: A newborn in a family household whose relation to the head is another relative, none, or other (97, 99,
--    80). Children who were bought are often put into somebody's household like this; it is looked into where the
--    child came from and who cares for it.
-- parameter: relations text[] = 80, 97, 99 | 核查哪些与户主关系代码 | which codes of the relation to the head
-- says: 落在家庭户,与户主关系为“{relation}”
-- says_en: registered in a family household as {relation} of its head
SELECT candidates.registration_id,
       jsonb_build_object('relation', candidates.relation) AS evidence
  FROM candidates
 WHERE candidates.household_kind = 1
   AND candidates.relation = ANY (:relations)
