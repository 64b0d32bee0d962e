-- Up Migration

-- An undo is carried out as an import is, and has a row among them: one without files, that names the revision it undoes.
ALTER TABLE import ADD undoes bigint REFERENCES revision;
CREATE UNIQUE INDEX import_undoes ON import (undoes) WHERE state IN ('received', 'running');

-- A market that was deleted is emptied in the background, in pieces; this says since when nothing is left in it.
ALTER TABLE market ADD emptied_at timestamptz;

-- Services may not delete sales, but for those of a market that was deleted: these functions do, with the rights of the owner. Services that work on
-- one market take turns by its row.

-- Removes the next properties, with their sales, and tells the last of them; null when there was none. Who begins at that one is spared to pass over all
-- that were removed before. No rows are looked for without an index, whatever the planner makes of tables that were filled a moment ago.
CREATE FUNCTION remove_properties(of_market integer, after bigint, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
  ids bigint[];
BEGIN
  PERFORM FROM public.market WHERE id = of_market AND deleted_at IS NOT NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  ids := ARRAY(SELECT id FROM public.property WHERE market_id = of_market AND id > after ORDER BY id LIMIT most);
  DELETE FROM public.sale WHERE property_id = ANY (ids);
  DELETE FROM public.property WHERE id = ANY (ids);
  RETURN ids[cardinality(ids)];
END
$$;

-- Removes places of its gazetteers, and tells how many.
CREATE FUNCTION remove_places(of_market integer, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  removed integer;
BEGIN
  PERFORM FROM public.market WHERE id = of_market AND deleted_at IS NOT NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  DELETE FROM public.gazetteer_place WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM public.gazetteer_place WHERE market_id = of_market LIMIT most
  ));
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END
$$;

REVOKE EXECUTE ON FUNCTION remove_properties, remove_places FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_properties, remove_places TO sales_writer;

-- Down Migration

DROP FUNCTION remove_places, remove_properties;
ALTER TABLE market DROP emptied_at;
ALTER TABLE import DROP undoes;
