-- Up Migration

-- The covered period of a market, where a person knows it better than the estimate from its sales. Null: estimated.
ALTER TABLE market
  ADD covered_from date,
  ADD covered_to date,
  ADD CONSTRAINT market_covered_period CHECK (covered_from <= covered_to);
UPDATE revision SET market_state = market_state || '{"covered_from": null, "covered_to": null}' WHERE market_state IS NOT NULL;

-- Down Migration

UPDATE revision SET market_state = market_state - '{covered_from, covered_to}'::text[] WHERE market_state IS NOT NULL;
ALTER TABLE market DROP covered_from, DROP covered_to;
