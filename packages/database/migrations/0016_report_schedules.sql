-- Up Migration

-- Reports that are made regularly, or when their market has new data.
CREATE TABLE reporting.schedule (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_id bigint NOT NULL REFERENCES token,  -- of its maker, with which it ends
  author text NOT NULL,
  title text NOT NULL,
  report text NOT NULL,
  form text NOT NULL,
  parameters json NOT NULL,
  origin text NOT NULL,  -- of the addresses in the report and in e-mails
  market_id integer NOT NULL REFERENCES market,
  rhythm json NOT NULL,
  target text NOT NULL CHECK (target IN ('email', 's3')),
  due_at timestamptz,  -- its next run; null: when the market has a later version than the last run
  seen_version integer NOT NULL,  -- of the market, at the last run
  ran_at timestamptz,  -- when the last run was due
  paused_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
GRANT SELECT, INSERT, UPDATE ON reporting.schedule TO sales_reader;

-- Who gets e-mail of a schedule.
CREATE TABLE reporting.recipient (
  schedule_id bigint NOT NULL REFERENCES reporting.schedule,
  role text NOT NULL CHECK (role IN ('reader', 'maker')),  -- a maker gets the reasons of failures only
  address text NOT NULL,
  secret text NOT NULL UNIQUE,  -- of the page on which they confirm and unsubscribe; every e-mail contains it, so it is no hash
  asked_at timestamptz,  -- when they were asked to confirm
  confirmed_at timestamptz,
  unsubscribed_at timestamptz,
  PRIMARY KEY (schedule_id, role, address)
);
CREATE INDEX recipient_unasked ON reporting.recipient (schedule_id) WHERE asked_at IS NULL AND confirmed_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON reporting.recipient TO sales_reader;

-- A run of a schedule is a job. Two tasks cannot add the same run.
ALTER TABLE reporting.job
  ADD schedule_id bigint REFERENCES reporting.schedule,
  ADD run_at timestamptz,  -- when the run was due
  ADD UNIQUE (schedule_id, run_at);

-- The e-mails of a run that were sent, so that a repeated run sends none again.
CREATE TABLE reporting.delivery (
  job_id uuid NOT NULL REFERENCES reporting.job ON DELETE CASCADE,
  address text NOT NULL,
  sent_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (job_id, address)
);
GRANT SELECT, INSERT ON reporting.delivery TO sales_reader;

-- Down Migration

DROP TABLE reporting.delivery;
DELETE FROM reporting.job WHERE schedule_id IS NOT NULL;
ALTER TABLE reporting.job DROP schedule_id, DROP run_at;
DROP TABLE reporting.recipient;
DROP TABLE reporting.schedule;
