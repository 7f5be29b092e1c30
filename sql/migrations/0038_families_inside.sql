-- Of a case and all that was merged into it, what lies inside a jurisdiction: what was merged above it is worked on
-- there, but isn't shown below to whom it doesn't belong.

CREATE FUNCTION case_family_inside(asked uuid, patterns text[]) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT inside.id
      FROM case_family(asked) AS family (id)
     CROSS JOIN LATERAL (
           SELECT cases.id
             FROM cases
            WHERE cases.id = family.id
              AND (cases.handler LIKE ANY (patterns) OR cases.organization LIKE ANY (patterns)
                   OR cases.household_organization LIKE ANY (patterns))
           OFFSET 0) AS inside
$$;

-- Acts on many cases are read again by who did them, and above.
CREATE INDEX case_bulks_by_organization ON case_bulks (organization, id);
