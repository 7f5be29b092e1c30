-- name: find_usage
-- returns: Usage
-- Who used a number, and when.
-- unscoped: one number is usable once in the whole country; the service narrows what is shown
SELECT usages.certificate_number, usages.used_at, usages.organization, organizations.name AS organization_name,
       usages.registration_reference, usages.registration_id, usages.reserved
  FROM usages
  LEFT JOIN organizations ON organizations.code = usages.organization
 WHERE usages.certificate_number = :number;

-- name: claim_number
-- returns: Claim
-- Claim a number for a registration, as reserved or as used, under the version of the list that it was judged by.
-- unscoped: one number is usable once in the whole country
SELECT claim_number(:number, :used_at, :organization, :reference, :registration, :reserved, :list_version) AS outcome;

-- name: confirm_number
-- returns: Claim
-- Turn a registration's reservation of a number into its use, under the version of the list that it was judged by.
-- unscoped: who confirms has found the registration inside the scope
SELECT confirm_number(:number, :registration, :now, :officer, :organization, :list_version) AS outcome;

-- name: free_number
-- returns: Freed
-- Free a number that a registration held, and keep what it was; false when it holds it no more.
-- unscoped: who frees has found the registration inside the scope
SELECT free_number(:number, :registration, :now, :officer, :organization, :reason) AS freed;

-- name: list_past_usages
-- returns: PastUsage
-- What a number was before, oldest first.
-- unscoped: one number is usable once in the whole country; the service narrows what is shown
SELECT history.certificate_number, history.used_at, history.organization, organizations.name AS organization_name,
       history.registration_reference, history.registration_id, history.reserved, history.ended_at,
       history.ended_by, history.ended_by_organization, history.reason
  FROM usage_history AS history
  LEFT JOIN organizations ON organizations.code = history.organization
 WHERE history.certificate_number = :number
 ORDER BY history.id
 LIMIT :limit;
