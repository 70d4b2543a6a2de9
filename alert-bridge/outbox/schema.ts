/** Signals of `POST /api/v1/events`, before their ids said so. */
const IS_EVENT = `kind IN ('critical_error', 'new_user', 'payment_received', 'bot_started', 'bot_stopped', 'custom')
    AND type NOT LIKE 'second-channel:%'`;

/** Versions of the outbox's schema, oldest first. A released entry is never edited: changes are appended. */
export const OUTBOX_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE signals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    type TEXT NOT NULL,
    severity TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    outcome TEXT,
    reason TEXT,
    settled_at INTEGER
  );
  CREATE INDEX signals_pending ON signals (seq) WHERE outcome IS NULL;
  CREATE INDEX signals_settled ON signals (settled_at) WHERE outcome IS NOT NULL;

  CREATE TABLE deliveries (
    seq INTEGER NOT NULL REFERENCES signals (seq) ON DELETE CASCADE,
    chat TEXT NOT NULL,
    type TEXT NOT NULL,
    -- 0 critical, 1 warning, 2 info: what is picked first.
    urgency INTEGER NOT NULL,
    attempted_at INTEGER,
    outcome TEXT,
    reason TEXT,
    PRIMARY KEY (seq, chat)
  ) WITHOUT ROWID;
  CREATE INDEX deliveries_next ON deliveries (chat, urgency, seq) WHERE outcome IS NULL;
  CREATE INDEX deliveries_by_type ON deliveries (chat, type, seq) WHERE outcome IS NULL;

  CREATE TABLE threads (
    chat TEXT NOT NULL,
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    stale INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (chat, type)
  ) WITHOUT ROWID;
  CREATE INDEX threads_stale ON threads (chat) WHERE stale = 1;
  CREATE INDEX threads_age ON threads (updated_at);

  CREATE TABLE notifications (key TEXT PRIMARY KEY, accepted_at INTEGER NOT NULL) WITHOUT ROWID;

  CREATE TABLE totals (
    name TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    value INTEGER NOT NULL,
    PRIMARY KEY (name, reason)
  ) WITHOUT ROWID;

  CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  `,
  `
  -- Critical errors by the quarter of an hour they happened in: the day of every time zone begins with one. Kept when
  -- the signals are pruned.
  CREATE TABLE critical_errors (quarter INTEGER PRIMARY KEY, count INTEGER NOT NULL);
  `,
  `
  -- The digest that shows the signal, or will; NULL when a message of its type does.
  ALTER TABLE deliveries ADD COLUMN digest TEXT;
  DROP INDEX deliveries_next;
  DROP INDEX deliveries_by_type;
  CREATE INDEX deliveries_next ON deliveries (chat, urgency, seq) WHERE outcome IS NULL AND digest IS NULL;
  CREATE INDEX deliveries_by_type ON deliveries (chat, type, seq) WHERE outcome IS NULL AND digest IS NULL;
  CREATE INDEX deliveries_folded ON deliveries (chat, digest, seq) WHERE outcome IS NULL AND digest IS NOT NULL;

  CREATE TABLE digest_members (
    chat TEXT NOT NULL,
    digest TEXT NOT NULL,
    -- Fingerprint of an alert, id of an event.
    member TEXT NOT NULL,
    name TEXT NOT NULL,
    urgency INTEGER NOT NULL,
    -- firing, resolved, or told: an event is neither.
    status TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (chat, digest, member)
  ) WITHOUT ROWID;
  CREATE INDEX digest_members_by_alert ON digest_members (chat, member) WHERE status <> 'told';
  `,
  `
  -- Incidents that are not over, to remind of.
  ALTER TABLE threads ADD COLUMN burning INTEGER NOT NULL DEFAULT 0;
  UPDATE threads SET burning = 1
    WHERE EXISTS (SELECT 1 FROM json_each(state, '$.members') WHERE value ->> '$.status' = 'firing');
  CREATE INDEX threads_burning ON threads (chat) WHERE burning = 1;
  `,
  `
  -- When the signal went by the second channel, because Telegram did not take it.
  ALTER TABLE signals ADD COLUMN seen_elsewhere_at INTEGER;
  `,
  `
  -- Alerts of Alertmanager that it has not resolved, as they were accepted.
  CREATE TABLE open_alerts (
    fingerprint TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    severity TEXT NOT NULL,
    body TEXT NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  -- Of an alert: bodies are sealed from here on, and what SQL asks of them has a column of its own.
  ALTER TABLE signals ADD COLUMN status TEXT;
  UPDATE signals SET status = body ->> '$.status' WHERE kind = 'alert';
  `,
  `
  -- Threads whose message has taken the place of others that do not say so yet.
  ALTER TABLE threads ADD COLUMN superseding INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX threads_superseding ON threads (chat) WHERE superseding = 1;
  `,
  `
  -- Several bridges: by what they know that two of their signals are the same.
  ALTER TABLE signals ADD COLUMN identity TEXT;

  -- What another bridge has shown, by identity.
  CREATE TABLE shown_by_others (
    chat TEXT NOT NULL,
    identity TEXT NOT NULL,
    shown_at INTEGER NOT NULL,
    PRIMARY KEY (chat, identity)
  ) WITHOUT ROWID;
  CREATE INDEX shown_by_others_age ON shown_by_others (shown_at);

  -- What this bridge has shown and the others have not been told yet.
  CREATE TABLE untold (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat TEXT NOT NULL,
    -- Of the thread that was shown with it, NULL when there is none.
    type TEXT,
    identities TEXT NOT NULL,
    members TEXT NOT NULL,
    shown_at INTEGER NOT NULL
  );
  CREATE INDEX untold_by_type ON untold (chat, type);
  `,
  `
  -- How many types wait is found without reading every signal.
  CREATE INDEX deliveries_by_urgency ON deliveries (chat, urgency, type, seq) WHERE outcome IS NULL AND digest IS NULL;

  -- What was last said of an alert, by the hash of its fingerprint.
  CREATE TABLE latest_states (
    alert TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER,
    severity TEXT NOT NULL,
    again INTEGER NOT NULL,
    ended_before INTEGER,
    changed_at INTEGER NOT NULL,
    told_by TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX latest_states_age ON latest_states (changed_at);
    `,
  `
  -- Text was accepted that is not well-formed, and what was read of it found no row any more.
  UPDATE OR IGNORE signals SET id = as_read(id) WHERE id <> as_read(id);
  UPDATE signals SET type = as_read(type) WHERE type <> as_read(type);
  UPDATE deliveries SET type = as_read(type) WHERE type <> as_read(type);
  DELETE FROM threads WHERE type <> as_read(type);
  DELETE FROM open_alerts WHERE fingerprint <> as_read(fingerprint);
  UPDATE open_alerts SET type = as_read(type) WHERE type <> as_read(type);
  UPDATE untold SET type = as_read(type) WHERE type <> as_read(type);

  -- What senders call their events is no longer what the bridge calls something of its own.
  UPDATE OR IGNORE digest_members SET member = 'event:' || member WHERE status = 'told' AND member IN (
    SELECT id FROM signals WHERE ${IS_EVENT});
  UPDATE OR IGNORE signals SET body = body_resealed(body, id, 'event:' || id), id = 'event:' || id WHERE ${IS_EVENT};
  `,
];
