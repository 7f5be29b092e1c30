-- code: shared_applicant
-- title: 同一申报人为多位母亲的孩子申报
-- title_en: One applicant for the births of several mothers
-- severity: medium
-- mode: live
-- source: 公开案例:中间人为互不相识的家庭代办落户
-- finds: 同一申报人为至少三位不同母亲所生的孩子申报出生登记。福利机构的经办人不查;祖父母为同姓孙辈申报的,视为一家。
-- finds_en: One applicant declared births of at least three different mothers. Institutions are not looked at; grandchildren of
--    one family name that a grandparent declares count as one family.
-- parameter: min_count int = 3 | 至少几位不同的母亲 | how many different mothers at least
-- says: 同一申报人共为 {count} 位母亲(家庭)的 {births} 名儿童申报
-- says_en: one applicant declared {births} children of {count} mothers or families
SELECT candidates.registration_id,
       jsonb_build_object('count', sharing.families, 'births', sharing.births, 'related', sharing.related) AS evidence
  FROM candidates
 CROSS JOIN LATERAL (
       SELECT other.applicant
         FROM screening_facts AS other
        WHERE other.standing
          AND other.applicant = candidates.applicant
          AND other.mother IS DISTINCT FROM candidates.mother
          AND other.mother IS NOT NULL
        LIMIT 1
       ) AS known
 CROSS JOIN LATERAL (
       -- A grandparent's grandchildren of one family name are one family, however many mothers they have.
       SELECT count(DISTINCT CASE WHEN applicant_relation = 'grandparent' THEN left(child_name, 1)
                                  ELSE mother::text END) AS families,
              count(DISTINCT mother) AS mothers,
              count(*) AS births,
              coalesce(to_jsonb((array_agg(registration_id ORDER BY registration_id)
                                 FILTER (WHERE registration_id <> candidates.registration_id))[1:20]), '[]') AS related
         FROM (SELECT other.registration_id, other.mother, other.applicant_relation, other.child_name
                 FROM screening_facts AS other
                WHERE other.standing
                  AND other.applicant = known.applicant
                  AND other.applicant_relation <> 'institution'
                ORDER BY other.registration_id
                LIMIT 100) AS births
       ) AS sharing
 WHERE candidates.applicant IS NOT NULL
   AND candidates.applicant_relation <> 'institution'
   AND sharing.families >= :min_count
   AND sharing.mothers >= :min_count
