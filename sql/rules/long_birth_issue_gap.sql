-- code: long_birth_issue_gap
-- title: 出生很久才签发证明
-- title_en: Certificate issued long after the birth
-- severity: medium
-- mode: live
-- source: 湖南省2025年规定(出生六个月后签发的须作亲子鉴定);2023年某医院出售真证案
-- finds: 正常情况下出院前后即签发。出生半年以后才首次签发的,可能是给来历不明的孩子补一张真证。换发、补发的日期本来就晚,不计入。
-- finds_en: A certificate is usually issued as mother and child leave the hospital. One first issued more than half a
--    year after the birth may have been made for a child of unknown origin. Exchanged and reissued ones bear a later
--    day by nature and aren't counted.
-- parameter: days int = 183 | 出生与签发相隔超过多少天 | more than how many days between birth and issue
-- says: {birth_date} 出生,{issued_on} 才签发证明,相隔 {days} 天
-- says_en: born on {birth_date}, the certificate issued only on {issued_on}, {days} days later
SELECT candidates.registration_id,
       jsonb_build_object(
           'birth_date', candidates.birth_date,
           'issued_on', candidates.issued_on,
           'days', candidates.issued_on - candidates.birth_date) AS evidence
  FROM candidates
 WHERE candidates.issued_on - candidates.birth_date > :days
   AND (candidates.issue_kind IS NULL OR candidates.issue_kind IN (1, 4))
