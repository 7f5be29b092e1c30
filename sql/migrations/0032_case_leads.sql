-- What opens cases besides findings of rules: numbers used before they were listed, filings rejected, and, watched by
-- the worker, numbers shown at one station after another.

-- Why a number is void, in words; those of blacklist/models.py.
CREATE FUNCTION void_reason(code text) RETURNS TABLE (zh text, en text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT words.zh, words.en
      FROM (VALUES
            ('lost_by_family', '家长遗失', 'lost by the family'),
            ('lost_by_institution', '医院遗失', 'lost by the institution'),
            ('stolen', '被盗', 'stolen'),
            ('voided', '作废', 'voided'),
            ('misprinted', '打印错误', 'misprinted'),
            ('damaged', '损毁', 'damaged'),
            ('exchanged', '换发收回', 'taken back in exchange'),
            ('edition_ended', '版本停用', 'edition ended'),
            ('forged', '伪造', 'forged'),
            ('issuer_withdrawn', '签发机构撤销', 'withdrawn by the issuer'),
            ('other', '其他', 'other')) AS words (reason, zh, en)
     WHERE words.reason = code
$$;

-- A day as it stood on the wall of the desk.
CREATE FUNCTION day_of(moment timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_char(moment AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')
$$;

CREATE FUNCTION look_back_leads(ids uuid[]) RETURNS lead[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(
               ('look_back', found.id, 'look_back', 'high', found.registration_id, found.certificate_number,
                found.organization, NULL,
                format('%s于 %s 登记使用编号 %s,该编号后被列入失效名单(%s,文号 %s)。',
                       coalesce(users.name, found.organization), day_of(found.used_at), found.certificate_number,
                       words.zh, entries.document_number),
                format('%s used the number %s on %s; it was listed as void afterwards (%s, document %s).',
                       coalesce(users.name, found.organization), found.certificate_number, day_of(found.used_at),
                       words.en, entries.document_number))::lead
               ORDER BY found.id)
      FROM lookback_findings AS found
      JOIN blacklist_entries AS entries ON entries.id = found.entry_id
     CROSS JOIN LATERAL void_reason(entries.reason) AS words
      LEFT JOIN organizations AS users ON users.code = found.organization
     WHERE found.id = ANY (ids)
$$;

CREATE FUNCTION look_backs_open_cases() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM admit_leads(look_back_leads(array_agg(id)), max(found_at)) FROM made HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER look_backs_open_cases AFTER INSERT ON lookback_findings
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION look_backs_open_cases();

-- Why a filing was rejected, in words.
CREATE FUNCTION rejection_reason(code text, holder text) RETURNS TABLE (zh text, en text) LANGUAGE sql STABLE AS $$
    SELECT CASE code WHEN 'certificate_used' THEN format('该编号已由%s使用', named.zh)
                     WHEN 'certificate_reserved' THEN format('该编号已被%s待审批的登记占用', named.zh)
                     WHEN 'certificate_blacklisted' THEN format('该编号已由%s列入失效名单', named.zh)
                     ELSE format('退回代码 %s', code) END,
           CASE code WHEN 'certificate_used' THEN format('the number is used by %s', named.en)
                     WHEN 'certificate_reserved' THEN format('a registration of %s that awaits approval holds it', named.en)
                     WHEN 'certificate_blacklisted' THEN format('%s listed the number as void', named.en)
                     ELSE format('code %s', code) END
      FROM (SELECT coalesce(name, holder, '其他单位') AS zh, coalesce(name, holder, 'somebody else') AS en
              FROM (VALUES (true)) AS one (one)
              LEFT JOIN organizations ON organizations.code = holder COLLATE "C") AS named
$$;

CREATE FUNCTION rejected_lead(
    filing uuid, registration uuid, number text, organization text, code text, holder text) RETURNS lead
LANGUAGE sql STABLE AS $$
    SELECT ('filing_rejected', filing, 'filing_rejected', 'high', registration, number, organization,
            CASE WHEN holder ~ '^[0-9]{12}$' THEN holder END,
            format('%s报送的编号 %s 备案被退回:%s。', coalesce(senders.name, organization), number, words.zh),
            format('The filing of %s by %s was rejected: %s.', number, coalesce(senders.name, organization),
                   words.en))::lead
      FROM rejection_reason(code, holder) AS words
      LEFT JOIN organizations AS senders ON senders.code = organization COLLATE "C"
$$;

-- Here the registration stands whose filing the level above rejected: the case is about its child.
CREATE FUNCTION filings_open_cases() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM admit_leads(array_agg(rejected_lead(id, registration_id, certificate_number, organization, code, holder)
                                  ORDER BY id), max(settled_at))
       FROM made
      WHERE outcome = 'rejected'
     HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER filings_open_cases AFTER INSERT ON filings
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION filings_open_cases();

-- Here the registration isn't known that was rejected: the case is about who stands on the number, and seen by who
-- claims it and by who holds it.
CREATE FUNCTION received_filings_open_cases() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM admit_leads(array_agg(rejected_lead(id, NULL, certificate_number, organization, code, holder)
                                  ORDER BY id), max(received_at))
       FROM made
      WHERE outcome = 'rejected'
     HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER received_filings_open_cases AFTER INSERT ON received_filings
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION received_filings_open_cases();

-- What was there before there were cases.
SELECT admit_leads(look_back_leads(array_agg(id)), now()) FROM lookback_findings HAVING count(*) > 0;
SELECT admit_leads(array_agg(rejected_lead(id, registration_id, certificate_number, organization, code, holder)
                             ORDER BY id), now())
  FROM filings
 WHERE outcome = 'rejected'
HAVING count(*) > 0;
SELECT admit_leads(array_agg(rejected_lead(id, NULL, certificate_number, organization, code, holder) ORDER BY id), now())
  FROM received_filings
 WHERE outcome = 'rejected'
HAVING count(*) > 0;

-- How far look-ups have been watched for numbers that are shown at one station after another: in the order of their
-- transactions, up to the oldest that still ran, so that nothing can be added behind it.
CREATE TABLE lookup_watch (
    is_single        boolean     PRIMARY KEY DEFAULT true CHECK (is_single),
    next_transaction bigint      NOT NULL,
    reached_at       timestamptz NOT NULL
);
COMMENT ON COLUMN lookup_watch.next_transaction IS 'the first transaction (as lookups number it) that wasn''t watched';
COMMENT ON COLUMN lookup_watch.reached_at IS 'when all before it was watched: no look-up that is still to be watched is older than a day before';
INSERT INTO lookup_watch (next_transaction, reached_at)
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + trail_base(), now();
GRANT SELECT, UPDATE ON lookup_watch TO birthreg_service;
