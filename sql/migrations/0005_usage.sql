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
    -- The length apart: an expression that counts to nine takes twice as long, and this one is asked for every row.
    CONSTRAINT usages_number_is_well_formed
        CHECK (octet_length(certificate_number) = 10 AND certificate_number ~ '^[A-Z][0-9]+$')
);
GRANT SELECT, INSERT ON usages TO birthreg_service;
