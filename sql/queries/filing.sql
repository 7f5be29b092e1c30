-- name: owe_filing
-- returns: Owed
-- A filing waits for the level above, as the next of its registration.
-- unscoped: the act that owes it has judged the jurisdiction
WITH turn AS (
    INSERT INTO filing_sequences AS known (registration_id, owed)
    VALUES (:registration_id, 1)
        ON CONFLICT (registration_id) DO UPDATE
       SET owed = known.owed + 1
    RETURNING owed
)
INSERT INTO filing_outbox (id, kind, registration_id, sequence, certificate_number, previous_number, organization,
                           used_at, occurred_at, owed_at, due_at, next_attempt_at)
SELECT :id, :filing_kind, :registration_id, turn.owed, :certificate_number, :previous_number, :organization,
       :used_at, :occurred_at, :now, :due_at, :now
  FROM turn
RETURNING id, sequence, due_at;

-- name: list_filings_of
-- returns: FilingStatus
-- The filings of one registration, in their order.
-- unscoped: whoever may see the registration may see them
SELECT id, kind, registration_id, sequence, certificate_number, previous_number, organization, occurred_at,
       owed_at, due_at, status, attempts, next_attempt_at, warned_at, settled_at, code, holder
  FROM filing_standings
 WHERE registration_id = :registration_id
 ORDER BY sequence;

-- name: find_subordinates
-- returns: Subordinate
-- The instances of the level below that sign with these keys and are still known.
-- unscoped: who they are is what is asked
SELECT key_id, organization, name, public_key, added_at, ended_at
  FROM subordinates
 WHERE key_id = ANY (:key_ids::text[])
   AND ended_at IS NULL;

-- name: advance_sequence
-- returns: ReceivedSequence
-- It is this filing's turn in its registration: no row when it isn't; the row is held until the transaction ends.
-- unscoped: the subordinate's own registrations
WITH first AS (
    INSERT INTO received_sequences (registration_id, subordinate, received)
    SELECT :registration_id, :subordinate, 1
     WHERE :sequence::int = 1
        ON CONFLICT (registration_id) DO NOTHING
    RETURNING received
),
later AS (
    UPDATE received_sequences
       SET received = :sequence
     WHERE registration_id = :registration_id
       AND subordinate = :subordinate
       AND received = :sequence::int - 1
       AND :sequence::int > 1
    RETURNING received
)
SELECT received FROM first
 UNION ALL
SELECT received FROM later;

-- name: find_sequence
-- returns: ReceivedSequence
-- How far a registration from below has come.
-- unscoped: the subordinate's own registrations
SELECT received
  FROM received_sequences
 WHERE registration_id = :registration_id
   AND subordinate = :subordinate;

-- name: keep_received
-- returns: rows
-- A filing from below is kept as it was signed, with the answer.
INSERT INTO received_filings (id, subordinate, kind, registration_id, sequence, certificate_number, previous_number,
                              organization, used_at, occurred_at, received_at, jws, outcome, code, holder,
                              holder_registration)
VALUES (:id, :subordinate, :kind, :registration_id, :sequence, :certificate_number, :previous_number,
        :organization, :used_at, :occurred_at, :now, :jws, :outcome, :code, :holder, :holder_registration);

-- name: find_kept_answer
-- returns: KeptAnswer
-- What a filing said that was received before, and what was answered.
-- unscoped: who sent it is compared by the service
SELECT subordinate, kind, registration_id, sequence, certificate_number, previous_number, organization, used_at,
       occurred_at, outcome, code, holder
  FROM received_filings
 WHERE id = :id;

-- name: list_received
-- returns: Received
-- Filings from below inside the scope, newest first.
SELECT id, subordinate, kind, registration_id, sequence, certificate_number, previous_number, organization, used_at,
       occurred_at, received_at, outcome, code, holder, holder_registration
  FROM received_filings
 WHERE organization LIKE ANY (:scope::text[])
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: list_rejected_received
-- returns: Received
-- Filings from below that the books contradict, inside the scope, newest first.
SELECT id, subordinate, kind, registration_id, sequence, certificate_number, previous_number, organization, used_at,
       occurred_at, received_at, outcome, code, holder, holder_registration
  FROM received_filings
 WHERE organization LIKE ANY (:scope::text[])
   AND outcome = 'rejected'
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: claim_due
-- returns: Due
-- The filings whose turn it is, the first of each registration alone, leased to one worker; none during a pause.
-- unscoped: the worker serves every organisation
WITH due AS (
    SELECT heads.id
      FROM filing_outbox AS heads
     WHERE heads.next_attempt_at <= :now
       AND NOT EXISTS (
           SELECT FROM filing_outbox AS earlier
            WHERE earlier.registration_id = heads.registration_id
              AND earlier.sequence < heads.sequence)
       AND NOT EXISTS (SELECT FROM filing_upstream WHERE paused_until > :now)
     ORDER BY heads.next_attempt_at
     LIMIT :limit
       FOR UPDATE OF heads SKIP LOCKED
)
UPDATE filing_outbox AS leased
   SET next_attempt_at = :lease_until, attempts = leased.attempts + 1
  FROM due
 WHERE leased.id = due.id
RETURNING leased.id, leased.kind, leased.registration_id, leased.sequence, leased.certificate_number,
          leased.previous_number, leased.organization, leased.used_at, leased.occurred_at, leased.attempts,
          leased.refusals, leased.alone;

-- name: settle_filings
-- returns: Settled
-- Filings have their final answer: they leave the outbox, and are counted.
-- unscoped: the worker serves every organisation
WITH answered AS (
    SELECT id, outcome, code, holder
      FROM unnest(:ids::uuid[], :outcomes::text[], :codes::text[], :holders::text[]) AS given (id, outcome, code, holder)
),
done AS (
    DELETE FROM filing_outbox AS waiting
     USING answered
     WHERE waiting.id = answered.id
    RETURNING waiting.id, waiting.kind, waiting.registration_id, waiting.sequence, waiting.certificate_number,
              waiting.previous_number, waiting.organization, waiting.used_at, waiting.occurred_at, waiting.owed_at,
              waiting.due_at, waiting.attempts, waiting.warned_at, answered.outcome, answered.code, answered.holder
),
counted AS (
    UPDATE filing_upstream
       SET accepted = accepted + (SELECT count(*) FROM done WHERE done.outcome = 'accepted'),
           rejected = rejected + (SELECT count(*) FROM done WHERE done.outcome = 'rejected'),
           late = late + (SELECT count(*) FROM done WHERE done.due_at < :now)
)
INSERT INTO filings (id, kind, registration_id, sequence, certificate_number, previous_number, organization, used_at,
                     occurred_at, owed_at, due_at, attempts, warned_at, settled_at, outcome, code, holder)
SELECT id, kind, registration_id, sequence, certificate_number, previous_number, organization, used_at,
       occurred_at, owed_at, due_at, attempts, warned_at, :now, outcome, code, holder
  FROM done
RETURNING id, organization, outcome, code, due_at < settled_at AS late;

-- name: put_off
-- returns: rows
-- Filings are to be tried again, each at its time; those that the level above can't take are set aside visibly.
-- unscoped: the worker serves every organisation
UPDATE filing_outbox
   SET next_attempt_at = retry.next_attempt_at, code = retry.code, refusals = retry.refusals, alone = retry.alone,
       set_aside_at = CASE WHEN retry.set_aside THEN coalesce(filing_outbox.set_aside_at, :now) END
  FROM unnest(:ids::uuid[], :next_attempts::timestamptz[], :codes::text[], :refusals::int[], :alone::boolean[],
              :set_aside::boolean[]) AS retry (id, next_attempt_at, code, refusals, alone, set_aside)
 WHERE filing_outbox.id = retry.id;

-- name: note_reached
-- returns: rows
-- The level above answers; what paused goes on.
-- unscoped: one row, of this instance
UPDATE filing_upstream
   SET reached_at = :now, failed_at = NULL, failures = 0, paused_until = NULL, failure = NULL;

-- name: note_failure
-- returns: rows
-- The level above doesn't answer as it should; nothing is sent for a while.
-- unscoped: one row, of this instance
UPDATE filing_upstream
   SET failed_at = coalesce(failed_at, :now), failures = failures + 1, paused_until = :paused_until,
       failure = :failure;

-- name: warn_of_waiting
-- returns: Warned
-- Filings that wait too long are marked, once each; those that are being settled are left to it.
-- unscoped: the worker serves every organisation
WITH unwarned AS (
    SELECT id
      FROM filing_outbox
     WHERE warned_at IS NULL
       AND due_at <= :due_before
     ORDER BY due_at
     LIMIT :limit
       FOR UPDATE SKIP LOCKED
),
warned AS (
    UPDATE filing_outbox
       SET warned_at = :now
     WHERE id = ANY (ARRAY(SELECT id FROM unwarned))
    RETURNING owed_at
),
counted AS (
    UPDATE filing_upstream
       SET warned = filing_upstream.warned + (SELECT count(*) FROM warned)
     WHERE EXISTS (SELECT FROM warned)
)
SELECT owed_at
  FROM warned
 ORDER BY owed_at;

-- name: read_lag
-- returns: Lag
-- How it stands with the level above.
-- unscoped: of the whole instance, in counts
SELECT upstream.reached_at, upstream.failed_at, upstream.failure,
       open.waiting, open.set_aside, open.overdue, open.oldest_owed_at,
       upstream.accepted, upstream.rejected, upstream.late, upstream.warned
  FROM filing_upstream AS upstream,
       (SELECT count(*) FILTER (WHERE set_aside_at IS NULL) AS waiting,
               count(*) FILTER (WHERE set_aside_at IS NOT NULL) AS set_aside,
               count(*) FILTER (WHERE due_at < :now) AS overdue,
               min(owed_at) AS oldest_owed_at
          FROM filing_outbox) AS open;

-- name: read_board
-- returns: DayRow
-- How each organisation inside the scope filed what it owed on each day, newest day first.
WITH owing AS (
    SELECT (owed_at AT TIME ZONE :timezone)::date AS day, organization, owed_at, due_at, warned_at, settled_at, status,
           extract(epoch FROM settled_at - owed_at) AS seconds
      FROM filing_standings
     WHERE organization LIKE ANY (:scope::text[])
       AND organization LIKE :within
       AND id >= :first_id
       AND id < :last_id
       AND owed_at >= :since
       AND owed_at < :until
),
days AS (
    SELECT day, organization,
           count(*) AS owed,
           count(settled_at) AS delivered,
           count(*) FILTER (WHERE settled_at <= due_at) AS in_time,
           count(*) FILTER (WHERE coalesce(settled_at, :now) > due_at) AS late,
           count(warned_at) AS warned,
           count(*) FILTER (WHERE status = 'waiting') AS waiting,
           count(*) FILTER (WHERE status = 'rejected') AS rejected,
           count(*) FILTER (WHERE status = 'set_aside') AS set_aside,
           min(owed_at) FILTER (WHERE settled_at IS NULL) AS oldest_waiting_at,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median_seconds,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95_seconds
      FROM owing
     WHERE day < :after_day
        OR (day = :after_day AND organization > :after_organization)
     GROUP BY day, organization
)
SELECT days.day, days.organization, organizations.name AS organization_name, days.owed, days.delivered,
       days.in_time, days.late, days.warned, days.waiting, days.rejected, days.set_aside, days.oldest_waiting_at,
       days.median_seconds, days.p95_seconds
  FROM days
  LEFT JOIN organizations ON organizations.code = days.organization
 ORDER BY days.day DESC, days.organization
 LIMIT :limit;

-- name: list_filings
-- returns: FilingStatus
-- Filings inside the scope, newest first.
SELECT id, kind, registration_id, sequence, certificate_number, previous_number, organization, occurred_at,
       owed_at, due_at, status, attempts, next_attempt_at, warned_at, settled_at, code, holder
  FROM filing_standings
 WHERE organization LIKE ANY (:scope::text[])
   AND (:status::text IS NULL OR status = :status)
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: list_rejected
-- returns: FilingStatus
-- Filings inside the scope that the level above rejected, newest first.
SELECT id, kind, registration_id, sequence, certificate_number, previous_number, organization, occurred_at,
       owed_at, due_at, outcome AS status, attempts, NULL::timestamptz AS next_attempt_at, warned_at, settled_at,
       code, holder
  FROM filings
 WHERE organization LIKE ANY (:scope::text[])
   AND outcome = 'rejected'
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: list_open
-- returns: FilingStatus
-- Filings inside the scope that wait, or are set aside, newest first.
SELECT id, kind, registration_id, sequence, certificate_number, previous_number, organization, occurred_at,
       owed_at, due_at, CASE WHEN set_aside_at IS NULL THEN 'waiting' ELSE 'set_aside' END AS status, attempts,
       next_attempt_at, warned_at, NULL::timestamptz AS settled_at, code, NULL::text AS holder
  FROM filing_outbox
 WHERE organization LIKE ANY (:scope::text[])
   AND (set_aside_at IS NULL) = (:status::text = 'waiting')
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: find_open
-- returns: FoundOutbox
-- A filing inside the scope that isn't settled, held until the transaction ends.
SELECT organization, set_aside_at IS NOT NULL AS set_aside
  FROM filing_outbox
 WHERE id = :id
   AND organization LIKE ANY (:scope::text[])
   FOR UPDATE;

-- name: resend
-- returns: rows
-- A filing that was set aside takes its turn at once.
-- unscoped: found inside the scope by the service
UPDATE filing_outbox
   SET set_aside_at = NULL, refusals = 0, attempts = 0, next_attempt_at = :now
 WHERE id = :id;

-- name: add_subordinate
-- returns: rows
-- An instance of the level below is known by a key.
INSERT INTO subordinates (key_id, organization, name, public_key, added_at)
VALUES (:key_id, :organization, :name, :public_key, :now)
    ON CONFLICT (key_id) DO NOTHING;

-- name: list_subordinates
-- returns: Subordinate
-- The instances of the level below and their keys, also those that ended.
-- unscoped: for who works at the server's terminal
SELECT key_id, organization, name, public_key, added_at, ended_at
  FROM subordinates
 ORDER BY organization, added_at, key_id;

-- name: end_subordinate
-- returns: EndedKey
-- A key, or all keys of an organisation, is accepted no more.
-- unscoped: for who works at the server's terminal
UPDATE subordinates
   SET ended_at = :now
 WHERE (key_id = :named OR organization = :named)
   AND ended_at IS NULL
RETURNING key_id, organization;
