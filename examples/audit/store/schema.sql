-- What a recorder has seen. Times are UTC, in texts that sort.

-- Facts about the file: the cluster that it is of, the key of its fingerprints.
CREATE TABLE facts (
	name  TEXT PRIMARY KEY,
	value BLOB NOT NULL
) WITHOUT ROWID;

-- A kind that is recorded, and how far: all up to the checkpoint is in revisions
-- or told by gaps.
CREATE TABLE watches (
	resource   TEXT PRIMARY KEY, -- deployments.apps
	kind       TEXT NOT NULL,    -- Deployment
	names      TEXT NOT NULL,    -- what people call it: " deployments deployment deploy "
	namespace  TEXT NOT NULL,    -- '' for all
	checkpoint TEXT NOT NULL,
	contact    TEXT NOT NULL,    -- when the server was heard of last
	era        INTEGER NOT NULL  -- how often the server was set back to a backup
) WITHOUT ROWID;

CREATE TABLE objects (
	id        INTEGER PRIMARY KEY,
	resource  TEXT NOT NULL REFERENCES watches,
	uid       TEXT NOT NULL,
	namespace TEXT NOT NULL,
	name      TEXT NOT NULL,
	live      INTEGER NOT NULL, -- 0 once it is deleted
	last      INTEGER NOT NULL, -- its last revision
	managed   TEXT NOT NULL,    -- metadata.managedFields of that one
	UNIQUE (resource, uid)
);
CREATE INDEX objects_by_name ON objects (resource, namespace, name);

CREATE TABLE revisions (
	seq       INTEGER PRIMARY KEY AUTOINCREMENT, -- the order in which they were told, whatever the clock said
	object    INTEGER NOT NULL REFERENCES objects,
	version   TEXT NOT NULL,    -- resource version
	era       INTEGER NOT NULL, -- of the watch
	type      TEXT NOT NULL CHECK (type IN ('FOUND', 'ADDED', 'MODIFIED', 'DELETED')),
	deleted   INTEGER GENERATED ALWAYS AS (type = 'DELETED') VIRTUAL,
	at        TEXT NOT NULL,    -- the resource version by which it was so
	seen      TEXT NOT NULL,    -- when the recorder saw it, by its clock
	previous  INTEGER,          -- the object's revision before
	gap       INTEGER REFERENCES gaps,
	who       TEXT NOT NULL,    -- [{"manager":…,"operation":…,"subresource":…,"time":…}]
	document  TEXT NOT NULL     -- without metadata.managedFields
);
-- No revision twice, and no object deleted twice.
CREATE UNIQUE INDEX revisions_once ON revisions (object, version, deleted, era);
CREATE UNIQUE INDEX deletions_once ON revisions (object, era) WHERE type = 'DELETED';
CREATE INDEX revisions_by_object ON revisions (object, seq);
CREATE INDEX revisions_by_time ON revisions (seen);

-- Times of which not every change is known. What differed behind one is in the
-- revisions that name it.
CREATE TABLE gaps (
	id       INTEGER PRIMARY KEY,
	resource TEXT NOT NULL REFERENCES watches,
	behind   INTEGER NOT NULL, -- the seq behind which it lies
	version  TEXT NOT NULL,    -- from this resource version
	upto     TEXT NOT NULL,    -- to this one
	since    TEXT NOT NULL,    -- the changes after this time may be missing
	until    TEXT NOT NULL,    -- and those before this one
	stopped  INTEGER NOT NULL, -- no recorder was running
	rewound  INTEGER NOT NULL, -- the server was set back to an earlier version
	reason   TEXT NOT NULL
);
CREATE INDEX gaps_by_place ON gaps (behind);

-- When a recorder ran. One without an end runs, or was killed.
CREATE TABLE runs (
	id      INTEGER PRIMARY KEY,
	started TEXT NOT NULL,
	ended   TEXT
);

-- For the sqlite3 shell.
CREATE VIEW changes AS
SELECT r.seq, r.seen, r.type, w.kind, o.namespace, o.name, r.version, r.who, r.gap, o.uid, r.document
FROM revisions r JOIN objects o ON o.id = r.object JOIN watches w USING (resource);
