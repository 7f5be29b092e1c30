-- name: find_usage
-- returns: Usage
-- Who used a number, and when.
-- unscoped: one number is usable once in the whole country; the service narrows what is shown
SELECT usages.certificate_number, usages.used_at, usages.organization, organizations.name AS organization_name,
       usages.registration_reference, usages.registration_id, usages.reserved
  FROM usages
  LEFT JOIN organizations ON organizations.code = usages.organization
 WHERE usages.certificate_number = :number;
