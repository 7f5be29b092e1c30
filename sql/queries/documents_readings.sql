-- name: insert_reading
-- returns: rows
-- A paper was read.
INSERT INTO document_readings (id, read_at, officer, organization, terminal, purpose, sha256, sm3, outcome,
                               certificate_number, typed_outcome)
VALUES (:id, :now, :officer, :organization, :terminal, :purpose, :sha256, :sm3, :outcome, :certificate_number,
        :typed_outcome);

-- name: find_reading
-- returns: Reading
-- One reading made inside the scope.
SELECT id, read_at, officer, organization, terminal, purpose, sha256, sm3, outcome, certificate_number, typed_outcome
  FROM document_readings
 WHERE id = :id
   AND organization LIKE ANY (:scope::text[]);

-- name: insert_comparison
-- returns: rows
-- Two faces were compared.
INSERT INTO face_comparisons (id, compared_at, officer, organization, terminal, model, score, first_sha256,
                              second_sha256)
VALUES (:id, :now, :officer, :organization, :terminal, :model, :score, :first_sha256, :second_sha256);

-- name: find_comparison
-- returns: KeptComparison
-- One comparison of two faces made inside the scope.
SELECT id, compared_at, officer, organization, score
  FROM face_comparisons
 WHERE id = :id
   AND organization LIKE ANY (:scope::text[]);
