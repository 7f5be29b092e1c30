-- code: province_conflict
-- title: 编号省份与签发机构不符
-- title_en: The number's province isn't the issuer's
-- severity: medium
-- mode: live
-- source: 编号第 2、3 位(字母后两位数字)为签发地省级代码(GB/T 2260)
-- finds: 编号字母后的两位数字是签发机构所在省的代码。与证明上的签发机构不在同一省的,可能是套用外省编号或伪造。
-- finds_en: The two digits after the letter are the province of the issuer. Where the institution named on the
--    certificate lies in another, the number may be borrowed or invented.
-- says: 编号所示省份为{number_province},签发机构{issuer_name}却在{issuer_province}
-- says_en: the number is of {number_province}, but its issuer {issuer_name} lies in {issuer_province}
SELECT candidates.registration_id,
       jsonb_build_object(
           'number_province', substr(candidates.certificate_number, 2, 2),
           'issuer_province', candidates.issuer_province,
           'issuer_name', candidates.issuer_name) AS evidence
  FROM candidates
 WHERE substr(candidates.certificate_number, 2, 2) <> candidates.issuer_province
