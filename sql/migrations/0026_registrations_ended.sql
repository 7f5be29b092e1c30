-- Registrations that were refused, withdrawn or revoked are few among many, and are asked for by themselves.
CREATE INDEX registrations_ended ON registrations (id) WHERE status IN ('refused', 'withdrawn', 'revoked');

-- Values that nobody else may be at work with until the transaction ends, in an order that lets nobody wait in a ring.
CREATE FUNCTION lock_values(what text, blinds bytea[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    blind bytea;
BEGIN
    FOR blind IN SELECT DISTINCT value FROM unnest(blinds) AS asked (value) ORDER BY value LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended(what || ' ' || encode(blind, 'hex'), 0));
    END LOOP;
END
$$;
