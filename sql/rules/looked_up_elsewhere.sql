-- code: looked_up_elsewhere
-- title: 登记前在多处核验
-- title_en: Looked up at several stations before it was registered
-- severity: medium
-- mode: live
-- source: 一个编号 30 日内在三处以上核验即为线索(产品要求);持证人四处试探的公开案例
-- finds: 证件在登记前的 30 天内被至少三个单位为办理登记而核验。持证人被拒后换地方再试,多有隐情。
-- finds_en: Within the 30 days before it was registered the number was looked up for a registration at three or more
--    organisations. Who was turned away and tries elsewhere mostly hides something.
-- parameter: min_stations int = 3 | 至少几个单位 | how many organisations at least
-- parameter: days int = 30 | 登记前多少天之内 | within how many days before
-- says: 登记前 {days} 天内在 {count} 个单位核验过,首次 {first_on}
-- says_en: looked up at {count} organisations within {days} days before it was registered, first on {first_on}
SELECT candidates.registration_id,
       jsonb_build_object('count', asked.stations, 'days', :days, 'lookups', asked.lookups,
                          'first_on', (asked.first_at AT TIME ZONE 'Asia/Shanghai')::date) AS evidence
  FROM candidates
  -- The bounds cost more than the look-up, so they are reckoned once for each day, and only say which months to read.
  JOIN (SELECT day, first_id_at(day::timestamp AT TIME ZONE 'UTC' - make_interval(days => :days + 1)) AS first_id,
               first_id_at(day::timestamp AT TIME ZONE 'UTC' + interval '2 days') AS last_id
          FROM (SELECT DISTINCT (entered_at AT TIME ZONE 'UTC')::date AS day FROM candidates) AS days
       ) AS bounds ON bounds.day = (candidates.entered_at AT TIME ZONE 'UTC')::date
 CROSS JOIN LATERAL (
       SELECT lookups.certificate_number
         FROM lookups
        WHERE lookups.certificate_number = candidates.certificate_number
          AND lookups.id BETWEEN bounds.first_id AND bounds.last_id
       OFFSET :min_stations - 1
        LIMIT 1
       ) AS known
 CROSS JOIN LATERAL (
       SELECT count(DISTINCT organization) AS stations, count(*) AS lookups, min(recorded_at) AS first_at
         FROM (SELECT lookups.organization, lookups.recorded_at
                 FROM lookups
                WHERE lookups.certificate_number = known.certificate_number
                  AND lookups.id BETWEEN bounds.first_id AND bounds.last_id
                  AND lookups.recorded_at BETWEEN candidates.entered_at - make_interval(days => :days)
                                              AND candidates.entered_at
                  AND lookups.purpose IN ('birth_registration', 'late_registration')
                ORDER BY lookups.id
                LIMIT 200) AS before
       ) AS asked
 WHERE candidates.certificate_number IS NOT NULL
   AND asked.stations >= :min_stations
