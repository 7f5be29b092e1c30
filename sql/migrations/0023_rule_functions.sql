-- What several rules reckon alike.

-- How many birthdays somebody born on one day has had by another; who was born on the 29th of February has them on the
-- 28th in common years (民法典 §202), as `registrations.date_rules.birthday` has it.
CREATE FUNCTION whole_years(born date, day date) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (extract(year FROM day) - extract(year FROM born))::int
           - CASE WHEN born + make_interval(years => (extract(year FROM day) - extract(year FROM born))::int) > day
                  THEN 1 ELSE 0 END
$$;

-- A name as `certificates.rules.same_name` compares it: width, blanks, case, punctuation and the kind of middle dot
-- don't count. The signs that fall away are listed, since what PostgreSQL calls a letter depends on where it runs.
CREATE FUNCTION plain_name(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(lower(normalize(name, NFKC) COLLATE "default"),
           E'[\\u0001-\\u002F\\u003A-\\u0040\\u005B-\\u0060\\u007B-\\u00A9\\u00AB-\\u00B1\\u00B4\\u00B6-\\u00B8\\u00BB'
           || E'\\u00BF\\u00D7\\u00F7\\u0300-\\u036F\\u0F0B-\\u0F0D\\u2000-\\u206F\\u20A0-\\u20FF\\u2190-\\u245F'
           || E'\\u2500-\\u2775\\u2794-\\u2BFF\\u2E00-\\u2E7F\\u3000-\\u3004\\u3008-\\u3020\\u302A-\\u3030'
           || E'\\u303D-\\u3040\\u3099-\\u309C\\u30A0\\u30FB\\uFE00-\\uFE6F\\uFFFC\\uFFFD\\U000E0100-\\U000E01EF]',
           '', 'g')
$$;
