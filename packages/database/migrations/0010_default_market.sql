-- Up Migration

-- The number of sales in force of each market at its version, so that a freshness check knows which markets have any without reading sales.
ALTER TABLE market_version ADD sales bigint NOT NULL DEFAULT 0;
UPDATE market_version SET sales = (
  SELECT coalesce(sum(sales_added - sales_retired), 0) FROM revision WHERE revision.market_id = market_version.market_id
);

CREATE OR REPLACE FUNCTION number_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.market_version SET version = version + 1, sales = sales + NEW.sales_added - NEW.sales_retired
  WHERE market_id = NEW.market_id RETURNING version INTO NEW.market_version;
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

-- The market that a client made the default. The flag that the system set on the demonstration, and on the sample at a first start, is none of
-- these: a client's is in a revision. The column `is_default` stays for the tasks of the release before, which read it while a deployment replaces
-- them; the trigger takes over what they, and this release, write to it. The next release drops both.
CREATE TABLE default_market (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  market_id integer NOT NULL REFERENCES market
);
INSERT INTO default_market (market_id)
SELECT id FROM market
WHERE is_default AND (code NOT IN ('demo', 'sample') OR EXISTS (
  SELECT FROM revision WHERE market_id = market.id AND kind = 'market' AND note LIKE 'market ' || code || ': %is_default true%'
));

CREATE FUNCTION choose_default_market() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.default_market (market_id) VALUES (NEW.id)
  ON CONFLICT (only_row) DO UPDATE SET market_id = excluded.market_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER choose_default_market AFTER INSERT OR UPDATE OF is_default ON market FOR EACH ROW
WHEN (NEW.is_default) EXECUTE FUNCTION choose_default_market();

REVOKE EXECUTE ON FUNCTION choose_default_market FROM PUBLIC;
GRANT SELECT ON default_market TO sales_reader, sales_writer;

-- Down Migration

DROP TRIGGER choose_default_market ON market;
DROP FUNCTION choose_default_market;
DROP TABLE default_market;
CREATE OR REPLACE FUNCTION number_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.market_version SET version = version + 1 WHERE market_id = NEW.market_id RETURNING version INTO NEW.market_version;
  NEW.version := nextval('public.revision_number');
  IF NEW.kind = 'market' OR NOT EXISTS (
    SELECT FROM public.revision WHERE market_id = NEW.market_id AND market_state IS NOT NULL
  ) THEN
    NEW.market_state := public.market_state(NEW.market_id);
  END IF;
  RETURN NEW;
END
$$;
ALTER TABLE market_version DROP sales;
