-- name: reckon_usual_shares
-- returns: rows
-- How many of the latest registrations were issued far away, in each province and in all.
-- unscoped: shares of whole provinces, by the worker
INSERT INTO screening_baseline (province, registrations, marked, reckoned_at)
SELECT coalesce(province, ''), count(*), count(*) FILTER (WHERE is_far), :now
  FROM (SELECT substr(organization, 1, 2) AS province, is_far
          FROM (SELECT organization, is_far
                  FROM screening_facts
                 WHERE standing
                 ORDER BY registration_id DESC
                 LIMIT :latest) AS latest
       ) AS counted
 GROUP BY GROUPING SETS ((province), ())
ON CONFLICT (province) DO UPDATE
   SET registrations = excluded.registrations, marked = excluded.marked, reckoned_at = excluded.reckoned_at;
