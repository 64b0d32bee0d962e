-- Up Migration

-- When a recipient is asked to confirm at the earliest: later if the last attempt failed, so that one address that is refused does not delay the others.
ALTER TABLE reporting.recipient ADD ask_after timestamptz NOT NULL DEFAULT now();
DROP INDEX reporting.recipient_unasked;
CREATE INDEX recipient_unasked ON reporting.recipient (ask_after) WHERE asked_at IS NULL AND confirmed_at IS NULL;

-- Down Migration

DROP INDEX reporting.recipient_unasked;
CREATE INDEX recipient_unasked ON reporting.recipient (schedule_id) WHERE asked_at IS NULL AND confirmed_at IS NULL;
ALTER TABLE reporting.recipient DROP ask_after;
