-- code: number_two_children
-- title: 一个编号被两人使用
-- title_en: One number for two children
-- severity: high
-- mode: live
-- source: 通知补录要求(编号重复);上级备案退回
-- finds: 本登记所用编号还有别人主张:上级以“已使用”退回了本登记的备案,下级报来的另一登记因本登记被退回,导入的
--    外单位使用记录与本登记冲突,或者编号使用簿上是另一登记。
-- finds_en: Somebody else claims the number of this registration too. The level above rejected it as used, one from
--    below was rejected because of it, a row of an imported file says that another organisation used it, or the book
--    of numbers holds it for another registration.
-- says: 编号另有主张({claim_source}),日期 {claimed_on}
-- says_en: the number is claimed by somebody else too ({claim_source}), on {claimed_on}
SELECT candidates.registration_id,
       jsonb_build_object(
           'claim_source', rival.claim_source, 'organization', rival.organization,
           'claimed_on', (rival.claimed_at AT TIME ZONE 'Asia/Shanghai')::date) AS evidence
  FROM candidates
 CROSS JOIN LATERAL (
       SELECT claim_source, organization, claimed_at
         FROM (SELECT claims.source AS claim_source, claims.organization, claims.claimed_at
                 FROM rival_claims AS claims
                WHERE claims.certificate_number = candidates.certificate_number
                  AND CASE claims.source
                           WHEN 'filed' THEN claims.registration_id = candidates.registration_id
                           WHEN 'received' THEN claims.registration_id <> candidates.registration_id
                           ELSE claims.organization NOT IN (candidates.organization, candidates.household_organization)
                      END
                UNION ALL
               SELECT 'book', usages.organization, usages.used_at
                 FROM usages
                WHERE usages.certificate_number = candidates.certificate_number
                  AND usages.registration_id IS DISTINCT FROM candidates.registration_id
              ) AS claims
        ORDER BY claimed_at, claim_source, organization
        LIMIT 1
       ) AS rival
 WHERE candidates.certificate_number IS NOT NULL
