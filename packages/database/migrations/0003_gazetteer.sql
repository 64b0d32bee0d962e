-- Up Migration

-- Where the localities and postcodes of a market lie, from gazetteers loaded into it: what places the sales that state no coordinates of their
-- own. Rows never change, as those of `sale` don't: a correction retires one and adds another.

CREATE TABLE gazetteer_place (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  market_id integer NOT NULL,
  key text NOT NULL,  -- identity of the place in its source; among the places in force, unique in a market
  fingerprint uuid NOT NULL,  -- MD5 of everything the source says of the place: equal means the same row again
  added_by bigint NOT NULL,  -- revision
  retired_by bigint,  -- revision
  name text,  -- of the locality; null where the source only knows the postcode
  region text,
  postcode text NOT NULL,
  latitude double precision NOT NULL,  -- WGS 84
  longitude double precision NOT NULL
);
CREATE UNIQUE INDEX gazetteer_place_in_force ON gazetteer_place (market_id, key) WHERE retired_by IS NULL;
CREATE INDEX gazetteer_place_added ON gazetteer_place (added_by);
CREATE INDEX gazetteer_place_retired ON gazetteer_place (retired_by) WHERE retired_by IS NOT NULL;

ALTER TABLE revision
  ADD places_added integer NOT NULL DEFAULT 0,
  ADD places_retired integer NOT NULL DEFAULT 0;

GRANT SELECT ON gazetteer_place TO sales_reader, sales_writer;
GRANT INSERT ON gazetteer_place TO sales_writer;
GRANT UPDATE (retired_by) ON gazetteer_place TO sales_writer;
GRANT UPDATE (places_added, places_retired) ON revision TO sales_writer;

-- Down Migration

ALTER TABLE revision DROP places_added, DROP places_retired;
DROP TABLE gazetteer_place;
