package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kubeviews/kube/raw"
)

// Begin notes that a kind is recorded, and returns how far it was. One file holds a
// kind in one namespace, or in all: a checkpoint is of one of these.
func (s *Store) Begin(ctx context.Context, w Watch) (Watch, error) {
	err := s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO watches VALUES (?, ?, ?, ?, '', '', 0)
			ON CONFLICT DO UPDATE SET names = excluded.names, kind = excluded.kind`,
			w.Resource, w.Kind, " "+strings.Join(w.Names, " ")+" ", w.Namespace)
		return err
	})
	if err != nil {
		return w, err
	}
	var namespace, contact string
	err = s.db.QueryRowContext(ctx, "SELECT namespace, checkpoint, contact FROM watches WHERE resource = ?", w.Resource).
		Scan(&namespace, &w.Checkpoint, &contact)
	if err == nil && namespace != w.Namespace {
		return w, &Error{s.path, fmt.Sprintf("it holds %s of %s, and you ask for %s; choose another file with --db",
			w.Resource, scope(namespace), scope(w.Namespace)), nil}
	}
	if err == nil {
		w.Contact, err = unstamp(contact)
	}
	return w, err
}

func scope(namespace string) string {
	if namespace == "" {
		return "all namespaces"
	}
	return "namespace " + namespace
}

// Batch is what a watch has told up to a checkpoint.
type Batch struct {
	Resource   string
	Checkpoint string
	Contact    time.Time // when the server was heard of last
	Events     []Event
	// State says that the events lead to all that there is: for the first time, or
	// behind a gap. Alive tells which uids there are then.
	State bool
	Alive func(uid string) bool
	Gap   *Gap // that the events are behind of; else nil
}

// Event is one change that a watch has told.
type Event struct {
	Type     string // Added, Modified or Deleted
	Object   Object
	Version  string
	Document raw.Object // without managedFields
	Managed  raw.Value  // metadata.managedFields
}

// Authors tells who made a change, from the managedFields and documents on both sides.
type Authors func(old, new Side) []Author

// Side is one revision, as far as it tells about its authors.
type Side struct{ Document, Managed raw.Value }

// Commit stores a batch, whole or not at all, and returns what is new to the store:
// a watch tells things twice at times. progress, if any, hears how many events are
// dealt with. What it returns without an error is safe.
func (s *Store) Commit(ctx context.Context, b Batch, authors Authors, progress func(done int)) ([]Revision, error) {
	w := writer{batch: b, authors: authors, ctx: ctx, now: s.now}
	err := s.transact(ctx, func(tx *sql.Tx) error {
		w.tx = tx
		return w.write(progress)
	})
	if err != nil {
		return nil, err
	}
	return w.out, nil
}

// writer stores one batch.
type writer struct {
	ctx     context.Context
	tx      *sql.Tx
	batch   Batch
	authors Authors
	now     func() time.Time
	seen    string
	era     int
	first   bool // nothing of the kind was recorded before
	gap     sql.NullInt64
	insert  *sql.Stmt
	find    *sql.Stmt
	out     []Revision
}

func (w *writer) write(progress func(int)) error {
	if err := w.begin(); err != nil {
		return err
	}
	if err := w.putGap(); err != nil {
		return err
	}
	if w.batch.State {
		if err := w.bury(); err != nil {
			return err
		}
	}
	for i, event := range w.batch.Events {
		if err := w.put(event); err != nil {
			return fmt.Errorf("%s at %s: %w", event.Object, event.Version, err)
		}
		if progress != nil {
			progress(i + 1)
		}
	}
	return w.advance()
}

func (w *writer) begin() error {
	var checkpoint string
	err := w.tx.QueryRowContext(w.ctx, "SELECT checkpoint, era FROM watches WHERE resource = ?", w.batch.Resource).Scan(&checkpoint, &w.era)
	if err != nil {
		return err
	}
	w.first = checkpoint == ""
	w.seen = stamp(w.now())
	if w.insert, err = w.tx.PrepareContext(w.ctx, insertRevision); err != nil {
		return err
	}
	w.find, err = w.tx.PrepareContext(w.ctx, findObject)
	return err
}

// insertRevision inserts nothing where the revision is known.
const insertRevision = `INSERT INTO revisions (object, version, era, type, at, seen, previous, gap, who, document)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`

const findObject = `SELECT o.id, o.live, o.last, o.managed, r.document, r.version, r.era, r.type
	FROM objects o JOIN revisions r ON r.seq = o.last WHERE o.resource = ? AND o.uid = ?`

// putGap stores the gap that the batch is behind of. A server that was set back
// gives its versions once more, to other content: that is another era.
func (w *writer) putGap() error {
	g := w.batch.Gap
	if g == nil {
		return nil
	}
	if g.Rewound {
		w.era++
	}
	var err error
	if g.Until, err = unstamp(w.seen); err != nil {
		return err
	}
	done, err := w.tx.ExecContext(w.ctx, `INSERT INTO gaps (resource, behind, version, upto, since, until, stopped, rewound, reason)
		VALUES (?, (SELECT coalesce(max(seq), 0) FROM revisions), ?, ?, ?, ?, ?, ?, ?)`,
		w.batch.Resource, g.From, g.To, stamp(g.Since), w.seen, g.Stopped, g.Rewound, g.Reason)
	if err != nil {
		return err
	}
	w.gap.Int64, err = done.LastInsertId()
	w.gap.Valid = true
	g.ID = w.gap.Int64
	return err
}

// bury notes what is gone. A watch that began at a checkpoint does not know of the
// objects that it has not told of, and so does not tell of their end.
func (w *writer) bury() error {
	rows, err := w.tx.QueryContext(w.ctx, `SELECT o.uid, o.namespace, o.name, w.kind, r.version
		FROM objects o JOIN revisions r ON r.seq = o.last JOIN watches w ON w.resource = o.resource
		WHERE o.resource = ? AND o.live = 1 ORDER BY o.namespace, o.name`, w.batch.Resource)
	if err != nil {
		return err
	}
	defer rows.Close()
	told := make(map[string]bool)
	for _, e := range w.batch.Events {
		told[e.Object.UID] = told[e.Object.UID] || e.Type == Deleted
	}
	var gone []Event
	for rows.Next() {
		e := Event{Type: Deleted, Object: Object{Resource: w.batch.Resource}}
		o := &e.Object
		if err := rows.Scan(&o.UID, &o.Namespace, &o.Name, &o.Kind, &e.Version); err != nil {
			return err
		}
		if !w.batch.Alive(o.UID) && !told[o.UID] {
			gone = append(gone, e) // as it was last
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	w.batch.Events = append(gone, w.batch.Events...)
	return nil
}

// known is what the store knows of an object.
type known struct {
	id, last            int64
	live                bool
	managed, document   string
	version, kind       string
	era                 int
	documentV, managedV raw.Value
}

func (w *writer) known(o Object) (k known, err error) {
	err = w.find.QueryRowContext(w.ctx, o.Resource, o.UID).
		Scan(&k.id, &k.live, &k.last, &k.managed, &k.document, &k.version, &k.era, &k.kind)
	if errors.Is(err, sql.ErrNoRows) {
		return known{}, nil
	}
	if err == nil {
		err = errors.Join(json.Unmarshal([]byte(k.document), &k.documentV), json.Unmarshal([]byte(k.managed), &k.managedV))
	}
	return k, err
}

// put stores an event, unless it is known.
func (w *writer) put(e Event) error {
	old, err := w.known(e.Object)
	if err != nil || w.isKnown(old, e) {
		return err
	}
	if old.id != 0 && !old.live && w.era == old.era {
		w.era++ // it is back, as objects are whose kind was not served for a while
	}
	r := Revision{Type: w.typeOf(old, e), Object: e.Object, Version: e.Version, Gap: w.gap.Int64, Document: e.Document}
	if old.id != 0 {
		if r.Previous, err = old.documentV.Object(); err != nil {
			return err
		}
		if r.Document.IsZero() {
			r.Document = r.Previous
		}
	} else if old.id, err = w.newObject(e.Object); err != nil {
		return err
	}
	r.By = w.who(r, old, e)
	if !w.batch.State { // a state has one time
		w.seen = stamp(w.now())
	}
	if r.Time, err = unstamp(w.seen); err != nil {
		return err
	}
	return w.store(r, old, e)
}

// isKnown tells what a watch repeats: a revision, or a deletion. A server that was
// set back gives the same versions to other content.
func (w *writer) isKnown(old known, e Event) bool {
	switch {
	case old.id == 0:
		return false
	case e.Type == Deleted:
		return !old.live
	case !old.live:
		return false
	}
	return old.version == e.Version && (w.era == old.era || old.documentV.Equal(e.Document.Value()))
}

func (w *writer) typeOf(old known, e Event) string {
	switch {
	case e.Type == Deleted:
		return Deleted
	case old.id != 0 && old.live:
		return Modified
	case w.first && w.batch.State:
		return Found
	}
	return e.Type
}

func (w *writer) newObject(o Object) (int64, error) {
	done, err := w.tx.ExecContext(w.ctx, `INSERT INTO objects (resource, uid, namespace, name, live, last, managed) VALUES (?, ?, ?, ?, 0, 0, 'null')`,
		o.Resource, o.UID, o.Namespace, o.Name)
	if err != nil {
		return 0, err
	}
	return done.LastInsertId()
}

// who tells nothing of what was there before, and of deletions: an object does not
// say who deleted it.
func (w *writer) who(r Revision, old known, e Event) []Author {
	if r.Type == Found || r.Type == Deleted {
		return nil
	}
	return w.authors(Side{old.documentV, old.managedV}, Side{e.Document.Value(), e.Managed})
}

func (w *writer) store(r Revision, old known, e Event) error {
	who, err := json.Marshal(orNone(r.By))
	if err != nil {
		return err
	}
	previous := sql.NullInt64{Int64: old.last, Valid: old.last != 0}
	done, err := w.insert.ExecContext(w.ctx, old.id, r.Version, w.era, r.Type, w.at(r), w.seen, previous, w.gap, string(who), string(r.Document.Bytes()))
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err // the same revision of an earlier time of this era
	}
	if r.Seq, err = done.LastInsertId(); err != nil {
		return err
	}
	w.out = append(w.out, r)
	managed := e.Managed
	if e.Document.IsZero() {
		managed = old.managedV // it was found to be gone
	}
	_, err = w.tx.ExecContext(w.ctx, "UPDATE objects SET live = ?, last = ?, managed = ? WHERE id = ?",
		r.Type != Deleted, r.Seq, string(managed.Bytes()), old.id)
	return err
}

func orNone(authors []Author) []Author {
	if authors == nil {
		return []Author{}
	}
	return authors
}

// at is the version by which it was so. What is found to be gone has the version of
// its last revision, and went later.
func (w *writer) at(r Revision) string {
	if r.Type == Deleted && w.batch.Gap != nil {
		return w.batch.Gap.To
	}
	return r.Version
}

// advance notes how far the kind is recorded.
func (w *writer) advance() error {
	_, err := w.tx.ExecContext(w.ctx, "UPDATE watches SET checkpoint = ?, contact = coalesce(nullif(?, ''), contact), era = ? WHERE resource = ?",
		w.batch.Checkpoint, stamp(w.batch.Contact), w.era, w.batch.Resource)
	return err
}

// Started notes that a recorder runs. The function that it returns notes its end.
func (s *Store) Started(ctx context.Context) (ended func(context.Context) error, err error) {
	var id int64
	err = s.transact(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "INSERT INTO runs (started) VALUES (?)", stamp(s.now()))
		if err != nil {
			return err
		}
		id, err = done.LastInsertId()
		return err
	})
	return func(ctx context.Context) error {
		return s.transact(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE runs SET ended = ? WHERE id = ?", stamp(s.now()), id)
			return err
		})
	}, err
}
