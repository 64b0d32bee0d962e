-- Up Migration

-- How tables that are of no registry's format were read in a market, to be proposed again for the next one with the same columns.
CREATE TABLE mapping (
  id uuid PRIMARY KEY,  -- MD5 of the market and the columns' names, which are too long for an index
  market_id integer NOT NULL REFERENCES market ON DELETE CASCADE,
  columns jsonb NOT NULL,  -- [name], in their order
  mapping jsonb NOT NULL,
  used_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX mapping_of_market ON mapping (market_id, used_at);

GRANT SELECT ON mapping TO sales_reader, sales_writer;
GRANT INSERT, UPDATE, DELETE ON mapping TO sales_writer;

-- Down Migration

DROP TABLE mapping;
