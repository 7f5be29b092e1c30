-- code: letter_conflict
-- title: 编号字母与签发日期不符
-- title_en: The number's letter and the date of issue in conflict
-- severity: medium
-- mode: live
-- source: 编号首字母表示印制年份(字母年份表,管理员可改)
-- finds: 编号首字母表示印制年份。医院提前订购空白证,前后差一年正常;再早或再晚签发的,可能是挪用旧证或伪造编号。
-- finds_en: The first letter stands for the year of printing. Hospitals order blanks ahead, so a year before or after
--    is normal; a date of issue beyond that points at an old blank or an invented number.
-- parameter: years int = 1 | 允许相差几年 | how many years' difference is normal
-- says: 编号首字母 {letter} 为 {letter_year} 年印制,证明却于 {issued_on} 签发
-- says_en: the letter {letter} stands for papers printed in {letter_year}, but the certificate was issued on
--    {issued_on}
SELECT candidates.registration_id,
       jsonb_build_object(
           'letter', letters.letter,
           'letter_year', letters.year,
           'issued_on', candidates.issued_on) AS evidence
  FROM candidates
  JOIN certificate_letters AS letters
    ON letters.letter = left(candidates.certificate_number, 1) COLLATE "default"
 WHERE abs(extract(year FROM candidates.issued_on) - letters.year) > :years
