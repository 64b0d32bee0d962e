-- Up Migration

-- The method of price indices that is the default of a market; null until one has been chosen. It is part of the market's state.
ALTER TABLE market ADD index_method text;
UPDATE revision SET market_state = market_state || '{"index_method": null}' WHERE market_state IS NOT NULL;

-- How far the choice of each market's method has come. A task that chooses claims the market for a while, so that no other does the same.
CREATE TABLE index_choice (
  market_id integer PRIMARY KEY REFERENCES market,
  version bigint NOT NULL DEFAULT 0,  -- the last version that a choice was made for
  claimed_until timestamptz NOT NULL DEFAULT '-infinity'
);
GRANT SELECT, INSERT, UPDATE ON index_choice TO sales_writer;
GRANT SELECT ON index_choice TO sales_reader;

-- Down Migration

DROP TABLE index_choice;
UPDATE revision SET market_state = market_state - 'index_method' WHERE market_state IS NOT NULL;
ALTER TABLE market DROP index_method;
