-- name: find_calibration
-- returns: Calibration
-- How the scores of a model are read at this moment.
-- unscoped: one reading of scores for the whole country
SELECT id, model, in_force_from, list_from, strong_from, for_children, study, entered_at, officer, organization
  FROM face_calibrations
 WHERE model = :model
   AND in_force_from <= :now
 ORDER BY in_force_from DESC, id DESC
 LIMIT 1;

-- name: list_calibrations
-- returns: Calibration
-- How the scores of a model were read, are and will be, the latest first.
-- unscoped: one reading of scores for the whole country
SELECT id, model, in_force_from, list_from, strong_from, for_children, study, entered_at, officer, organization
  FROM face_calibrations
 WHERE model = :model
 ORDER BY in_force_from DESC, id DESC
 LIMIT :limit;

-- name: insert_calibration
-- returns: rows
-- A study says how scores are to be read from a moment on.
INSERT INTO face_calibrations (id, model, in_force_from, list_from, strong_from, for_children, study, entered_at,
                               officer, organization)
VALUES (:id, :model, :in_force_from, :list_from, :strong_from, :for_children, :study, :now, :officer, :organization);

-- name: insert_points
-- returns: rows
-- How often the study erred, score by score.
INSERT INTO face_calibration_points (calibration_id, score, different_pairs, different_reached, same_pairs, same_reached)
SELECT :calibration, score, different_pairs, different_reached, same_pairs, same_reached
  FROM unnest(:scores::double precision[], :different_pairs::int[], :different_reached::int[], :same_pairs::int[],
              :same_reached::int[]) AS points (score, different_pairs, different_reached, same_pairs, same_reached);

-- name: list_points
-- returns: CalibrationPoint
-- How often a study erred, from the lowest score on.
-- unscoped: a study, no person
SELECT score, different_pairs, different_reached, same_pairs, same_reached
  FROM face_calibration_points
 WHERE calibration_id = :calibration
 ORDER BY score;

-- name: ask_searchable
-- returns: Searchable
-- Whether this database can search among templates.
SELECT faces.is_searchable() AS searchable;

-- name: keep_template
-- returns: TemplateKept
-- A registered child's face is kept, sealed, unless as many as may be are kept already.
SELECT faces.keep(:id, :registration, :organization, :household_organization, :model, :sealed, :turned, :under, :now,
                  :officer, :at_most) AS is_kept;

-- name: forget_templates
-- returns: TemplateCount
-- A child's face is forgotten.
SELECT faces.forget(:registration) AS templates;

-- name: find_near
-- returns: NearFace
-- The children inside the scope who look most like one, at most five.
SELECT registration_id, score
  FROM faces.find_near(:scope, :model, :marks, :probes, :at_least, :besides);

-- name: list_unturned
-- returns: SealedTemplate
-- Templates that a search under the key in use wouldn't find.
-- unscoped: keys are changed everywhere
SELECT id, sealed
  FROM faces.list_unturned(:mark, :after, :limit);

-- name: turn_template
-- returns: rows
-- A template is turned under the key in use.
SELECT faces.turn(:id, :turned, :under);
