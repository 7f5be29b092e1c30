-- code: collective_household
-- title: 落户在派出所(社区)集体户
-- title_en: Registered in the collective household of a police station or community
-- severity: medium
-- mode: live
-- source: 清理整治通知第二种情形(落户在派出所(社区)集体户)
-- finds: 新生儿应随父母落户。落在派出所或社区集体户的,逐一核查监护人与来源。
-- finds_en: A newborn is registered with father or mother. Who was put into the collective household of a police
--    station or community is looked into one by one: who cares for the child, and where it came from.
-- parameter: kinds text[] = police_station, community | 核查哪些集体户 | which collective households
-- says: 落户在{collective_kind}集体户
-- says_en: registered in the collective household of {collective_kind}
SELECT candidates.registration_id,
       jsonb_build_object('collective_kind', candidates.collective_kind) AS evidence
  FROM candidates
 WHERE candidates.household_kind = 2
   AND candidates.collective_kind = ANY (:kinds)
