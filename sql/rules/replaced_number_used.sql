-- code: replaced_number_used
-- title: 原编号与补换发编号都已使用
-- title_en: An old number and the one that replaced it are both used
-- severity: high
-- mode: live
-- source: 出生医学证明管理规定(换发收回、补发作废原证);公开案例
-- finds: 证件换发或补发后,原编号即作废。原编号与新编号分别被两次登记使用,说明其中一份被他人使用。
-- finds_en: When a certificate is exchanged or reissued its old number is void. Old and new number used by two
--    registrations mean that somebody else uses one of them.
-- says: 另有编号 {other_number}({other_paper})也已使用
-- says_en: number {other_number} ({other_paper}) is used as well
SELECT candidates.registration_id,
       jsonb_build_object(
           'other_number', min(paired.other_number),
           'other_paper', (array_agg(paired.other_paper ORDER BY paired.other_number, paired.other_paper))[1],
           'related', coalesce(to_jsonb((array_agg(DISTINCT used.registration_id ORDER BY used.registration_id)
                                         FILTER (WHERE used.is_here))[1:20]), '[]')) AS evidence
  FROM (SELECT registration_id, original_number AS other_number, 'original' AS other_paper
          FROM candidates
         WHERE original_number IS NOT NULL
         UNION ALL
        SELECT candidates.registration_id, issued.original_number, 'original'
          FROM candidates
          JOIN issuances AS issued ON issued.certificate_number = candidates.certificate_number
                                  AND issued.original_number IS NOT NULL
         UNION ALL
        SELECT candidates.registration_id, declared.certificate_number, 'reissued'
          FROM candidates
          JOIN screening_facts AS declared ON declared.original_number = candidates.certificate_number
                                          AND declared.original_number IS NOT NULL
                                          AND declared.standing
         UNION ALL
        SELECT candidates.registration_id, replacing.certificate_number, 'reissued'
          FROM candidates
          JOIN issuances AS replacing ON replacing.original_number = candidates.certificate_number
                                     AND replacing.original_number IS NOT NULL
       ) AS paired
  JOIN candidates ON candidates.registration_id = paired.registration_id
                 AND candidates.certificate_number <> paired.other_number
 CROSS JOIN LATERAL (
       SELECT registration_id, is_here
         FROM (SELECT facts.registration_id, true AS is_here
                 FROM screening_facts AS facts
                WHERE facts.standing
                  AND facts.certificate_number = paired.other_number
                UNION ALL
               SELECT usages.registration_id, false
                 FROM usages
                WHERE usages.certificate_number = paired.other_number
              ) AS uses
        WHERE registration_id IS DISTINCT FROM candidates.registration_id
        LIMIT 20
       ) AS used
 GROUP BY candidates.registration_id
