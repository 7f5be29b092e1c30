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
SELECT :id, :kind, :registration_id, turn.owed, :certificate_number, :previous_number, :organization,
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
