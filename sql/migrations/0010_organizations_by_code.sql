-- Organisations are joined to columns that compare bytes ("C"); under another collation their index can't
-- serve the join, and every group of look-ups read the whole table, twice.
ALTER TABLE officers DROP CONSTRAINT officers_organization_fkey;
ALTER TABLE blacklist_entries DROP CONSTRAINT blacklist_entries_organization_fkey;
ALTER TABLE organizations ALTER COLUMN code TYPE text COLLATE "C";
ALTER TABLE officers ALTER COLUMN organization TYPE text COLLATE "C";
ALTER TABLE officers ADD CONSTRAINT officers_organization_fkey
    FOREIGN KEY (organization) REFERENCES organizations (code);
ALTER TABLE blacklist_entries ADD CONSTRAINT blacklist_entries_organization_fkey
    FOREIGN KEY (organization) REFERENCES organizations (code);
