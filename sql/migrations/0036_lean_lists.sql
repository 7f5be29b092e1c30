-- Few entries came of others: the index of those needn't hold the million that a file brings.
DROP INDEX blacklist_entries_came_of;
CREATE INDEX blacklist_entries_came_of ON blacklist_entries (coalesce(split_from, replaces))
    WHERE coalesce(split_from, replaces) IS NOT NULL;
