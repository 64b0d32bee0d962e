-- Up Migration

-- Who may write, and read where reading is not open to all: bearers of a token. Only the hash of a token is kept.
CREATE TABLE token (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL CHECK (name <> ''),
  hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),  -- SHA-256 of the token
  scope text NOT NULL CHECK (scope IN ('read', 'write', 'admin')),  -- each includes those before it
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  last_used_at timestamptz,  -- to the minute
  revoked_at timestamptz
);

-- What a service learns of a token that was presented to it. Run with the rights of the owner, so that a service need not be able to read
-- hashes: `reporting` may do this and nothing else with tokens. A use is written at most once a minute, for each costs a commit; where it can't
-- be, on a reader of the database, it isn't.
CREATE FUNCTION present_token(presented bytea)
RETURNS TABLE (id bigint, name text, scope text, expires_at timestamptz, revoked_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF current_setting('transaction_read_only') = 'off' THEN
    UPDATE public.token SET last_used_at = now()
    WHERE hash = presented AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
      AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute');
  END IF;
  RETURN QUERY SELECT token.id, token.name, token.scope, token.expires_at, token.revoked_at FROM public.token WHERE hash = presented;
END
$$;
REVOKE EXECUTE ON FUNCTION present_token FROM PUBLIC;
GRANT EXECUTE ON FUNCTION present_token TO sales_reader, sales_writer;
GRANT SELECT (id, name, scope, created_at, expires_at, last_used_at, revoked_at) ON token TO sales_writer;
GRANT INSERT (name, hash, scope, expires_at) ON token TO sales_writer;
GRANT UPDATE (revoked_at) ON token TO sales_writer;

-- A revision that undoes another names it. Each is undone by one at most: what that took back comes again by undoing it in turn.
ALTER TABLE revision ADD undoes bigint REFERENCES revision;
CREATE UNIQUE INDEX revision_undoes ON revision (undoes) WHERE undoes IS NOT NULL;

-- A market that was deleted stays for the history, without sales; its code is free for another.
ALTER TABLE market ADD deleted_at timestamptz, DROP CONSTRAINT market_code_key;
CREATE UNIQUE INDEX market_code ON market (code) WHERE deleted_at IS NULL;

-- Down Migration

DROP INDEX market_code;
ALTER TABLE market DROP deleted_at, ADD CONSTRAINT market_code_key UNIQUE (code);
ALTER TABLE revision DROP undoes;

DROP FUNCTION present_token;
DROP TABLE token;
