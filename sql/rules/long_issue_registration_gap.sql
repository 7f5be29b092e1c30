-- code: long_issue_registration_gap
-- title: 签发很久才申报
-- title_en: Registered long after the certificate was issued
-- severity: low
-- mode: live
-- source: 2023年某医院出售真证案(嘱咐买家晚些再去落户)
-- finds: 证明签发两年以后才来申报。迟报本身常见(约两成婴儿不在出生当年登记),单独只是弱信号,与其他线索合看。
-- finds_en: The family applies more than two years after the certificate was issued. Lateness alone is common (about
--    a fifth isn't registered in the year of birth) and a weak sign; it counts beside others.
-- parameter: days int = 730 | 签发与申报相隔超过多少天 | more than how many days between issue and application
-- says: {issued_on} 签发,{applied_on} 才申报,相隔 {days} 天
-- says_en: issued on {issued_on}, applied for only on {applied_on}, {days} days later
SELECT candidates.registration_id,
       jsonb_build_object(
           'issued_on', candidates.issued_on,
           'applied_on', candidates.applied_on,
           'days', candidates.applied_on - candidates.issued_on) AS evidence
  FROM candidates
 WHERE candidates.applied_on - candidates.issued_on > :days
