-- code: child_two_numbers
-- title: 一名儿童使用两个编号
-- title_en: One child with two numbers
-- severity: high
-- mode: live
-- source: 补录清理要求(一人两证);公开案例:同一儿童在两地重复登记
-- finds: 同一公民身份号码,或者姓名、出生日期、性别相同且父母至少一方相同的儿童,在另一个出生医学证明编号下也有登记。
-- finds_en: The same citizen number, or the same name, date of birth and sex with a parent in common, is registered on
--    another certificate number as well.
-- says: 同一儿童另以编号 {other_number} 登记({matched_by})
-- says_en: the same child is registered on number {other_number} too ({matched_by})
SELECT candidates.registration_id,
       jsonb_build_object(
           'other_number', min(other.certificate_number), 'count', count(DISTINCT other.registration_id),
           'matched_by', CASE WHEN bool_or(same.by_child) THEN 'citizen_number' ELSE 'particulars' END,
           'related', to_jsonb((array_agg(DISTINCT other.registration_id ORDER BY other.registration_id))[1:20])
       ) AS evidence
  FROM (SELECT candidates.registration_id AS candidate, numbered.registration_id, true AS by_child
          FROM candidates
         CROSS JOIN LATERAL (
               SELECT other.registration_id
                 FROM screening_facts AS other
                WHERE other.standing
                  AND other.child = candidates.child
                  AND other.registration_id <> candidates.registration_id
                ORDER BY other.registration_id
                LIMIT 50) AS numbered
         WHERE candidates.child IS NOT NULL
         UNION ALL
        SELECT candidates.registration_id, named.registration_id, false
          FROM candidates
         CROSS JOIN LATERAL (
               SELECT other.registration_id
                 FROM screening_facts AS other
                WHERE other.standing
                  AND other.child_name = candidates.child_name
                  AND other.birth_date = candidates.birth_date
                  AND other.registration_id <> candidates.registration_id
                ORDER BY other.registration_id
                LIMIT 200) AS named
       ) AS same
  JOIN candidates ON candidates.registration_id = same.candidate
 CROSS JOIN LATERAL (
       SELECT other.registration_id, other.certificate_number
         FROM screening_facts AS other
        WHERE other.registration_id = same.registration_id
          AND other.standing
          AND other.certificate_number <> candidates.certificate_number
          AND (same.by_child
               OR other.sex = candidates.sex
                  AND (other.mother = candidates.mother OR other.father = candidates.father))
        LIMIT 1
       ) AS other
 GROUP BY candidates.registration_id
