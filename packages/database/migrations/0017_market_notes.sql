-- Up Migration

-- Dated sentences that charts of a market show, such as a change of law. Rows never change, as those of `sale` don't.
CREATE TABLE market_note (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  market_id integer NOT NULL,
  key text NOT NULL,  -- identifies the note to clients; among the rows in force, unique in a market
  fingerprint uuid NOT NULL,  -- MD5 of day and text
  added_by bigint NOT NULL,  -- revision
  retired_by bigint,  -- revision
  day date NOT NULL,
  text text NOT NULL CHECK (text <> '' AND length(text) <= 300)
);
CREATE UNIQUE INDEX market_note_in_force ON market_note (market_id, key) WHERE retired_by IS NULL;
CREATE INDEX market_note_added ON market_note (added_by);
CREATE INDEX market_note_retired ON market_note (retired_by) WHERE retired_by IS NOT NULL;

ALTER TABLE revision
  ADD notes_added integer NOT NULL DEFAULT 0,
  ADD notes_retired integer NOT NULL DEFAULT 0,
  DROP CONSTRAINT revision_kind_check,
  ADD CONSTRAINT revision_kind_check CHECK (kind IN ('import', 'entry', 'correction', 'undo', 'market', 'set_aside', 'note'));

GRANT SELECT ON market_note TO sales_reader, sales_writer;
GRANT INSERT ON market_note TO sales_writer;
GRANT UPDATE (retired_by) ON market_note TO sales_writer;
GRANT UPDATE (notes_added, notes_retired) ON revision TO sales_writer;

CREATE FUNCTION remove_market_notes(of_market integer, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  removed integer;
BEGIN
  PERFORM FROM public.market WHERE id = of_market AND deleted_at IS NOT NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  DELETE FROM public.market_note WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM public.market_note WHERE market_id = of_market LIMIT most
  ));
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END
$$;
REVOKE EXECUTE ON FUNCTION remove_market_notes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_market_notes TO sales_writer;

-- Down Migration

DROP FUNCTION remove_market_notes;
DROP TABLE market_note;
UPDATE revision SET kind = 'correction' WHERE kind = 'note';  -- not deleted: undos and jobs refer to them, and versions must not go back
ALTER TABLE revision
  DROP CONSTRAINT revision_kind_check,
  ADD CONSTRAINT revision_kind_check CHECK (kind IN ('import', 'entry', 'correction', 'undo', 'market', 'set_aside')),
  DROP notes_added, DROP notes_retired;
