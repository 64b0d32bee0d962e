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

-- Down Migration

DROP TABLE reporting.letterhead;
DROP TABLE reporting.definition;
DROP SCHEMA reporting;
