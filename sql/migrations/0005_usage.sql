-- The narrow fact: this number is claimed or used, once. Made for 200 million rows: every unique
-- key holds the number, so the table can be cut by hash of the number without redesign.
CREATE TABLE usages (
    certificate_number     text COLLATE "C" NOT NULL,
    used_at                timestamptz NOT NULL,
    organization           text COLLATE "C" NOT NULL,
    registration_reference text,
    registration_id        uuid,
    reserved               boolean     NOT NULL DEFAULT false,
    CONSTRAINT usages_number PRIMARY KEY (certificate_number),
    CONSTRAINT usages_number_is_well_formed CHECK (certificate_number ~ '^[A-Z]\d{9}$')
);
GRANT SELECT, INSERT ON usages TO birthreg_service;
