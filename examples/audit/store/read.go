package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"math"
	"strings"
	"time"

	"github.com/kubeviews/kube/raw"
)

// Filter narrows what is read. Its zero value is all.
type Filter struct {
	Resources []string // deployments.apps; none for all
	Namespace string   // "" for all
	Name      string   // "" for all
	Manager   string   // one of the authors; "" for all, also those without
	Since     time.Time
	Until     time.Time // up to and with
	After     int64     // behind a seq
	WithGaps  bool
	OnlyGaps  bool
}

// Entry is a revision or a gap, the other is nil.
type Entry struct {
	Revision *Revision
	Gap      *Gap
}

// where is a condition in SQL, with its arguments.
type where struct {
	terms []string
	args  []any
}

func (w *where) add(term string, args ...any) {
	w.terms = append(w.terms, term)
	w.args = append(w.args, args...)
}

func (w *where) String() string {
	if len(w.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.terms, " AND ")
}

func (w *where) in(column string, values []string) {
	if len(values) == 0 {
		return
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(values)), ",")
	w.terms = append(w.terms, column+" IN ("+marks+")")
	for _, v := range values {
		w.args = append(w.args, v)
	}
}

func (w *where) text(column, value string) {
	if value != "" {
		w.add(column+" = ?", value)
	}
}

// revisions is the condition on revisions.
func (f Filter) revisions() *where {
	w := new(where)
	w.in("o.resource", f.Resources)
	w.text("o.namespace", f.Namespace)
	w.text("o.name", f.Name)
	if f.Manager != "" {
		w.add("EXISTS (SELECT 1 FROM json_each(r.who) WHERE value->>'manager' = ?)", f.Manager)
	}
	if !f.Since.IsZero() {
		w.add("r.seen >= ?", stamp(f.Since))
	}
	if !f.Until.IsZero() {
		w.add("r.seen <= ?", stamp(f.Until))
	}
	if f.After > 0 {
		w.add("r.seq > ?", f.After)
	}
	return w
}

// gaps is the condition on gaps. Any may hide a change of the object or manager that
// is asked for. Its end is before its beginning where the clock was set back in it.
func (f Filter) gaps() *where {
	w := new(where)
	w.in("resource", f.Resources)
	if !f.Since.IsZero() {
		w.add("max(since, until) >= ?", stamp(f.Since))
	}
	if !f.Until.IsZero() {
		w.add("min(since, until) <= ?", stamp(f.Until))
	}
	if f.After > 0 {
		w.add("behind >= ?", f.After)
	}
	return w
}

const selectRevisions = `SELECT r.seq, r.seen, r.type, o.resource, w.kind, o.namespace, o.name, o.uid, r.version, r.who, r.gap, r.document, coalesce(p.document, '')
	FROM revisions r JOIN objects o ON o.id = r.object JOIN watches w ON w.resource = o.resource LEFT JOIN revisions p ON p.seq = r.previous`

// All yields what was recorded, oldest first, gaps in their place. An error is the
// last pair.
func (s *Store) All(ctx context.Context, f Filter) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		err := s.snapshot(ctx, func(tx *sql.Tx) error { return entries(ctx, tx, f, yield) })
		if err != nil && err != errEnough {
			yield(Entry{}, s.failure("cannot be read", err))
		}
	}
}

// errEnough is met when nobody wants more.
var errEnough = errors.New("enough")

// snapshot reads as of one moment, while a recorder goes on.
func (s *Store) snapshot(ctx context.Context, read func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing was written
	return read(tx)
}

// Last yields the last n of them, oldest first.
func (s *Store) Last(ctx context.Context, f Filter, n int) iter.Seq2[Entry, error] {
	cond := f.revisions()
	var from int64
	query := "SELECT r.seq FROM revisions r JOIN objects o ON o.id = r.object" + cond.String() + " ORDER BY r.seq DESC LIMIT 1 OFFSET ?"
	err := s.db.QueryRowContext(ctx, query, append(cond.args, n-1)...).Scan(&from)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return failed(s.failure("cannot be read", err))
	}
	f.After = max(f.After, from-1)
	return s.All(ctx, f)
}

func failed(err error) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) { yield(Entry{}, err) }
}

// entries merges revisions and gaps.
func entries(ctx context.Context, tx *sql.Tx, f Filter, yield func(Entry, error) bool) error {
	var gaps []Gap
	if f.WithGaps {
		var err error
		if gaps, err = gapsOf(ctx, tx, f.gaps()); err != nil {
			return err
		}
	}
	tellGaps := func(before int64) bool {
		for len(gaps) > 0 && gaps[0].Behind < before {
			gap := gaps[0]
			if gaps = gaps[1:]; !yield(Entry{Gap: &gap}, nil) {
				return false
			}
		}
		return true
	}
	cond := f.revisions()
	if f.OnlyGaps {
		cond.add("false")
	}
	err := each(ctx, tx, selectRevisions+cond.String()+" ORDER BY r.seq", cond.args, func(r Revision) bool {
		return tellGaps(r.Seq) && yield(Entry{Revision: &r}, nil)
	})
	if err == nil && !tellGaps(math.MaxInt64) {
		err = errEnough
	}
	return err
}

// each tells the revisions of a query, until it is told to stop.
func each(ctx context.Context, tx *sql.Tx, query string, args []any, tell func(Revision) bool) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return err
		}
		if !tell(r) {
			return errEnough
		}
	}
	return rows.Err()
}

func scan(rows *sql.Rows) (r Revision, err error) {
	var seen, who, document, previous string
	var gap sql.NullInt64
	if err := rows.Scan(&r.Seq, &seen, &r.Type, &r.Resource, &r.Kind, &r.Namespace, &r.Name, &r.UID, &r.Version, &who, &gap, &document, &previous); err != nil {
		return r, err
	}
	r.Gap = gap.Int64
	if r.Time, err = unstamp(seen); err != nil {
		return r, err
	}
	if err := json.Unmarshal([]byte(who), &r.By); err != nil {
		return r, err
	}
	if r.Document, err = raw.Parse([]byte(document)); err != nil || previous == "" {
		return r, err
	}
	r.Previous, err = raw.Parse([]byte(previous))
	return r, err
}

// Gaps returns the gaps, in the order in which they were found.
func (s *Store) Gaps(ctx context.Context, f Filter) ([]Gap, error) {
	return s.gaps(ctx, f.gaps())
}

// GapsAt returns those that a moment lies in: what is recorded of it is how it was when
// the gap began.
func (s *Store) GapsAt(ctx context.Context, f Filter, m Moment) ([]Gap, error) {
	if (m == Moment{}) {
		return nil, nil // now is behind all of them
	}
	cond := f.gaps()
	m.inGap(cond, f)
	return s.gaps(ctx, cond)
}

func (s *Store) gaps(ctx context.Context, cond *where) (gaps []Gap, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		gaps, err = gapsOf(ctx, tx, cond)
		return err
	})
	return gaps, s.failure("cannot be read", err)
}

func gapsOf(ctx context.Context, tx *sql.Tx, cond *where) (gaps []Gap, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, behind, resource, version, upto, since, until, stopped, rewound, reason FROM gaps"+cond.String()+" ORDER BY behind, id", cond.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var g Gap
		var since, until string
		if err := rows.Scan(&g.ID, &g.Behind, &g.Resource, &g.From, &g.To, &since, &until, &g.Stopped, &g.Rewound, &g.Reason); err != nil {
			return nil, err
		}
		if g.Since, err = unstamp(since); err != nil {
			return nil, err
		}
		if g.Until, err = unstamp(until); err != nil {
			return nil, err
		}
		gaps = append(gaps, g)
	}
	return gaps, rows.Err()
}

// Moment is a time, or a resource version: at version 0 there is nothing. The zero
// Moment is now.
//
// Where a clock was set back, it has shown some times twice. The very time of a revision
// that is asked for is the moment of that revision, or of the last one with that time; any
// other is the last moment at which the recorder's clock showed it, or less.
type Moment struct {
	Time    time.Time
	Version string // when there is no time
}

// condition is on the revisions up to the moment, of those that the filter selects.
// Versions are decimal numbers (KEP-5504): of two, the longer one is the later.
func (m Moment) condition(w *where, f Filter) {
	switch {
	case m == Moment{}:
		return
	case m.Version == "":
		m.until(w, f)
		return
	}
	w.add("(length(r.at), r.at) <= (?, ?)", len(m.Version), m.Version)
}

// until is the condition of a time.
func (m Moment) until(w *where, f Filter) {
	exact := f.revisions()
	exact.add("r.seen = ?", stamp(m.Time))
	w.add("r.seq <= coalesce((SELECT max(r.seq) FROM revisions r JOIN objects o ON o.id = r.object"+exact.String()+
		"), (SELECT max(seq) FROM revisions WHERE seen <= ?), 0)", append(exact.args, stamp(m.Time))...)
}

// inGap is the condition on the gaps in which the moment lies. At both ends it is known
// what there was.
func (m Moment) inGap(w *where, f Filter) {
	if m.Version != "" {
		w.add("(length(version), version) < (?, ?) AND (?, ?) < (length(upto), upto)", len(m.Version), m.Version, len(m.Version), m.Version)
		m.beforeLast(w, f)
		return
	}
	t := stamp(m.Time)
	w.add("since < ? AND ? < until", t, t)
	// The last change before a gap may have been stored a little after the server was heard of.
	w.add("NOT EXISTS (SELECT 1 FROM revisions r JOIN objects o ON o.id = r.object WHERE o.resource = gaps.resource AND r.seen = ? AND r.seq <= behind)", t)
	// A clock that was set back shows the time again, behind the gap.
	w.add("NOT EXISTS (SELECT 1 FROM revisions WHERE seen <= ? AND seq > behind)", t)
}

// beforeLast leaves out the gaps at whose end one object was as it is known to have been
// at the version already.
func (m Moment) beforeLast(w *where, f Filter) {
	if f.Name == "" {
		return
	}
	last := f.revisions()
	last.add("r.gap = gaps.id AND r.type != 'DELETED' AND (length(r.at), r.at) <= (?, ?)", len(m.Version), m.Version)
	w.add("NOT EXISTS (SELECT 1 FROM revisions r JOIN objects o ON o.id = r.object"+last.String()+")", last.args...)
}

// At yields the last revision of each object up to a moment, those of deleted ones
// too, ordered by kind, namespace and name. Of objects that had a name one after the
// other it is that of the last. An error is the last pair.
func (s *Store) At(ctx context.Context, f Filter, m Moment) iter.Seq2[Revision, error] {
	cond := f.revisions()
	in := new(where)
	in.add("r.object = o.id")
	m.condition(in, f)
	cond.add("r.seq = (SELECT max(r.seq) FROM revisions r"+in.String()+")", in.args...)
	query := selectRevisions + cond.String() + " ORDER BY w.kind, o.resource, o.namespace, o.name, r.seq"
	return func(yield func(Revision, error) bool) {
		var last *Revision // one with the same name may follow
		tell := func() bool { return last == nil || yield(*last, nil) }
		err := s.snapshot(ctx, func(tx *sql.Tx) error {
			return each(ctx, tx, query, cond.args, func(r Revision) bool {
				same := last != nil && last.Resource == r.Resource && last.Path() == r.Path()
				ok := same || tell()
				last = &r
				return ok
			})
		})
		switch {
		case err == nil:
			tell()
		case err != errEnough:
			yield(Revision{}, s.failure("cannot be read", err))
		}
	}
}

// Watches tells how far each kind is recorded.
func (s *Store) Watches(ctx context.Context) (all []Watch, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT resource, kind, names, namespace, checkpoint, contact,
		(SELECT count(*) FROM objects o WHERE o.resource = w.resource AND live = 1),
		(SELECT count(*) FROM objects o WHERE o.resource = w.resource AND live = 0),
		(SELECT count(*) FROM revisions r JOIN objects o ON o.id = r.object WHERE o.resource = w.resource),
		(SELECT count(*) FROM gaps g WHERE g.resource = w.resource),
		coalesce((SELECT r.seen FROM revisions r JOIN objects o ON o.id = r.object WHERE o.resource = w.resource ORDER BY r.seq DESC LIMIT 1), '')
		FROM watches w ORDER BY resource`)
	if err != nil {
		return nil, s.failure("cannot be read", err)
	}
	defer rows.Close()
	for rows.Next() {
		var w Watch
		var names, contact, last string
		if err := rows.Scan(&w.Resource, &w.Kind, &names, &w.Namespace, &w.Checkpoint, &contact, &w.Live, &w.Gone, &w.Revisions, &w.Gaps, &last); err != nil {
			return nil, err
		}
		w.Names = strings.Fields(names)
		if w.Contact, err = unstamp(contact); err != nil {
			return nil, err
		}
		if w.Last, err = unstamp(last); err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, rows.Err()
}

// LastRun is when a recorder ran last.
func (s *Store) LastRun(ctx context.Context) (r Run, err error) {
	var started string
	var ended sql.NullString
	err = s.db.QueryRowContext(ctx, "SELECT started, ended FROM runs ORDER BY id DESC LIMIT 1").Scan(&started, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return r, nil
	}
	if err == nil {
		r.Started, err = unstamp(started)
	}
	if err == nil {
		r.Ended, err = unstamp(ended.String)
	}
	return r, err
}

// Count is how many revisions a filter selects.
func (s *Store) Count(ctx context.Context, f Filter) (int, error) {
	cond := f.revisions()
	return s.count(ctx, "SELECT count(*) FROM revisions r JOIN objects o ON o.id = r.object"+cond.String(), cond.args...)
}
