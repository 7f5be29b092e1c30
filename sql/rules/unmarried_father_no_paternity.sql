-- code: unmarried_father_no_paternity
-- title: 非婚生随父落户但无亲子鉴定证明
-- title_en: Born out of wedlock and registered with the father without a paternity test
-- severity: high
-- mode: live
-- source: 清理整治通知第七种情形(非婚生随父落户但无亲子鉴定证明)
-- finds: 父母未婚,子女只随父落户,或者根本没有填写母亲,而没有支持亲子关系的鉴定意见。这样落户,谁都可以自称父亲。
-- finds_en: The parents are unmarried, and the child is registered with the father alone, or no mother is named at
--    all; and no laboratory supports that he is the father. Like this, anybody can call himself the father.
-- says: {marital_status},{father_alone},没有支持亲子关系的鉴定
-- says_en: {marital_status}, {father_alone}, and no test supports that he is the father
SELECT candidates.registration_id,
       jsonb_build_object(
           'marital_status', candidates.marital_status,
           'father_alone', CASE WHEN candidates.mother_name IS NULL AND candidates.mother IS NULL THEN 'no_mother'
                                ELSE 'with_father' END) AS evidence
  FROM candidates
 WHERE candidates.marital_status <> 'married'
   AND NOT candidates.has_paternity_report
   AND ((candidates.with_father AND NOT candidates.with_mother)
        OR (candidates.mother_name IS NULL AND candidates.mother IS NULL
            AND (candidates.father_name IS NOT NULL OR candidates.father IS NOT NULL)))
