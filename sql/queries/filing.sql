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
