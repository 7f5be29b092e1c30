-- code: private_adoption
-- title: 私自收养落户
-- title_en: Registered through a private adoption
-- severity: high
-- mode: live
-- source: 清理整治通知第四种情形(私自收养落户);国办发〔2015〕96号事实收养
-- finds: 以养子女关系、事实收养或依法收养名义落户,却没有收养登记证或收养公证。随亲生父亲或母亲落在继父、继母户上的继子女(同一代码 27、37)不是收养,除非另设参数,不计入。
-- finds_en: Registered as an adopted child, as a de-facto adoption or as a legal one, with neither adoption
--    certificate nor notarisation. A stepchild (the same codes 27 and 37) who joins the household of mother or father
--    is no adoption and isn't counted, unless the parameter says so.
-- parameter: relations text[] = 27, 37 | 表示养子女的与户主关系代码 | which codes of the relation to the head are
--    adopted children
-- parameter: with_a_parent boolean = false | 随父或母落户的继子女也计入 | also stepchildren who are registered with
--    mother or father
-- says: {grounds},未提供收养登记证或收养公证
-- says_en: {grounds}, with neither adoption certificate nor notarisation
SELECT candidates.registration_id,
       jsonb_build_object('grounds', adopting.grounds) AS evidence
  FROM candidates
 CROSS JOIN LATERAL (
       SELECT array_remove(ARRAY[
              CASE WHEN candidates.relation = ANY (:relations)
                    AND (:with_a_parent OR NOT (candidates.with_mother OR candidates.with_father))
                   THEN 'adopted_or_step' END,
              CASE WHEN candidates.unregistered_kind = 'de_facto_adoption' THEN 'de_facto_adoption' END,
              CASE WHEN candidates.exception = 'legal_adoption' THEN 'legal_adoption' END], NULL) AS grounds
       ) AS adopting
 WHERE NOT candidates.has_adoption_proof
   AND (candidates.relation = ANY (:relations)
        OR candidates.unregistered_kind = 'de_facto_adoption'
        OR candidates.exception = 'legal_adoption')
   AND adopting.grounds <> '{}'
