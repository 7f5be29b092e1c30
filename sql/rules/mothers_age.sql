-- code: mothers_age
-- title: 母亲生育年龄异常
-- title_en: Mother of an implausible age
-- severity: medium
-- mode: live
-- source: 公开案例(冒用他人作母亲)
-- finds: 孩子出生时母亲不满 15 周岁或已过 50 岁生日。过小的可能涉及侵害未成年人,过大的常是以祖辈或他人冒充母亲。
-- finds_en: At the birth the mother wasn't fifteen yet, or her fiftieth birthday lay behind her. A girl may be the
--    victim of a crime; for an older woman, a grandmother or somebody else often stands in for the mother.
-- parameter: youngest int = 15 | 不满多少周岁 | younger than how many years
-- parameter: oldest int = 50 | 已过多少周岁生日 | past which birthday
-- says: 孩子 {birth_date} 出生时,母亲 {age} 周岁
-- says_en: when the child was born on {birth_date}, the mother's age was {age}
SELECT candidates.registration_id,
       jsonb_build_object(
           'birth_date', candidates.birth_date,
           'age', whole_years(candidates.mother_birth_date, candidates.birth_date)) AS evidence
  FROM candidates
 WHERE candidates.birth_date < candidates.mother_birth_date + make_interval(years => :youngest)
    OR candidates.birth_date > candidates.mother_birth_date + make_interval(years => :oldest)
