-- A date as spreadsheets write it where Chinese is spoken: 2026-11-01, 2026/11/1, 2026.11.1, 20261101; also one that was
-- given a midnight. The year comes first in all of them, so none can be read two ways.
CREATE OR REPLACE FUNCTION read_uncommon_date(typed text) RETURNS date LANGUAGE plpgsql STABLE AS $$
DECLARE
    plain text := read_text(typed) COLLATE "C";
    parts text[] := coalesce(
        regexp_match(plain, '^([12][0-9]{3})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?:[T ]0?0:00(?::00)?)?$'),
        regexp_match(plain, '^([12][0-9]{3})()([0-9]{2})([0-9]{2})$'));
BEGIN
    RETURN make_date(parts[1]::int, parts[3]::int, parts[4]::int);
EXCEPTION
    WHEN data_exception THEN
        RETURN NULL;
END
$$;
