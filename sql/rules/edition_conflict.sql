-- code: edition_conflict
-- title: 停用版本仍在签发
-- title_en: Issued on paper of an edition that had ended
-- severity: medium
-- mode: live
-- source: 出生医学证明版本启用、停用日期(版本表,管理员可改);第六版签发至 2023-03-31;医院提前订购空白证,印制年份与签发年份
--    相差一年属正常,宽限取其一半
-- finds: 按编号字母的印制年份推知最新可能的版本;该版本停用之后才签发的,所用空白证本应按号作废。新版证件在启用前即已印制、
--    订购:印制年份结束后的宽限期内启用的新版,自启用日起在宽限期内签发的,可能就是新版证件,不计入。
-- finds_en: The letter's year tells the newest edition that the paper can be of. Where that edition had ended before
--    the date of issue, the blank should have been voided by its number. Forms of a new edition are printed and
--    ordered before its first day: where one began within the days of grace after the letter's year, what was issued
--    within as many days from its beginning may be its paper, and isn't counted.
-- parameter: days int = 183 | 新版启用前最多提前印制、启用后最多多少天内签发不计入 | how long before a new edition's first
--    day its forms may be printed, and how long from that day on such forms are not counted
-- says: 编号首字母 {letter}({letter_year} 年印制)最晚为第 {edition} 版,该版 {last_day} 停用,证明却于 {issued_on} 签发
-- says_en: papers of the letter {letter} (printed in {letter_year}) are of edition {edition} at most, which ended on
--    {last_day}, but the certificate was issued on {issued_on}
SELECT candidates.registration_id,
       jsonb_build_object(
           'letter', letters.letter,
           'letter_year', letters.year,
           'edition', newest.edition,
           'last_day', newest.last_day,
           'issued_on', candidates.issued_on) AS evidence
  FROM candidates
  JOIN certificate_letters AS letters
    ON letters.letter = left(candidates.certificate_number, 1) COLLATE "default"
 CROSS JOIN LATERAL (
       SELECT edition, last_day
         FROM certificate_editions
        WHERE first_day <= make_date(letters.year, 12, 31)
          AND coalesce(last_day, 'infinity') >= make_date(letters.year, 1, 1)
        ORDER BY edition DESC
        LIMIT 1
       ) AS newest
 WHERE newest.last_day < candidates.issued_on
   AND NOT EXISTS (
       SELECT FROM certificate_editions AS ahead
        WHERE ahead.edition > newest.edition
          AND ahead.first_day <= make_date(letters.year, 12, 31) + :days
          AND candidates.issued_on BETWEEN ahead.first_day AND ahead.first_day + :days)
