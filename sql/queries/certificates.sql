-- name: list_letters
-- returns: Letter
-- The year of printing behind each first letter.
-- unscoped: reference table
SELECT letter, year
  FROM certificate_letters
 ORDER BY letter;

-- name: list_editions
-- returns: Edition
-- The editions of the paper, oldest first.
-- unscoped: reference table
SELECT edition, first_day, last_day
  FROM certificate_editions
 ORDER BY edition;

-- name: list_provinces
-- returns: Province
-- The provinces that a number can name.
-- unscoped: reference table
SELECT code, name, complete_from
  FROM provinces
 ORDER BY code;

-- name: find_issuance
-- returns: Issuance
-- What the health authority says of one number, if its issuer lies inside the scope.
SELECT certificate_number, issue_kind, issued_on, child_name, child_sex, born_at, gestation_days, weight_grams,
       length_centimeters, birth_place, birth_division, mother_name, father_name, issuer_name, issuer_division,
       issuer_code, original_number, delivered_at, delivered_by
  FROM issuances
 WHERE certificate_number = :number
   AND issuer_division || '000000' LIKE ANY (:scope::text[]);

-- name: store_issuances
-- returns: Stored
-- Keep delivered certificates and say which were new; a number that is known stays as it is.
-- unscoped: the door checks each issuer against the client's scope
-- In the order of the numbers, so that two deliveries at once wait for each other and never in a circle.
INSERT INTO issuances (
       certificate_number, issue_kind, issued_on, child_name, child_sex, born_at, gestation_days, weight_grams,
       length_centimeters, birth_place, birth_division, mother_name, father_name, issuer_name, issuer_division,
       issuer_code, original_number, delivered_at, delivered_by)
SELECT DISTINCT ON (certificate_number)
       certificate_number, issue_kind, issued_on, child_name, child_sex, born_at, gestation_days, weight_grams,
       length_centimeters, birth_place, birth_division, mother_name, father_name, issuer_name, issuer_division,
       issuer_code, original_number, :now, :delivered_by
  FROM ROWS FROM (jsonb_to_recordset(:issuances::jsonb) AS (
       certificate_number text, issue_kind smallint, issued_on date, child_name text, child_sex smallint,
       born_at timestamptz, gestation_days int, weight_grams int, length_centimeters int, birth_place text,
       birth_division text, mother_name text, father_name text, issuer_name text, issuer_division text,
       issuer_code text, original_number text)) WITH ORDINALITY
 ORDER BY certificate_number, ordinality
    ON CONFLICT DO NOTHING
RETURNING certificate_number;

-- name: compare_issuances
-- returns: Delivered
-- What became of each delivered certificate, in the order delivered, against the books as they now stand.
-- unscoped: the door checks each issuer against the client's scope
-- A statement of its own: that which stores doesn't see what another delivery kept while it waited.
WITH delivered AS (
    SELECT certificate_number, issue_kind, issued_on, child_name, child_sex, born_at, mother_name, father_name,
           issuer_division, original_number, ordinality,
           row_number() OVER (PARTITION BY certificate_number ORDER BY ordinality) AS occurrence
      FROM ROWS FROM (jsonb_to_recordset(:issuances::jsonb) AS (
           certificate_number text, issue_kind smallint, issued_on date, child_name text, child_sex smallint,
           born_at timestamptz, mother_name text, father_name text, issuer_division text,
           original_number text)) WITH ORDINALITY
)
SELECT delivered.certificate_number,
       CASE
           WHEN delivered.occurrence = 1 AND delivered.certificate_number = ANY (:stored::text[]) THEN 'stored'
           WHEN (known.issue_kind, known.issued_on, known.child_name, known.child_sex, known.born_at,
                 known.mother_name, known.father_name, known.issuer_division, known.original_number)
                IS NOT DISTINCT FROM
                (delivered.issue_kind, delivered.issued_on, delivered.child_name, delivered.child_sex, delivered.born_at,
                 delivered.mother_name, delivered.father_name, delivered.issuer_division, delivered.original_number)
           THEN 'unchanged'
           ELSE 'conflicting'
       END AS outcome
  FROM delivered
  JOIN issuances AS known ON known.certificate_number = delivered.certificate_number
 ORDER BY delivered.ordinality;
