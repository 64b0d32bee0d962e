-- Up Migration

-- The format of the file that a sale came by, so that a complete edition retires only sales of its own format. Null for sales that were entered by hand,
-- and for those that were imported before.
ALTER TABLE sale ADD format text;

ALTER TABLE import
  ADD retired bigint NOT NULL DEFAULT 0,  -- sales that a complete edition lacks
  ADD notes jsonb NOT NULL DEFAULT '[]';  -- [sentence]: what is possible but unlikely in the files

-- Down Migration

ALTER TABLE import DROP retired, DROP notes;
ALTER TABLE sale DROP format;
