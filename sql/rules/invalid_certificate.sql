-- code: invalid_certificate
-- title: 使用失效出生医学证明落户
-- title_en: Registered on a void certificate
-- severity: high
-- mode: live
-- source: 清理整治通知第一种情形(使用失效出生医学证明落户)
-- finds: 登记所用编号现在失效名单上(单个编号或整段)。被盗、伪造、作废等不论何时列入都要倒查;换发收回、家长遗失的,办理登记之后才发生的属正常,不计入。已过期未确认的临时管控不计入。
-- finds_en: The number of the registration is on the list of void certificates now, by itself or within a range.
--    What was stolen, forged or voided is looked back on whenever it was listed. A certificate that was exchanged or
--    lost by the family only after the child was registered is in order. Holds that lapsed don't count.
-- parameter: only_before text[] = exchanged, lost_by_family | 哪些失效原因只在事发早于申报时计入
--    | which reasons count only where it happened before the application
-- says: 所用证明已失效:{numbers} {listing_reason}({document_number},{organization} {listed_on} 列入)
-- says_en: the certificate is void: {numbers} {listing_reason} ({document_number}, listed by {organization} on
--    {listed_on})
WITH listed AS (
    -- Probed number by number: of entries the planner expects one in two hundred to be a single number, where nearly
    -- all are, and would read the whole list for each stretch.
    SELECT candidates.registration_id, candidates.applied_on, found.entry_id
      FROM candidates
     CROSS JOIN LATERAL (
           SELECT singles.id AS entry_id
             FROM blacklist_entries AS singles
            WHERE singles.first = candidates.certificate_number
              AND singles.first = singles.last
              AND singles.lifted_at IS NULL
           OFFSET 0) AS found
     UNION ALL
    SELECT candidates.registration_id, candidates.applied_on, found.entry_id
      FROM candidates
     CROSS JOIN LATERAL (
           SELECT blocks.entry_id
             FROM blacklist_blocks AS blocks
            WHERE blocks.block = left(candidates.certificate_number, 7)
              AND blocks.first <= candidates.certificate_number
              AND blocks.last >= candidates.certificate_number
           OFFSET 0) AS found
)
SELECT DISTINCT ON (listed.registration_id)
       listed.registration_id,
       jsonb_build_object(
           'entry', entries.id,
           'numbers', CASE WHEN entries.first = entries.last THEN entries.first
                           ELSE entries.first || '–' || entries.last END,
           'listing_reason', entries.reason,
           'event_date', entries.event_date,
           'document_number', entries.document_number,
           'organization', entries.organization,
           'listed_on', (coalesce(entries.first_listed_at, entries.listed_at) AT TIME ZONE interval '8 hours')::date) AS evidence
  FROM listed
  JOIN blacklist_entries AS entries ON entries.id = listed.entry_id
 WHERE (entries.lapses_at IS NULL OR entries.lapses_at > :now)
   AND (entries.event_date <= listed.applied_on OR entries.reason <> ALL (:only_before))
 ORDER BY listed.registration_id, entries.lapses_at NULLS FIRST, coalesce(entries.first_listed_at, entries.listed_at),
       entries.id
