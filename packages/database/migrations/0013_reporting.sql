-- Up Migration

-- What the service `reporting` writes. It can only read everything else.
CREATE SCHEMA reporting;
GRANT USAGE ON SCHEMA reporting TO sales_reader;

-- The definitions of custom reports. Every save of a definition adds an edition; none is changed or removed, so that citations keep their address.
CREATE TABLE reporting.definition (
  name text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,59}$'),
  edition integer NOT NULL CHECK (edition > 0),
  definition json,  -- null: with this edition the report was deleted
  summary text,  -- of the definition, for lists
  author text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (name, edition)
);
GRANT SELECT, INSERT ON reporting.definition TO sales_reader;

-- The letterhead of documents: of one market, or of the markets that have none of their own.
CREATE TABLE reporting.letterhead (
  market_id integer REFERENCES market,  -- null: of all markets
  letterhead json NOT NULL,
  author text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (market_id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON reporting.letterhead TO sales_reader;

-- Links that open one report with fixed parameters, without a token.
CREATE TABLE reporting.share_link (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),  -- SHA-256 of the secret in the path of the link
  token_id bigint NOT NULL REFERENCES token,  -- of its maker, with which the link ends
  author text NOT NULL,
  report text NOT NULL,
  parameters json NOT NULL,
  password text,  -- scrypt: salt and hash
  origins text[] NOT NULL,  -- the sites whose pages may embed the report
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  opened bigint NOT NULL DEFAULT 0,
  last_opened_at timestamptz
);
CREATE INDEX share_link_of_token ON reporting.share_link (token_id);
GRANT SELECT, INSERT, UPDATE (revoked_at, opened, last_opened_at) ON reporting.share_link TO sales_reader;

-- Whether a token is valid. Run with the rights of the owner, because `reporting` cannot read tokens.
CREATE FUNCTION reporting.is_valid_token(asked bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM public.token WHERE id = asked AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
  )
$$;
REVOKE EXECUTE ON FUNCTION reporting.is_valid_token FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reporting.is_valid_token TO sales_reader;

-- Down Migration

DROP FUNCTION reporting.is_valid_token;
DROP TABLE reporting.share_link;
DROP TABLE reporting.letterhead;
DROP TABLE reporting.definition;
DROP SCHEMA reporting;
