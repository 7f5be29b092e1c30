-- code: over_six
-- title: 6周岁以上补报落户
-- title_en: First registered when older than six
-- severity: medium
-- mode: live
-- source: 清理整治通知第五种情形(6周岁以上补报落户)
-- finds: 第六个生日在申报日之前的,为6周岁以上补报(生日当天申报的不算;2月29日出生的,平年以2月28日为生日)。此类须有走访调查、人像、指纹、DNA 比对并经地市审批,逐一核查。
-- finds_en: The sixth birthday lies before the day of application (an application on the birthday itself isn't
--    counted; who was born on the 29th of February has it on the 28th in common years). Such children need a visit
--    report, comparison of face, fingerprints and DNA, and the prefecture's approval; each is looked into.
-- parameter: years int = 6 | 超过多少周岁 | older than how many years
-- says: {birth_date} 出生,{applied_on} 申报落户,已满 {age} 周岁
-- says_en: born on {birth_date}, registered on the application of {applied_on} at the age of {age}
SELECT candidates.registration_id,
       jsonb_build_object(
           'birth_date', candidates.birth_date,
           'applied_on', candidates.applied_on,
           'age', whole_years(candidates.birth_date, candidates.applied_on)) AS evidence
  FROM candidates
 WHERE candidates.birth_date + make_interval(years => :years) < candidates.applied_on
