-- Up Migration

-- Reports that are made apart from the request for them. The tasks that are up take the rows in turn.
CREATE TABLE reporting.job (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  key bytea UNIQUE CHECK (length(key) = 32),  -- SHA-256 of what makes reports equal; null when no other request may share the job
  report text NOT NULL,
  form text NOT NULL,
  parameters json NOT NULL,  -- complete: with the market, its version, and every default
  origin text NOT NULL,  -- of the addresses in the report
  callers text[] NOT NULL,  -- those who wait for it
  state text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'running', 'finished', 'failed', 'cancelled')),
  stage text,  -- of the work, while it is running
  stored_bytes bigint NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT now(),  -- when it may be taken
  leased_until timestamptz,  -- its task extends this while it works; another task may take the job afterwards
  reason text,  -- of its failure, or of the last attempt's
  file_name text,  -- of the result
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  ended_at timestamptz,
  expires_at timestamptz  -- when the result is removed
);
CREATE INDEX job_waiting ON reporting.job (due_at) WHERE state IN ('received', 'running');
CREATE INDEX job_ended ON reporting.job (ended_at) WHERE ended_at IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON reporting.job TO sales_reader;

-- Down Migration

DROP TABLE reporting.job;
