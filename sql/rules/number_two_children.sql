-- code: number_two_children
-- title: 一个编号被两人使用
-- title_en: One number for two children
-- severity: high
-- mode: live
-- source: 通知补录要求(编号重复);上级备案退回
-- finds: 本登记所用编号还有别人主张:上级以“已使用”退回了本登记的备案,下级报来的另一登记因本登记被退回,或者
--    导入的外单位使用记录与本登记冲突。
-- finds_en: Somebody else claims the number of this registration too. The level above rejected it as used, one from
--    below was rejected because of it, or a row of an imported file says that another organisation used it.
-- says: 编号另有主张({claim_source}),日期 {claimed_on}
-- says_en: the number is claimed by somebody else too ({claim_source}), on {claimed_on}
SELECT candidates.registration_id,
       (array_agg(jsonb_build_object(
                      'claim_source', claims.source, 'organization', claims.organization,
                      'claimed_on', (claims.claimed_at AT TIME ZONE 'Asia/Shanghai')::date)
                  ORDER BY claims.claimed_at, claims.source, claims.organization, claims.registration_id))[1]
       || jsonb_build_object('count', count(*)) AS evidence
  FROM candidates
  JOIN rival_claims AS claims ON claims.certificate_number = candidates.certificate_number
 WHERE CASE claims.source
            WHEN 'filed' THEN claims.registration_id = candidates.registration_id
            WHEN 'received' THEN claims.registration_id <> candidates.registration_id
            ELSE claims.organization NOT IN (candidates.organization, candidates.household_organization)
       END
 GROUP BY candidates.registration_id
