-- The lowest identifier (UUID version 7) that a record of this moment can have. Rounded to the nearest millisecond,
-- as before, it could lie above an identifier made in that very millisecond, and a list "since" then missed it.
CREATE OR REPLACE FUNCTION first_id_at(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;
