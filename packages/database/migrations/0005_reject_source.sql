-- Up Migration

-- What a rejected row was read as, so that it can be mended and loaded again.
ALTER TABLE reject
  ADD format text,
  ADD header text;  -- the line of its file that says how to read it; null: that of the reject before

-- Down Migration

ALTER TABLE reject DROP format, DROP header;
