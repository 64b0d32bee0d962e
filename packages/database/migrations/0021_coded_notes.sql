-- Up Migration

-- Notes as codes with values, which a page writes in the language of its reader. Earlier rows have the English text only.
ALTER TABLE revision ADD coded_note jsonb;
ALTER TABLE import ADD coded_notes jsonb NOT NULL DEFAULT '[]';

-- Down Migration

ALTER TABLE import DROP coded_notes;
ALTER TABLE revision DROP coded_note;
