-- code: issuing_pair
-- title: 同一外省签发的证件集中在一县登记
-- title_en: Certificates of one far province gathered in one county
-- severity: medium
-- mode: live
-- source: 公开案例:湘黔滇豫签发的证件集中在福建两县使用
-- finds: 签发省既不是落户地,也不是父母身份证所属省,而同一签发省的证件在短期内集中到同一县(市、区)登记。务工人口
--    大量流入的省份本就常在当地生育,默认不查由它们签发的。
-- finds_en: The province of issue is neither that of the household nor that where a parent's citizen number was given,
--    and certificates of that province gather in one county within a short time. Provinces where very many migrants
--    work, and give birth, are left out as issuers by default.
-- parameter: min_count int = 8 | 至少几份 | how many at least
-- parameter: days int = 90 | 多少天之内 | within how many days
-- parameter: but_from text[] = 11, 31, 32, 33, 44 | 不查哪些签发省 | provinces of issue that are not looked at
-- says: {issuer_province}签发的证件 {days} 天内在{county}登记至少 {count} 份,父母均非该省人
-- says_en: within {days} days at least {count} certificates of {issuer_province} were registered in {county}, for
--    parents who don't come from there
SELECT candidates.registration_id,
       jsonb_build_object(
           'count', gathering.count, 'days', :days, 'issuer_province', candidates.issuer_province,
           'county', candidates.county, 'related', gathering.related) AS evidence
  FROM candidates
 CROSS JOIN LATERAL (
       SELECT max(count) AS count,
              coalesce(to_jsonb((array_agg(registration_id ORDER BY registration_id)
                                 FILTER (WHERE registration_id <> candidates.registration_id))[1:20]), '[]') AS related
         FROM (SELECT registration_id, entered_at, count,
                      min(entered_at) FILTER (WHERE begins) OVER () AS first_at,
                      max(entered_at) FILTER (WHERE begins) OVER () + make_interval(days => :days) AS last_at
                 FROM (SELECT registration_id, entered_at, count,
                              entered_at <= candidates.entered_at AND count >= :min_count AS begins
                         FROM (SELECT registration_id, entered_at,
                                      count(*) OVER (ORDER BY entered_at RANGE BETWEEN CURRENT ROW
                                                     AND make_interval(days => :days) FOLLOWING) AS count
                                 FROM (SELECT registration_id, entered_at
                                         FROM (SELECT before.registration_id, before.entered_at
                                                 FROM screening_facts AS before
                                                WHERE before.standing
                                                  AND before.is_far
                                                  AND before.county = candidates.county
                                                  AND before.issuer_province = candidates.issuer_province
                                                  AND (before.entered_at, before.registration_id)
                                                      <= (candidates.entered_at, candidates.registration_id)
                                                  AND before.entered_at
                                                      >= candidates.entered_at - make_interval(days => :days)
                                                ORDER BY before.entered_at DESC, before.registration_id DESC
                                                LIMIT :min_count) AS earlier
                                        UNION ALL
                                       SELECT registration_id, entered_at
                                         FROM (SELECT after.registration_id, after.entered_at
                                                 FROM screening_facts AS after
                                                WHERE after.standing
                                                  AND after.is_far
                                                  AND after.county = candidates.county
                                                  AND after.issuer_province = candidates.issuer_province
                                                  AND (after.entered_at, after.registration_id)
                                                      > (candidates.entered_at, candidates.registration_id)
                                                  AND after.entered_at
                                                      <= candidates.entered_at + make_interval(days => :days)
                                                ORDER BY after.entered_at, after.registration_id
                                                LIMIT :min_count) AS later
                                      ) AS near
                              ) AS windows
                      ) AS starts
              ) AS gathered
        WHERE entered_at BETWEEN first_at AND last_at
       ) AS gathering
 WHERE candidates.is_far
   AND candidates.issuer_province <> ALL (:but_from)
   AND gathering.count > 0
