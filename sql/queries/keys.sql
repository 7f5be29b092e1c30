-- name: insert_signing_key
-- returns: rows
-- Make a public key known; a key that is known stays as it was.
INSERT INTO signing_keys (id, purpose, public_key, created_at)
VALUES (:id, :purpose, :public_key, :now)
    ON CONFLICT (id) DO NOTHING;

-- name: list_signing_keys
-- returns: PublicKey
-- Every public key that ever signed, oldest first.
-- unscoped: public
SELECT id, purpose, public_key, created_at
  FROM signing_keys
 ORDER BY created_at, id;
