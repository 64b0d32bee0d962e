-- Up Migration

-- Why `index_method` is the default of a market, as a clause; null until a method has been chosen. It is part of the market's state.
ALTER TABLE market ADD index_reason text;
UPDATE revision SET market_state = market_state || '{"index_reason": null}' WHERE market_state IS NOT NULL;

-- Down Migration

UPDATE revision SET market_state = market_state - 'index_reason' WHERE market_state IS NOT NULL;
ALTER TABLE market DROP index_reason;
