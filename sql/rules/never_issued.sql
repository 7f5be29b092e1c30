-- code: never_issued
-- title: 编号从未签发
-- title_en: A number that was never issued
-- severity: high
-- mode: live
-- source: 卫健部门签发记录(仅限签发数据完整的省份和年份)
-- finds: 该省自某年起签发数据完整,编号的印制年份在此之后,却没有签发记录:编号可能是编造的。签发数据可能晚到几天,刚签发的暂不计入。
-- finds_en: From some year on the records of issue of this province are complete, the number's letter is of that year
--    or later, and there is no record: the number may be invented. Records may take some days to arrive, so what was
--    issued just now isn't counted yet.
-- parameter: days int = 7 | 签发数据最多晚到多少天 | how many days a record of issue may take to arrive
-- says: {number_province}自 {complete_from} 年起签发数据完整,却没有该编号({letter_year} 年印制)的签发记录
-- says_en: the records of issue of {number_province} are complete from {complete_from} on, and there is none of this
--    number (printed in {letter_year})
SELECT candidates.registration_id,
       jsonb_build_object(
           'number_province', provinces.code,
           'complete_from', provinces.complete_from,
           'letter_year', letters.year) AS evidence
  FROM candidates
  JOIN provinces
    ON provinces.code = substr(candidates.certificate_number, 2, 2) COLLATE "default"
  JOIN certificate_letters AS letters
    ON letters.letter = left(candidates.certificate_number, 1) COLLATE "default"
   AND letters.year >= provinces.complete_from
 WHERE coalesce(candidates.issued_on, candidates.applied_on) + :days
       < (:now AT TIME ZONE interval '8 hours')::date
   AND NOT EXISTS (SELECT FROM issuances WHERE issuances.certificate_number = candidates.certificate_number)
