-- code: births_too_close
-- title: 同一母亲两次生育间隔过短
-- title_en: Two births of one mother too close together
-- severity: high
-- mode: live
-- source: 公开案例:“双胞胎”相差数月,两证数分钟内签发
-- finds: 同一母亲名下两名儿童出生相差超过两天(不是多胞胎)而不足七个月(来不及再次分娩)。其中至少一名不是她所生,
--    或者出生日期不实。
-- finds_en: Two children of one mother were born more than two days apart (no twins) and less than seven months (too
--    short for another birth). At least one of them isn't hers, or a date of birth is untrue.
-- parameter: same_birth_days int = 2 | 相差几天以内算同一胎 | up to how many days apart it is one birth
-- parameter: min_days int = 210 | 两次分娩至少相隔几天 | the fewest days between two births
-- says: 同一母亲的另一名儿童出生日期只相差 {days} 天(编号 {other_number})
-- says_en: another child of the same mother (number {other_number}) was born only {days} days apart
SELECT candidates.registration_id,
       jsonb_build_object(
           'days', nearest.days, 'other_number', nearest.other_number, 'count', nearest.count,
           'related', nearest.related) AS evidence
  FROM candidates
 CROSS JOIN LATERAL (
       SELECT other.mother
         FROM screening_facts AS other
        WHERE other.standing
          AND other.mother = candidates.mother
          AND other.birth_date BETWEEN candidates.birth_date - :min_days + 1 AND candidates.birth_date + :min_days - 1
          AND abs(other.birth_date - candidates.birth_date) > :same_birth_days
        LIMIT 1
       ) AS known
 CROSS JOIN LATERAL (
       SELECT min(days) AS days, (array_agg(certificate_number ORDER BY days, registration_id))[1] AS other_number,
              count(*) AS count, to_jsonb((array_agg(registration_id ORDER BY registration_id))[1:20]) AS related
         FROM (SELECT other.registration_id, other.certificate_number,
                      abs(other.birth_date - candidates.birth_date) AS days
                 FROM screening_facts AS other
                WHERE other.standing
                  AND other.mother = known.mother
                  AND other.birth_date
                      BETWEEN candidates.birth_date - :min_days + 1 AND candidates.birth_date + :min_days - 1
                  AND abs(other.birth_date - candidates.birth_date) > :same_birth_days
                ORDER BY other.birth_date, other.registration_id
                LIMIT 100) AS others
       ) AS nearest
 WHERE candidates.mother IS NOT NULL
