-- code: watched_issuer
-- title: 重点关注机构签发
-- title_en: Issued by a watched institution
-- severity: high
-- mode: live
-- source: 2023年某医院出售真证案;重点关注机构名单(管理员维护,有起止日期)
-- finds: 签发机构在重点关注名单上,且签发日期在所列期间内。机构代码、名称、区划凡列明的都须相符。
-- finds_en: The issuer is on the list of watched institutions, and the date of issue lies within the days listed. Of
--    code, name and division, all that the list gives have to agree.
-- says: {issuer_name} {issued_on} 签发,在重点关注期间内({document_number},自 {watched_from} 起)
-- says_en: issued by {issuer_name} on {issued_on}, within the days for which it is watched ({document_number}, from
--    {watched_from} on)
WITH watched AS (
    SELECT candidates.registration_id, candidates.issued_on, candidates.issuer_name, entries.id AS entry_id
      FROM candidates
      JOIN watched_issuers AS entries
        ON entries.issuer_code = candidates.issuer_code
       AND (entries.issuer_name IS NULL OR entries.issuer_name = candidates.issuer_name)
       AND (entries.issuer_division IS NULL OR entries.issuer_division = candidates.issuer_division)
       AND entries.ended_at IS NULL
     UNION ALL
    SELECT candidates.registration_id, candidates.issued_on, candidates.issuer_name, entries.id
      FROM candidates
      JOIN watched_issuers AS entries
        ON entries.issuer_name = candidates.issuer_name
       AND (entries.issuer_division IS NULL OR entries.issuer_division = candidates.issuer_division)
       AND entries.issuer_code IS NULL
       AND entries.ended_at IS NULL
     UNION ALL
    SELECT candidates.registration_id, candidates.issued_on, candidates.issuer_name, entries.id
      FROM candidates
      JOIN watched_issuers AS entries
        ON entries.issuer_division = candidates.issuer_division
       AND entries.issuer_code IS NULL
       AND entries.issuer_name IS NULL
       AND entries.ended_at IS NULL
)
SELECT DISTINCT ON (watched.registration_id)
       watched.registration_id,
       jsonb_build_object(
           'entry', entries.id,
           'issuer_name', watched.issuer_name,
           'issued_on', watched.issued_on,
           'watched_from', entries.issued_from,
           'watched_to', entries.issued_to,
           'document_number', entries.document_number) AS evidence
  FROM watched
  JOIN watched_issuers AS entries ON entries.id = watched.entry_id
 WHERE watched.issued_on >= entries.issued_from
   AND (entries.issued_to IS NULL OR watched.issued_on <= entries.issued_to)
 ORDER BY watched.registration_id, entries.listed_at, entries.id
