-- Up Migration

-- Each market has a sequence of versions: 1, 2, 3, … in the order in which its revisions became visible. Only writers of one market wait for
-- each other. `revision.version` stays a number over all markets, which lists of the history are ordered by.

-- The last version of each market. A table of its own: a writer that holds the market's row against deletion (FOR SHARE) could otherwise not
-- update it beside another writer that does the same.
CREATE TABLE market_version (
  market_id integer PRIMARY KEY REFERENCES market,
  version bigint NOT NULL
) WITH (fillfactor = 50);  -- each write updates a row in place

-- Numbers that are not given out, so that no number of a market ever means two things: those that may have been given out between a backup and its
-- restore, and those of a deleted market whose code is used again.
CREATE TABLE version_gap (
  market_id integer NOT NULL REFERENCES market,
  first bigint NOT NULL,
  last bigint NOT NULL CHECK (last >= first),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (market_id, first)
);

ALTER TABLE revision
  ADD market_version bigint,  -- null only for revisions that concern no market
  ADD market_state jsonb;  -- of a revision that made or changed a market: the market as it was from then on

-- Markets were made by revisions that do not name them, but for their code.
UPDATE revision SET market_id = market.id
FROM market
WHERE revision.market_id IS NULL AND revision.kind = 'market' AND revision.note = 'market ' || market.code || ' added'
  AND abs(extract(epoch FROM revision.created_at - market.created_at)) < 3600;

UPDATE revision SET market_version = numbered.market_version
FROM (SELECT id, row_number() OVER (PARTITION BY market_id ORDER BY version) AS market_version FROM revision WHERE market_id IS NOT NULL) AS numbered
WHERE numbered.id = revision.id;

INSERT INTO market_version (market_id, version)
SELECT market.id, coalesce(max(market_version), 0) FROM market LEFT JOIN revision ON revision.market_id = market.id GROUP BY market.id;

CREATE FUNCTION begin_versions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  used bigint;
BEGIN
  SELECT coalesce(max(market_version.version), 0) INTO used
  FROM public.market JOIN public.market_version ON market_id = market.id WHERE code = NEW.code;
  INSERT INTO public.market_version (market_id, version) VALUES (NEW.id, used);
  IF used > 0 THEN
    INSERT INTO public.version_gap (market_id, first, last) VALUES (NEW.id, 1, used);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER begin_versions AFTER INSERT ON market FOR EACH ROW EXECUTE FUNCTION begin_versions();

CREATE UNIQUE INDEX revision_market_version ON revision (market_id, market_version);
CREATE INDEX revision_market_state ON revision (market_id, market_version) WHERE market_state IS NOT NULL;

-- A market's state, as a revision records it.
CREATE FUNCTION market_state(of_market integer) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT to_jsonb(market) - '{id, is_default, created_at, deleted_at, emptied_at}'::text[] FROM public.market WHERE id = of_market
$$;

-- What markets were called before this migration was not recorded: each one's first revision gets its state of today, and says so.
UPDATE revision SET market_state = market_state(market_id) || '{"recorded_at_migration": true}'
WHERE market_version = 1;

-- Numbers a revision when it gets its place in the history, which is the last statement of its transaction. The row lock that this takes is
-- held until the transaction ends, so versions of a market become visible in order and without gaps.
CREATE FUNCTION number_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.market_version SET version = version + 1 WHERE market_id = NEW.market_id RETURNING version INTO NEW.market_version;
  -- Taken while the market's row is locked, so that both numbers have the same order within a market.
  NEW.version := nextval('public.revision_number');
  IF NEW.kind = 'market' OR NOT EXISTS (
    SELECT FROM public.revision WHERE market_id = NEW.market_id AND market_state IS NOT NULL
  ) THEN
    NEW.market_state := public.market_state(NEW.market_id);
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER number_revision BEFORE UPDATE OF version ON revision FOR EACH ROW
WHEN (OLD.version IS NULL AND NEW.version IS NOT NULL AND NEW.market_id IS NOT NULL) EXECUTE FUNCTION number_revision();

-- The number over all markets comes from a sequence, for which nobody waits. The view and its trigger serve the tasks of the release before,
-- while a deployment replaces them; the next release drops them.
CREATE SEQUENCE revision_number;
SELECT setval('revision_number', (SELECT version FROM data_version));
ALTER TABLE data_version RENAME TO history;
ALTER TABLE history DROP COLUMN version;
CREATE VIEW data_version AS SELECT only_row, (SELECT max(version) FROM revision) AS version, lineage FROM history;
CREATE FUNCTION next_data_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.version := nextval('public.revision_number');
  RETURN NEW;
END
$$;
CREATE TRIGGER next_data_version INSTEAD OF UPDATE ON data_version FOR EACH ROW EXECUTE FUNCTION next_data_version();

-- Sales that an analyst set aside: not standard, for the reason given. By the sale's key, so that the register's next issue of the sale stays
-- set aside. Rows never change, as those of `sale` don't.
CREATE TABLE set_aside_sale (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  market_id integer NOT NULL,
  key text NOT NULL,  -- of the sale; among the rows in force, unique in a market
  fingerprint uuid NOT NULL,  -- MD5 of the reason
  added_by bigint NOT NULL,  -- revision
  retired_by bigint,  -- revision
  reason text NOT NULL CHECK (reason <> '' AND length(reason) <= 500)
);
CREATE UNIQUE INDEX set_aside_sale_in_force ON set_aside_sale (market_id, key) WHERE retired_by IS NULL;
CREATE INDEX set_aside_sale_added ON set_aside_sale (added_by);
CREATE INDEX set_aside_sale_retired ON set_aside_sale (retired_by) WHERE retired_by IS NOT NULL;

ALTER TABLE revision
  ADD set_aside_added integer NOT NULL DEFAULT 0,
  ADD set_aside_retired integer NOT NULL DEFAULT 0,
  DROP CONSTRAINT revision_kind_check,
  ADD CONSTRAINT revision_kind_check CHECK (kind IN ('import', 'entry', 'correction', 'undo', 'market', 'set_aside'));

GRANT SELECT ON market_version, history, version_gap, set_aside_sale, data_version TO sales_reader, sales_writer;
GRANT INSERT ON set_aside_sale TO sales_writer;
GRANT UPDATE (retired_by) ON set_aside_sale TO sales_writer;
GRANT UPDATE (set_aside_added, set_aside_retired) ON revision TO sales_writer;
GRANT UPDATE (version) ON data_version TO sales_writer;
GRANT USAGE ON SEQUENCE revision_number TO sales_writer;
CREATE FUNCTION remove_set_aside_sales(of_market integer, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  removed integer;
BEGIN
  PERFORM FROM public.market WHERE id = of_market AND deleted_at IS NOT NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  DELETE FROM public.set_aside_sale WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM public.set_aside_sale WHERE market_id = of_market LIMIT most
  ));
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END
$$;

REVOKE EXECUTE ON FUNCTION market_state, begin_versions, number_revision, next_data_version, remove_set_aside_sales FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_set_aside_sales TO sales_writer;

-- Down Migration

DROP VIEW data_version;
DROP FUNCTION next_data_version;
ALTER TABLE history ADD version bigint;
UPDATE history SET version = (SELECT max(version) FROM revision);
ALTER TABLE history ALTER version SET NOT NULL;
ALTER TABLE history RENAME TO data_version;
GRANT UPDATE (version) ON data_version TO sales_writer;
DROP SEQUENCE revision_number;
DROP TRIGGER begin_versions ON market;
DROP TRIGGER number_revision ON revision;
DROP FUNCTION begin_versions, number_revision, market_state, remove_set_aside_sales;
DROP TABLE set_aside_sale, version_gap, market_version;
UPDATE revision SET kind = 'correction' WHERE kind = 'set_aside';  -- not deleted: undos and jobs refer to them, and versions must not go back
ALTER TABLE revision
  DROP CONSTRAINT revision_kind_check,
  ADD CONSTRAINT revision_kind_check CHECK (kind IN ('import', 'entry', 'correction', 'undo', 'market')),
  DROP set_aside_added, DROP set_aside_retired, DROP market_version, DROP market_state;
