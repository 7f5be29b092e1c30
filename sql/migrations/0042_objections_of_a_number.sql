-- The life of a number tells of the objections to its listing.
CREATE INDEX blacklist_objections_by_number ON blacklist_objections (certificate_number, id);
