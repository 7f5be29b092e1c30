-- How far each table with sealed columns was renewed under a key: a walk by primary key, each row looked at once.
-- `up_to` is the primary key of the last row done, as text; null before the first.
CREATE TABLE key_renewals (
    sealed_table text        NOT NULL,
    key_id       text        NOT NULL,
    begun_at     timestamptz NOT NULL,
    finished_at  timestamptz,
    up_to        text,
    seen         bigint      NOT NULL DEFAULT 0,
    unreadable   bigint      NOT NULL DEFAULT 0,
    CONSTRAINT key_renewals_one_walk PRIMARY KEY (sealed_table, key_id),
    CONSTRAINT key_renewals_count_up CHECK (seen >= unreadable AND unreadable >= 0)
);
GRANT SELECT, INSERT, UPDATE ON key_renewals TO birthreg_service;

-- What follows works on any table that a room declares as sealed, with the rights of whoever calls it: the service
-- needs SELECT on the table, and UPDATE on its sealed and blind columns.

-- The type of a column, as it is written in SQL.
CREATE FUNCTION column_type(sealed_table text, column_name text) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT format_type(atttypid, atttypmod)
      FROM pg_attribute
     WHERE attrelid = format('%I', sealed_table)::regclass AND attname = column_name AND NOT attisdropped
$$;

-- The rows after one primary key, up to and with another; either may be null, for no bound.
CREATE FUNCTION key_range(sealed_table text, key_column text, after text, up_to text) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT concat_ws(' AND ',
        'true',
        CASE WHEN after IS NOT NULL
             THEN format('%I > %L::%s', key_column, after, column_type(sealed_table, key_column)) END,
        CASE WHEN up_to IS NOT NULL
             THEN format('%I <= %L::%s', key_column, up_to, column_type(sealed_table, key_column)) END)
$$;

-- Whether any of the columns stands under another key than the one of this mark; null columns stand under none.
CREATE FUNCTION is_stale(sealed_columns text[], mark bytea) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    SELECT '(' || string_agg(format('substring(%I FROM 1 FOR 4) <> %L::bytea', name, mark), ' OR ') || ')'
      FROM unnest(sealed_columns) AS name
$$;

-- The end of the next block of rows, and how many it has; no row behind the last one.
CREATE FUNCTION find_sealed_block(sealed_table text, key_column text, after text, size int)
RETURNS TABLE (up_to text, rows bigint)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT key::text, place FROM (
            SELECT %1$I AS key, row_number() OVER (ORDER BY %1$I) AS place
              FROM %2$I WHERE %3$s ORDER BY %1$I LIMIT %4$s) AS block
          ORDER BY place DESC LIMIT 1',
        key_column, sealed_table, key_range(sealed_table, key_column, after, NULL), size);
END
$$;

-- The rows of a block with a column under another key, locked; those that somebody writes to are passed over.
CREATE FUNCTION take_stale_rows(
    sealed_table text, key_column text, sealed_columns text[], mark bytea, after text, up_to text)
RETURNS TABLE (key text, held bytea[])
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT %1$I::text, ARRAY[%2$s] FROM %3$I WHERE %4$s AND %5$s ORDER BY %3$I.%1$I FOR UPDATE SKIP LOCKED',
        key_column, (SELECT string_agg(format('%I', name), ', ' ORDER BY place)
                       FROM unnest(sealed_columns) WITH ORDINALITY AS names (name, place)),
        sealed_table, key_range(sealed_table, key_column, after, up_to), is_stale(sealed_columns, mark));
END
$$;

-- How many rows of a block have a column under another key, locked or not.
CREATE FUNCTION count_stale_rows(
    sealed_table text, key_column text, sealed_columns text[], mark bytea, after text, up_to text)
RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    found bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %I WHERE %s AND %s', sealed_table,
                   key_range(sealed_table, key_column, after, up_to), is_stale(sealed_columns, mark)) INTO found;
    RETURN found;
END
$$;

-- Write rows anew: `cells` holds, row by row, the columns in their order.
CREATE FUNCTION renew_rows(sealed_table text, key_column text, sealed_columns text[], keys text[], cells bytea[])
RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    renewed bigint;
BEGIN
    EXECUTE format(
        'WITH fresh AS (
            SELECT keys.key, held.cells
              FROM unnest($1) WITH ORDINALITY AS keys (key, place)
              JOIN (SELECT (place - 1) / %4$s + 1 AS place, array_agg(cell ORDER BY place) AS cells
                      FROM unnest($2) WITH ORDINALITY AS flat (cell, place) GROUP BY 1) AS held USING (place))
         UPDATE %1$I SET %2$s FROM fresh WHERE %1$I.%3$I = fresh.key::%5$s',
        sealed_table,
        (SELECT string_agg(format('%I = fresh.cells[%s]', name, place), ', ')
           FROM unnest(sealed_columns) WITH ORDINALITY AS names (name, place)),
        key_column, cardinality(sealed_columns), column_type(sealed_table, key_column)) USING keys, cells;
    GET DIAGNOSTICS renewed = ROW_COUNT;
    RETURN renewed;
END
$$;

-- How many rows come after a primary key: counted up to a limit, estimated beyond it.
CREATE FUNCTION count_rows_after(sealed_table text, key_column text, after text, seen bigint, counted_to int)
RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    found bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM (SELECT FROM %I WHERE %s LIMIT %s) AS coming', sealed_table,
                   key_range(sealed_table, key_column, after, NULL), counted_to) INTO found;
    IF found < counted_to THEN
        RETURN found;
    END IF;
    RETURN (SELECT greatest(reltuples::bigint - seen, counted_to)
              FROM pg_class WHERE oid = format('%I', sealed_table)::regclass);
END
$$;

-- How many rows have a column under the key of this mark. Reads the whole table.
CREATE FUNCTION count_rows_under(sealed_table text, sealed_columns text[], mark bytea) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    found bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %I WHERE %s', sealed_table,
                   (SELECT string_agg(format('substring(%I FROM 1 FOR 4) = %L::bytea', name, mark), ' OR ')
                      FROM unnest(sealed_columns) AS name)) INTO found;
    RETURN found;
END
$$;
