-- Up Migration

-- Markets, the sales recorded in them, and the history of every write. Sale rows never change: a correction retires one and adds another,
-- so that any revision can be explained and undone.

CREATE TABLE market (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  name text NOT NULL CHECK (name <> ''),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  time_zone text NOT NULL DEFAULT 'UTC',
  attribution text,
  licence text,
  is_default boolean NOT NULL DEFAULT false,
  is_synthetic boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX market_one_default ON market (is_default) WHERE is_default;

-- The number of the last committed revision. Its row lock is taken by a writing transaction's last statement, so versions become visible in
-- order and without gaps. `lineage` tells a replica that it faces another database, or an older copy restored, and must start afresh.
CREATE TABLE data_version (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version bigint NOT NULL,
  lineage uuid NOT NULL DEFAULT gen_random_uuid()
);

CREATE TABLE revision (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version bigint UNIQUE,  -- set by the last statement of the transaction; null is never visible to others
  market_id integer REFERENCES market,
  kind text NOT NULL CHECK (kind IN ('import', 'entry', 'correction', 'undo', 'market')),
  author text NOT NULL,
  note text,
  sales_added integer NOT NULL DEFAULT 0,
  sales_retired integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX revision_market ON revision (market_id, id);

-- A property is only an identity; what is known of it stands with each sale, as it was at that sale.
--
-- The two large tables have no foreign keys to markets and revisions: each costs 10 µs a row, together half of the time in which an import
-- writes, and guards nothing here. Services can delete neither, and write sales only in the transaction that made their revision.
CREATE TABLE property (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  market_id integer NOT NULL,
  key text NOT NULL,  -- the registry's number, or what identifies it in its source
  UNIQUE (market_id, key)
);

-- Lists of properties are paged by id within a market; without it a small market's page would walk through all the others' properties.
CREATE INDEX property_of_market ON property (market_id, id);

CREATE TABLE sale (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  market_id integer NOT NULL,
  property_id bigint NOT NULL REFERENCES property,
  key text NOT NULL,  -- identity of the sale in its source; among the sales in force, unique in a market
  fingerprint uuid NOT NULL,  -- MD5 of everything the source says of the sale: equal means the same row again
  issued_at timestamptz,  -- when the source issued the row; the later of two rows for one key stands
  added_by bigint NOT NULL,  -- revision
  retired_by bigint,  -- revision
  contract_date date,
  settlement_date date,
  price bigint NOT NULL,  -- whole currency units
  type text,  -- dwelling type
  address text NOT NULL,
  street text,
  locality text,
  region text,
  postcode text,
  bedrooms smallint,
  bathrooms real,
  car_spaces smallint,
  land_area double precision,  -- m²
  floor_area double precision,  -- m²
  latitude double precision,  -- WGS 84
  longitude double precision,
  dealing text,  -- the instrument that conveyed it; several properties in one make none of them a sale of its own
  non_standard text,  -- why the sale is not standard, as far as its own row tells; null = nothing against it
  details jsonb  -- what else the source says, by its own names
);
CREATE UNIQUE INDEX sale_in_force ON sale (market_id, key) WHERE retired_by IS NULL;
CREATE INDEX sale_of_property ON sale (property_id);
CREATE INDEX sale_added ON sale (added_by);
CREATE INDEX sale_retired ON sale (retired_by) WHERE retired_by IS NOT NULL;

CREATE TABLE import (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  market_id integer NOT NULL REFERENCES market,
  revision_id bigint REFERENCES revision,
  state text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'running', 'finished', 'failed', 'cancelled')),
  stage text,
  format text,
  files jsonb NOT NULL DEFAULT '[]',  -- [{name, bytes}]
  bytes_total bigint NOT NULL DEFAULT 0,
  bytes_read bigint NOT NULL DEFAULT 0,
  rows_read bigint NOT NULL DEFAULT 0,
  accepted bigint NOT NULL DEFAULT 0,
  duplicate bigint NOT NULL DEFAULT 0,
  superseding bigint NOT NULL DEFAULT 0,
  superseded bigint NOT NULL DEFAULT 0,
  deleted bigint NOT NULL DEFAULT 0,
  rejected bigint NOT NULL DEFAULT 0,
  error text,
  author text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);

CREATE TABLE reject (
  import_id uuid NOT NULL REFERENCES import ON DELETE CASCADE,
  number bigint NOT NULL,  -- 1, 2, … in the order met
  file text NOT NULL,
  line bigint NOT NULL,
  content text NOT NULL,  -- the original text
  reason text NOT NULL,  -- the kind of fault, for counting
  message text NOT NULL,  -- one plain sentence
  PRIMARY KEY (import_id, number)
);

-- What a service may do hangs on these two groups; the users that log in (their passwords live in Secrets Manager) are made members of one.
-- Roles belong to the server, so that another database on it may have them already, or be making them now.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['sales_reader', 'sales_writer'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
  END LOOP;
END
$$;
GRANT SELECT ON market, data_version, revision, property, sale, import, reject TO sales_reader, sales_writer;
GRANT INSERT ON market, revision, property, sale, import, reject TO sales_writer;
GRANT UPDATE ON market, import TO sales_writer;
GRANT UPDATE (version) ON data_version TO sales_writer;
GRANT UPDATE (version, sales_added, sales_retired, note) ON revision TO sales_writer;
GRANT UPDATE (retired_by) ON sale TO sales_writer;
GRANT DELETE ON reject TO sales_writer;

-- The demonstration market that the first version of Property Insights came with. Its dates are set, not recorded.
INSERT INTO data_version (version) VALUES (1);
INSERT INTO market (code, name, currency, time_zone, is_default) VALUES ('demo', 'Demonstration', 'AUD', 'Australia/Sydney', true);
INSERT INTO revision (version, market_id, kind, author, note, sales_added)
SELECT 1, id, 'entry', 'system', 'the demonstration properties', 3 FROM market WHERE code = 'demo';
INSERT INTO property (market_id, key)
SELECT market.id, entry.key FROM market, (VALUES ('demo-1'), ('demo-2'), ('demo-3')) AS entry (key)
WHERE code = 'demo' ORDER BY entry.key;
INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, contract_date, price, type, address, locality, region)
SELECT market.id, property.id, entry.key, md5(entry.key)::uuid, revision.id, DATE '2025-07-01', entry.price, entry.type,
  entry.address, entry.locality, entry.region
FROM market
JOIN revision ON revision.market_id = market.id
JOIN property ON property.market_id = market.id
JOIN (VALUES
  ('demo-1', '123 Green St, Sydney', 1200000, 'House', 'Sydney', 'NSW'),
  ('demo-2', '456 Blue Rd, Melbourne', 850000, 'Apartment', 'Melbourne', 'VIC'),
  ('demo-3', '789 Red Av, Sydney', 2500000, 'House', 'Sydney', 'NSW')
) AS entry (key, address, price, type, locality, region) ON entry.key = property.key
ORDER BY entry.key;

-- Down Migration

DROP TABLE reject, import, sale, property, revision, data_version, market;
