-- Up Migration

-- Why `index_method` is the default of a market, as a clause; null until a method has been chosen. It is part of the market's state.
ALTER TABLE market ADD index_reason text;
UPDATE revision SET market_state = market_state || '{"index_reason": null}' WHERE market_state IS NOT NULL;

-- The notes of the choices so far state the reason: `market nsw: index_method "hedonic", by the median error of …`.
UPDATE market SET index_reason = (
  SELECT substring(note FROM 'index_method "\w+", (.*)$') FROM revision
  WHERE market_id = market.id AND author = 'system' AND note LIKE '%: index_method "%' ORDER BY market_version DESC LIMIT 1
) WHERE index_method IS NOT NULL;

-- Down Migration

UPDATE revision SET market_state = market_state - 'index_reason' WHERE market_state IS NOT NULL;
ALTER TABLE market DROP index_reason;
