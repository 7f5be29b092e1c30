-- code: serial_run
-- title: 外地签发的连号证件在同一县登记
-- title_en: Neighbouring numbers, issued elsewhere, registered in one county
-- severity: high
-- mode: live
-- source: 公开案例:同一家千里之外医院的 11 份连号真证在三个村使用;被盗空白证按批出售
-- finds: 外地市签发的证件,编号相近(默认 20 号以内至少 3 份),却都在同一县(市、区)登记。同一家医院同日出生的孩子
--    很少回到外地的同一个县;连号集中出现,多为空白证成批流出。
-- finds_en: Certificates issued in another prefecture, with neighbouring numbers (by default at least 3 within 20),
--    that were all registered in one county. Children of one day in one hospital rarely end in the same far county;
--    a run of numbers there is mostly a batch of blanks that was sold.
-- parameter: min_count int = 3 | 至少几份 | how many at least
-- parameter: span int = 20 | 编号相差不超过多少 | how far apart the numbers may lie
-- says: {issuer_division}签发的编号 {first_number} 至 {last_number} 之间有 {count} 份在{county}登记
-- says_en: {count} certificates of {issuer_division} numbered between {first_number} and {last_number} were registered
--    in {county}
SELECT candidates.registration_id,
       jsonb_build_object(
           'count', run.count, 'first_number', run.first_number, 'last_number', run.last_number,
           'issuer_division', candidates.issuer_division, 'county', candidates.county, 'related', run.related) AS evidence
  FROM candidates
 CROSS JOIN LATERAL (
       SELECT count(*) AS count, min(certificate_number) AS first_number, max(certificate_number) AS last_number,
              coalesce(to_jsonb((array_agg(registration_id ORDER BY registration_id)
                                 FILTER (WHERE registration_id <> candidates.registration_id))[1:20]), '[]') AS related
         FROM (SELECT registration_id, certificate_number, serial,
                      min(serial) FILTER (WHERE begins_a_run) OVER () AS first_serial,
                      max(serial) FILTER (WHERE begins_a_run) OVER () + :span AS last_serial
                 FROM (SELECT registration_id, certificate_number, serial,
                              serial <= substr(candidates.certificate_number, 2)::int
                              AND count(*) OVER (ORDER BY serial RANGE BETWEEN CURRENT ROW AND :span FOLLOWING)
                                  >= :min_count AS begins_a_run
                         FROM (SELECT near.registration_id, near.certificate_number,
                                      substr(near.certificate_number, 2)::int AS serial
                                 FROM screening_facts AS near
                                WHERE near.standing
                                  AND substr(near.issuer_division, 1, 4) <> substr(near.county, 1, 4)
                                  AND near.county = candidates.county
                                  AND NOT (near.issuer_province = near.province
                                           AND near.province IN ('11', '12', '31', '50'))
                                  -- Twins and triplets are one birth, for which its first number stands.
                                  AND NOT EXISTS (
                                      SELECT FROM screening_facts AS twin
                                       WHERE twin.standing
                                         AND twin.mother = near.mother
                                         AND twin.birth_date = near.birth_date
                                         AND twin.county = near.county
                                         AND twin.certificate_number < near.certificate_number)
                                  AND near.certificate_number
                                      BETWEEN left(candidates.certificate_number, 1) || lpad(greatest(
                                              substr(candidates.certificate_number, 2)::int - :span, 0)::text, 9, '0')
                                          AND left(candidates.certificate_number, 1) || lpad(least(
                                              substr(candidates.certificate_number, 2)::int + :span, 999999999)::text, 9, '0')
                                ORDER BY near.certificate_number
                                LIMIT 500) AS near
                      ) AS windows
              ) AS runs
        WHERE serial BETWEEN first_serial AND last_serial
       ) AS run
 WHERE candidates.certificate_number IS NOT NULL
   AND NOT (candidates.issuer_province = candidates.province AND candidates.province IN ('11', '12', '31', '50'))
   AND substr(candidates.issuer_division, 1, 4) <> substr(candidates.county, 1, 4)
   AND run.count > 0
