-- name: insert_registration
-- returns: rows
-- A birth is registered, or awaits its approval.
INSERT INTO registrations (id, status, certificate_number, lookup_id, child_name, child_sex, child_birth_date,
                           organization, household_organization, officer, entered_at, held_for, particulars,
                           visit_summary)
VALUES (:id, :status, :certificate_number, :lookup_id, :child_name, :child_sex, :child_birth_date,
        :organization, :household_organization, :officer, :now, :held_for, :particulars, :visit_summary);

-- name: insert_people
-- returns: rows
-- Who stands on an application.
INSERT INTO registration_people (id, registration_id, part, name, citizen_number, citizen_number_blind, other_number,
                                 other_number_blind, phone, phone_blind, address, address_blind)
SELECT id, :registration, part, name, citizen_number, citizen_number_blind, other_number, other_number_blind,
       phone, phone_blind, address, address_blind
  FROM unnest(:ids::uuid[], :parts::text[], :names::text[], :citizen_numbers::bytea[], :citizen_number_blinds::bytea[],
              :other_numbers::bytea[], :other_number_blinds::bytea[], :phones::bytea[], :phone_blinds::bytea[],
              :addresses::bytea[], :address_blinds::bytea[])
    AS person (id, part, name, citizen_number, citizen_number_blind, other_number, other_number_blind, phone,
               phone_blind, address, address_blind);

-- name: find_registration
-- returns: RegistrationRow
-- One registration that was accepted, or lies, inside the scope.
SELECT registrations.id, registrations.version, registrations.status, registrations.certificate_number,
       registrations.lookup_id, registrations.child_name, registrations.child_sex, registrations.child_birth_date,
       registrations.organization, registrations.household_organization, registrations.officer,
       registrations.entered_at, registrations.held_for, registrations.particulars, registrations.visit_summary
  FROM registrations
 WHERE registrations.id = :id
   AND (registrations.organization LIKE ANY (:scope::text[])
        OR registrations.household_organization LIKE ANY (:scope::text[]));

-- name: list_stretch
-- returns: RegistrationRow
-- Registrations in the order in which they were entered; nobody changes them until this transaction ends.
-- unscoped: rules read all of them
SELECT registrations.id, registrations.version, registrations.status, registrations.certificate_number,
       registrations.lookup_id, registrations.child_name, registrations.child_sex, registrations.child_birth_date,
       registrations.organization, registrations.household_organization, registrations.officer,
       registrations.entered_at, registrations.held_for, registrations.particulars, registrations.visit_summary
  FROM registrations
 WHERE registrations.id > :after
   AND registrations.id <= :up_to
 ORDER BY registrations.id
 LIMIT :limit
   FOR SHARE;

-- name: hold_registration
-- returns: RegistrationRow
-- One registration inside the scope, held until this transaction ends: acts on it come one after the other.
SELECT registrations.id, registrations.version, registrations.status, registrations.certificate_number,
       registrations.lookup_id, registrations.child_name, registrations.child_sex, registrations.child_birth_date,
       registrations.organization, registrations.household_organization, registrations.officer,
       registrations.entered_at, registrations.held_for, registrations.particulars, registrations.visit_summary
  FROM registrations
 WHERE registrations.id = :id
   AND (registrations.organization LIKE ANY (:scope::text[])
        OR registrations.household_organization LIKE ANY (:scope::text[]))
   FOR UPDATE;

-- name: list_people
-- returns: SealedPerson
-- Who stands on an application, in the order in which they were entered.
-- unscoped: who reads has found the registration inside the scope
SELECT part, name, citizen_number, other_number, phone, address
  FROM registration_people
 WHERE registration_id = :registration
 ORDER BY id;

-- name: lock_child
-- returns: rows
-- Nobody else registers this child until the transaction ends; under every key, so that all processes lock the same.
-- unscoped: a child is registered once in the whole country
SELECT lock_values('child', :blinds::bytea[]);

-- name: list_prior
-- returns: PriorRow
-- The registrations that stand, or await approval, under a child's citizen number.
-- unscoped: a child is registered once in the whole country; the policy tells the organisation alone
SELECT registrations.id, registrations.household_organization AS organization, registrations.certificate_number
  FROM registration_people
  JOIN registrations ON registrations.id = registration_people.registration_id
 WHERE registration_people.citizen_number_blind = ANY (:blinds::bytea[])
   AND registration_people.part = 'child'
   AND registrations.status IN ('held', 'effective')
 ORDER BY registrations.id
 LIMIT 10;

-- name: change_registration
-- returns: rows
-- A registration goes on to its next status or number; its version counts up.
-- unscoped: who changes holds the registration inside the scope
UPDATE registrations
   SET version = version + 1, status = :status, certificate_number = :certificate_number
 WHERE id = :id;

-- name: insert_act
-- returns: rows
-- One more act on a registration.
INSERT INTO registration_acts (id, registration_id, recorded_at, act, status, change_id, officer, organization, reason)
VALUES (:id, :registration, :now, :act, :status, :change, :officer, :organization, :reason);

-- name: list_acts
-- returns: ActRow
-- What was done with a registration after it was entered, in order.
-- unscoped: who reads has found the registration inside the scope
SELECT id, recorded_at, act, status, change_id, officer, organization, reason
  FROM registration_acts
 WHERE registration_id = :registration
 ORDER BY id;

-- name: insert_change
-- returns: rows
-- A correction or a revocation is proposed.
INSERT INTO registration_changes (id, registration_id, kind, old_number, new_number, reason, proposed_by,
                                  proposed_by_organization, proposed_at)
VALUES (:id, :registration, :kind, :old_number, :new_number, :reason, :officer, :organization, :now);

-- name: decide_change
-- returns: rows
-- A proposed change is approved, refused or withdrawn.
-- unscoped: who decides holds the registration inside the scope
UPDATE registration_changes
   SET status = :status, decided_by = :officer, decided_by_organization = :organization, decided_at = :now,
       decision_reason = :reason
 WHERE id = :id;

-- name: list_changes
-- returns: ChangeRow
-- The corrections and revocations of a registration, in order.
-- unscoped: who reads has found the registration inside the scope
SELECT id, registration_id, kind, status, old_number, new_number, reason, proposed_by, proposed_by_organization,
       proposed_at, decided_by, decided_by_organization, decided_at, decision_reason
  FROM registration_changes
 WHERE registration_id = :registration
 ORDER BY id;

-- name: insert_refusal
-- returns: rows
-- An attempt was refused.
INSERT INTO registration_refusals (id, recorded_at, officer, organization, terminal, act, certificate_number,
                                   registration_id, lookup_id, codes)
VALUES (:id, :now, :officer, :organization, :terminal, :act, :certificate_number, :registration, :lookup, :codes);

-- name: list_refusals
-- returns: RefusedAttempt
-- The refused attempts inside the scope, newest first.
SELECT id, recorded_at, officer, organization, terminal, act, certificate_number, registration_id, lookup_id, codes
  FROM registration_refusals
 WHERE organization LIKE ANY (:scope::text[])
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: list_refusals_of_number
-- returns: RefusedAttempt
-- The refused attempts on one number inside the scope, newest first.
SELECT id, recorded_at, officer, organization, terminal, act, certificate_number, registration_id, lookup_id, codes
  FROM registration_refusals
 WHERE certificate_number = :number
   AND organization LIKE ANY (:scope::text[])
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: list_registrations
-- returns: RegistrationListed
-- The registrations inside a wide scope and a time, newest first: read in the order of their identifiers.
SELECT registrations.id, registrations.status, registrations.certificate_number, registrations.child_name,
       registrations.child_sex, registrations.child_birth_date, registrations.organization,
       registrations.household_organization, registrations.officer, registrations.entered_at
  FROM registrations
 WHERE (registrations.organization LIKE ANY (:scope::text[])
        OR registrations.household_organization LIKE ANY (:scope::text[]))
   AND registrations.id >= first_id_at(:since::timestamptz)
   AND (:status::text IS NULL OR registrations.status = :status)
   AND registrations.id < :before
 ORDER BY registrations.id DESC
 LIMIT :limit;

-- name: list_registrations_of_organization
-- returns: RegistrationListed
-- The registrations that one organisation accepted, or that lie there, inside the scope and a time, newest first.
SELECT registrations.id, registrations.status, registrations.certificate_number, registrations.child_name,
       registrations.child_sex, registrations.child_birth_date, registrations.organization,
       registrations.household_organization, registrations.officer, registrations.entered_at
  FROM registrations
 WHERE (registrations.organization = :organization OR registrations.household_organization = :organization)
   AND (registrations.organization LIKE ANY (:scope::text[])
        OR registrations.household_organization LIKE ANY (:scope::text[]))
   AND registrations.id >= first_id_at(:since::timestamptz)
   AND (:status::text IS NULL OR registrations.status = :status)
   AND registrations.id < :before
 ORDER BY registrations.id DESC
 LIMIT :limit;

-- name: list_registrations_of_number
-- returns: RegistrationListed
-- The registrations that were ever made on a number, inside the scope, newest first.
SELECT registrations.id, registrations.status, registrations.certificate_number, registrations.child_name,
       registrations.child_sex, registrations.child_birth_date, registrations.organization,
       registrations.household_organization, registrations.officer, registrations.entered_at
  FROM registrations
 WHERE registrations.certificate_number = :number
   AND (registrations.organization LIKE ANY (:scope::text[])
        OR registrations.household_organization LIKE ANY (:scope::text[]))
   AND (:organization::text IS NULL OR registrations.organization = :organization
        OR registrations.household_organization = :organization)
   AND (:status::text IS NULL OR registrations.status = :status)
   AND registrations.id >= first_id_at(:since::timestamptz)
   AND registrations.id < :before
 ORDER BY registrations.id DESC
 LIMIT :limit;

-- name: list_ended_registrations
-- returns: RegistrationListed
-- The registrations inside the scope that were refused, withdrawn or revoked, newest first: few among many.
SELECT registrations.id, registrations.status, registrations.certificate_number, registrations.child_name,
       registrations.child_sex, registrations.child_birth_date, registrations.organization,
       registrations.household_organization, registrations.officer, registrations.entered_at
  FROM registrations
 WHERE registrations.status IN ('refused', 'withdrawn', 'revoked')
   AND registrations.status = :status
   AND (registrations.organization LIKE ANY (:scope::text[])
        OR registrations.household_organization LIKE ANY (:scope::text[]))
   AND registrations.id >= first_id_at(:since::timestamptz)
   AND registrations.id < :before
 ORDER BY registrations.id DESC
 LIMIT :limit;

-- name: list_held_registrations
-- returns: RegistrationListed
-- The registrations inside the scope that await their approval, newest first.
SELECT registrations.id, registrations.status, registrations.certificate_number, registrations.child_name,
       registrations.child_sex, registrations.child_birth_date, registrations.organization,
       registrations.household_organization, registrations.officer, registrations.entered_at
  FROM registrations
 WHERE registrations.status = 'held'
   AND (registrations.organization LIKE ANY (:scope::text[])
        OR registrations.household_organization LIKE ANY (:scope::text[]))
   AND registrations.id >= first_id_at(:since::timestamptz)
   AND registrations.id < :before
 ORDER BY registrations.id DESC
 LIMIT :limit;

-- name: search_by_citizen_number
-- returns: RegistrationListed
-- The registrations inside the scope on which a citizen number stands, newest first.
SELECT registrations.id, registrations.status, registrations.certificate_number, registrations.child_name,
       registrations.child_sex, registrations.child_birth_date, registrations.organization,
       registrations.household_organization, registrations.officer, registrations.entered_at
  FROM registrations
 WHERE registrations.id IN (
       SELECT people.registration_id
         FROM registration_people AS people
        WHERE people.citizen_number_blind = ANY (:blinds::bytea[])
          AND (:part::text IS NULL OR people.part = :part))
   AND (registrations.organization LIKE ANY (:scope::text[])
        OR registrations.household_organization LIKE ANY (:scope::text[]))
   AND registrations.id < :before
 ORDER BY registrations.id DESC
 LIMIT :limit;

-- name: search_by_other_number
-- returns: RegistrationListed
-- The registrations inside the scope on which the number of another paper stands, newest first.
SELECT registrations.id, registrations.status, registrations.certificate_number, registrations.child_name,
       registrations.child_sex, registrations.child_birth_date, registrations.organization,
       registrations.household_organization, registrations.officer, registrations.entered_at
  FROM registrations
 WHERE registrations.id IN (
       SELECT people.registration_id
         FROM registration_people AS people
        WHERE people.other_number_blind = ANY (:blinds::bytea[])
          AND (:part::text IS NULL OR people.part = :part))
   AND (registrations.organization LIKE ANY (:scope::text[])
        OR registrations.household_organization LIKE ANY (:scope::text[]))
   AND registrations.id < :before
 ORDER BY registrations.id DESC
 LIMIT :limit;

-- name: search_by_phone
-- returns: RegistrationListed
-- The registrations inside the scope on which a telephone number stands, newest first.
SELECT registrations.id, registrations.status, registrations.certificate_number, registrations.child_name,
       registrations.child_sex, registrations.child_birth_date, registrations.organization,
       registrations.household_organization, registrations.officer, registrations.entered_at
  FROM registrations
 WHERE registrations.id IN (
       SELECT people.registration_id
         FROM registration_people AS people
        WHERE people.phone_blind = ANY (:blinds::bytea[])
          AND (:part::text IS NULL OR people.part = :part))
   AND (registrations.organization LIKE ANY (:scope::text[])
        OR registrations.household_organization LIKE ANY (:scope::text[]))
   AND registrations.id < :before
 ORDER BY registrations.id DESC
 LIMIT :limit;

-- name: search_by_address
-- returns: RegistrationListed
-- The registrations inside the scope on which an address stands, newest first.
SELECT registrations.id, registrations.status, registrations.certificate_number, registrations.child_name,
       registrations.child_sex, registrations.child_birth_date, registrations.organization,
       registrations.household_organization, registrations.officer, registrations.entered_at
  FROM registrations
 WHERE registrations.id IN (
       SELECT people.registration_id
         FROM registration_people AS people
        WHERE people.address_blind = ANY (:blinds::bytea[])
          AND (:part::text IS NULL OR people.part = :part))
   AND (registrations.organization LIKE ANY (:scope::text[])
        OR registrations.household_organization LIKE ANY (:scope::text[]))
   AND registrations.id < :before
 ORDER BY registrations.id DESC
 LIMIT :limit;

-- name: search_by_name
-- returns: RegistrationListed
-- The registrations inside the scope on which a name stands that begins so, newest first.
SELECT registrations.id, registrations.status, registrations.certificate_number, registrations.child_name,
       registrations.child_sex, registrations.child_birth_date, registrations.organization,
       registrations.household_organization, registrations.officer, registrations.entered_at
  FROM registrations
 WHERE registrations.id IN (
       SELECT people.registration_id
         FROM registration_people AS people
        WHERE people.name >= :name
          AND people.name < :past
          AND (:part::text IS NULL OR people.part = :part))
   AND (registrations.organization LIKE ANY (:scope::text[])
        OR registrations.household_organization LIKE ANY (:scope::text[]))
   AND registrations.id < :before
 ORDER BY registrations.id DESC
 LIMIT :limit;

-- name: search_by_similar_name
-- returns: RegistrationListed
-- The registrations inside the scope of a child whose name has at most one other character, newest first.
SELECT registrations.id, registrations.status, registrations.certificate_number, registrations.child_name,
       registrations.child_sex, registrations.child_birth_date, registrations.organization,
       registrations.household_organization, registrations.officer, registrations.entered_at
  FROM registrations
 WHERE registrations.id IN (
       SELECT people.registration_id
         FROM registration_people AS people
        WHERE people.part = 'child'
          AND name_gaps(people.name) && name_gaps(:name))
   AND (registrations.organization LIKE ANY (:scope::text[])
        OR registrations.household_organization LIKE ANY (:scope::text[]))
   AND registrations.id < :before
 ORDER BY registrations.id DESC
 LIMIT :limit;
