-- code: looked_up_elsewhere
-- title: 登记前在多处核验
-- title_en: Looked up at several stations before it was registered
-- severity: medium
-- mode: live
-- source: 一个编号 30 日内在三处以上核验即为线索(产品要求);持证人四处试探的公开案例
-- finds: 证件在登记前的 30 天内被至少三个单位(含登记单位)为办理登记而核验。持证人被拒后换地方再试,多有隐情。
-- finds_en: Within the 30 days before it was registered the number was looked up for a registration at three or more
--    organisations, the one that registered it among them. Who was turned away and tries elsewhere mostly hides something.
-- parameter: min_stations int = 3 | 至少几个单位 | how many organisations at least
-- parameter: days int = 30 | 登记前多少天之内 | within how many days before
-- says: 登记前 {days} 天内共 {count} 个单位核验过,其他单位 {lookups} 次,首次 {first_on}
-- says_en: {count} organisations looked it up within {days} days before it was registered, the others {lookups} times,
--    first on {first_on}
SELECT candidates.registration_id,
       jsonb_build_object('count', 1 + count(DISTINCT elsewhere.organization), 'days', :days, 'lookups', count(*),
                          'first_on', (min(elsewhere.recorded_at) AT TIME ZONE 'Asia/Shanghai')::date) AS evidence
  FROM candidates
  -- Which months to read is reckoned once for each day: the bounds cost more than the look-up.
  JOIN (SELECT day, first_id_at(day::timestamp AT TIME ZONE 'UTC' - make_interval(days => :days + 1)) AS first_id,
               first_id_at(day::timestamp AT TIME ZONE 'UTC' + interval '2 days') AS last_id
          FROM (SELECT DISTINCT (entered_at AT TIME ZONE 'UTC')::date AS day FROM candidates) AS days
        OFFSET 0) AS bounds ON bounds.day = (candidates.entered_at AT TIME ZONE 'UTC')::date
 CROSS JOIN LATERAL (
       SELECT lookups.organization, lookups.recorded_at
         FROM lookups
        WHERE lookups.certificate_number = candidates.certificate_number
          AND lookups.id BETWEEN bounds.first_id AND bounds.last_id
          AND lookups.organization <> candidates.organization
          AND lookups.recorded_at BETWEEN candidates.entered_at - make_interval(days => :days) AND candidates.entered_at
          AND lookups.purpose IN ('birth_registration', 'late_registration')
        LIMIT 1000) AS elsewhere
 WHERE candidates.certificate_number IS NOT NULL
 GROUP BY candidates.registration_id
HAVING count(DISTINCT elsewhere.organization) >= :min_stations - 1
