-- code: far_issuer
-- title: 签发机构远离落户地
-- title_en: Issuer far away
-- severity: low
-- mode: live
-- source: 公开案例(千里之外一家医院的 11 张证明在三个村使用)
-- finds: 证明由外省签发,父母身份证又都不是该省签发地的,且两省省会相距 500 公里以上。外出务工生育也会如此,单独只是弱信号,与连号、重点机构等合看。
-- finds_en: Issued in a province where neither the household lies nor a parent comes from, the seats of both provinces
--    500 km or more apart. Parents who work far from home give birth there too: a weak sign alone, to be seen beside
--    serial runs and watched issuers.
-- parameter: min_kilometres int = 500 | 两省省会至少相距多少公里 | how many kilometres at least between the
--    provinces' seats
-- says: 签发机构{issuer_name}在{issuer_province},落户地在{province},相距约 {kilometres} 公里,父母的身份证号码均不属{issuer_province}
-- says_en: issued by {issuer_name} in {issuer_province}, about {kilometres} km from {province} where the household
--    lies, and no citizen number of a parent is of {issuer_province}
SELECT candidates.registration_id,
       jsonb_build_object(
           'issuer_name', candidates.issuer_name,
           'issuer_province', candidates.issuer_province,
           'province', candidates.province,
           'kilometres', distances.kilometres) AS evidence
  FROM candidates
  JOIN province_distances AS distances
    ON distances.one = candidates.issuer_province
   AND distances.other = candidates.province
 WHERE candidates.is_far
   AND distances.kilometres >= :min_kilometres
