-- code: outlier_clerk
-- title: 经办人远地签发占比异常
-- title_en: A clerk with unusually many certificates from far away
-- severity: low
-- mode: live
-- source: 公开案例:内外勾结的登记窗口;威尔逊置信下限(Wilson 1927)
-- finds: 该民警最近的登记中,签发省既非落户地也非父母来源地的占比,其置信下限仍超过本省通常占比的三倍。登记数太少的不算。
-- finds_en: Of the latest registrations of this clerk so many were issued where neither household nor parents are, that even the
--    lower bound of their share is above three times what is usual in the province. Small counts do not tell.
-- parameter: latest int = 500 | 看最近多少件登记 | how many of the latest registrations are counted
-- parameter: min_count int = 30 | 至少有多少件登记 | how many registrations there have to be
-- parameter: min_marked int = 8 | 至少有多少件远地签发 | how many issued far away there have to be
-- parameter: times numeric = 3 | 超过通常占比的几倍 | how many times the usual share
-- says: 经办人最近 {registrations} 件登记中 {marked} 件远地签发({percent}%,本省通常 {usual_percent}%)
-- says_en: of the latest {registrations} registrations of the clerk {marked} were issued far away ({percent}%, usual is
--    {usual_percent}%)
SELECT candidates.registration_id,
       jsonb_build_object('registrations', shares.registrations, 'marked', shares.marked,
                          'percent', round(100.0 * shares.marked / shares.registrations, 1),
                          'usual_percent', round((100 * shares.usual)::numeric, 1)) AS evidence
  FROM (SELECT DISTINCT officer, substr(organization, 1, 2) AS province FROM candidates WHERE is_far) AS asked
 CROSS JOIN LATERAL (
       SELECT baseline.marked::float8 / baseline.registrations AS usual
         FROM screening_baseline AS baseline
        WHERE baseline.province IN (asked.province, '')
          AND baseline.registrations >= 1000
        ORDER BY baseline.province DESC
        LIMIT 1
       ) AS baseline
 CROSS JOIN LATERAL (
       SELECT count(*) AS registrations, count(*) FILTER (WHERE is_far) AS marked, baseline.usual
         FROM (SELECT facts.is_far
                 FROM screening_facts AS facts
                WHERE facts.standing
                  AND facts.officer = asked.officer
                ORDER BY facts.registration_id DESC
                LIMIT :latest) AS recent
       ) AS shares
  -- The least that the true share is likely to be, at 99.9 % (z = 3.09): a few marked of a few don't tell anything.
 CROSS JOIN LATERAL (
       SELECT (share + z * z / (2 * n) - z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))) / (1 + z * z / n)
              AS at_least
         FROM (SELECT shares.marked::float8 / nullif(shares.registrations, 0) AS share,
                      nullif(shares.registrations, 0)::float8 AS n, 3.09::float8 AS z) AS counted
       ) AS wilson
  JOIN candidates ON candidates.officer = asked.officer
                 AND substr(candidates.organization, 1, 2) = asked.province
                 AND candidates.is_far
 WHERE shares.registrations >= :min_count
   AND shares.marked >= :min_marked
   AND wilson.at_least > :times * shares.usual
