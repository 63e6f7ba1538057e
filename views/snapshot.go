package views

import (
	"encoding/json"
	"iter"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/kubeviews/kube/internal/follow"
	"github.com/kubeviews/kube/internal/sorted"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/meta"
)

// Snapshot is what a view showed at one version: an immutable set of items,
// ordered by namespace and name. It is copied freely and safe for concurrent use;
// nothing that happens later changes it. The zero Snapshot is empty.
type Snapshot[T items.Item] struct{ s snapshot }

// snapshot is a Snapshot of items whose type it need not know. It is not embedded: the
// compiler makes all methods of an embedded type for each kind, also those that nobody
// outside can call.
type snapshot struct {
	version string
	place   string // what it is of; "" when it is not all of a view
	all     objects
	indexes *indexes // of a mirror; nil else
	contact time.Time
	mirror  *identity // that it was taken of
	at      int64     // how many events that had told
	bytes   int64     // that its documents take, if it was taken of a mirror
}

// shown is the snapshot, for who knows no type of items.
func (s Snapshot[T]) shown() snapshot { return s.s }

func newSnapshot(version, place string, all []items.Item) snapshot {
	return snapshot{version: version, place: place, all: follow.Objects(all), contact: time.Now()}
}

// Version is the resource version that the snapshot shows: a watch can start
// from it.
func (s Snapshot[T]) Version() string { return s.s.version }

// LastContact is when the server was heard of last, before the snapshot was
// taken: since then, it may have changed without notice. It is zero for a
// snapshot of nothing.
func (s Snapshot[T]) LastContact() time.Time { return s.s.contact }

// Equal reports whether both show the same revisions of the same objects at the
// same version. go-cmp uses it.
func (s Snapshot[T]) Equal(other Snapshot[T]) bool { return s.s.equal(other.s) }

func (s snapshot) equal(other snapshot) bool {
	if s.version != other.version || s.Len() != other.Len() {
		return false
	}
	for range sorted.Diff(s.all, other.all, sameContent) {
		return false
	}
	return true
}

// String tells what the snapshot is of: "7 items of pods in shop at version 1234".
func (s Snapshot[T]) String() string { return s.s.String() }

func (s snapshot) String() string {
	text := strconv.Itoa(s.Len()) + " items"
	if s.Len() == 1 {
		text = "1 item"
	}
	if s.place != "" {
		text += " of " + s.place
	}
	if s.version != "" {
		text += " at version " + s.version
	}
	return text
}

// LogValue is String: a snapshot has no other form that is short.
func (s Snapshot[T]) LogValue() slog.Value { return slog.StringValue(s.s.String()) }

// MarshalJSON returns the items as a JSON array. Secrets refuse: see
// [items.Object.MarshalJSON].
func (s Snapshot[T]) MarshalJSON() ([]byte, error) { return s.s.marshal() }

func (s snapshot) marshal() ([]byte, error) {
	return json.Marshal(slices.AppendSeq(make([]items.Item, 0, s.Len()), s.values()))
}

// Len is the number of items.
func (s Snapshot[T]) Len() int { return s.s.Len() }

func (s snapshot) Len() int { return s.all.Len() }

// All yields the items, ordered by namespace and name.
func (s Snapshot[T]) All() iter.Seq[T] { return values[T](s.s.all.All()) }

func (s snapshot) values() iter.Seq[items.Item] { return values[items.Item](s.all.All()) }

// From yields the items from the given name on, also if there is none of that
// name: where a page ended, the next begins.
func (s Snapshot[T]) From(namespace, name string) iter.Seq[T] {
	return values[T](s.s.all.From(follow.Key{Namespace: namespace, Name: name}))
}

// In returns the snapshot of one namespace.
func (s Snapshot[T]) In(namespace string) Snapshot[T] {
	return Snapshot[T]{s.s.in(namespace)}
}

func (s snapshot) in(namespace string) snapshot {
	return s.keep(func(yield func(follow.Key, items.Item) bool) {
		for at, item := range s.all.From(follow.Key{Namespace: namespace}) {
			if at.Namespace != namespace || !yield(at, item) {
				return
			}
		}
	})
}

// values are items as what they are.
func values[T items.Item](pairs iter.Seq2[follow.Key, items.Item]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, item := range pairs {
			if !yield(items.As[T](item)) {
				return
			}
		}
	}
}

// At returns the i-th item, counted from 0 in the order of All. Like the index of
// a slice, i must be less than Len.
func (s Snapshot[T]) At(i int) T {
	_, item := s.s.all.At(i)
	return items.As[T](item)
}

// Page returns the items from offset on, at most n of them, in the order of All.
// Beyond the end there are none. The slice is the caller's.
func (s Snapshot[T]) Page(offset, n int) []T {
	offset = max(0, min(offset, s.Len()))
	page := make([]T, 0, max(0, min(n, s.Len()-offset)))
	for i := range cap(page) {
		page = append(page, s.At(offset+i))
	}
	return page
}

// Sorted returns the items in another order; those that compare as equal are
// ordered by namespace and name. The slice is the caller's: pages of it are
// slices of it.
func (s Snapshot[T]) Sorted(compare func(a, b T) int) []T {
	all := slices.AppendSeq(make([]T, 0, s.Len()), s.All())
	slices.SortStableFunc(all, compare)
	return all
}

// Get returns the item of a namespace ("" for a cluster-scoped kind) and name.
func (s Snapshot[T]) Get(namespace, name string) (item T, ok bool) {
	found, ok := s.s.all.Get(follow.Key{Namespace: namespace, Name: name})
	return items.As[T](found), ok
}

// Filter returns the snapshot of those items that all of the selectors select.
// Possible error: *ArgumentError for a selector that is empty or malformed.
func (s Snapshot[T]) Filter(selectors ...meta.Selector) (Snapshot[T], error) {
	kept, err := s.s.filter(selectors)
	return Snapshot[T]{kept}, err
}

func (s snapshot) filter(selectors []meta.Selector) (snapshot, error) {
	for _, sel := range selectors {
		if err := sel.Err(); err != nil {
			return snapshot{}, err
		}
	}
	return s.keep(func(yield func(follow.Key, items.Item) bool) {
		for at, item := range s.candidates(selectors) {
			if matchesAll(item, selectors) && !yield(at, item) {
				return
			}
		}
	}), nil
}

// candidates are all items but for those that the selectors surely do not select.
// Who asks for no label makes no marks, as they would tell nothing.
func (s snapshot) candidates(selectors []meta.Selector) iter.Seq2[follow.Key, items.Item] {
	if mayMatchAll(meta.LabelMark{}, selectors) {
		return s.all.All()
	}
	return s.all.Sift(
		func(item items.Item) [2]uint64 { return meta.MarkLabels(item.Raw()) },
		func(mark [2]uint64) bool { return mayMatchAll(meta.LabelMark(mark), selectors) })
}

func mayMatchAll(labels meta.LabelMark, selectors []meta.Selector) bool {
	for _, sel := range selectors {
		if !sel.MayMatch(labels) {
			return false
		}
	}
	return true
}

// keep returns the snapshot of some of the items, in their order. It is not all of
// a view, and has no indexes.
func (s snapshot) keep(some iter.Seq2[follow.Key, items.Item]) snapshot {
	var pairs []sorted.Pair[follow.Key, items.Item]
	for at, item := range some {
		pairs = append(pairs, sorted.Pair[follow.Key, items.Item]{Key: at, Value: item})
	}
	return snapshot{version: s.version, all: sorted.Build(follow.Key.Compare, pairs), contact: s.contact}
}

func matchesAll(item items.Item, selectors []meta.Selector) bool {
	for _, sel := range selectors {
		if !sel.Matches(item.Raw()) {
			return false
		}
	}
	return true
}

// Difference is how one snapshot differs from an older one. All three are
// ordered by namespace and name, and the slices are the caller's.
type Difference[T any] struct {
	Added   []T
	Changed []Change[T]
	Removed []T
}

// Change is two revisions of one object.
type Change[T any] struct{ Old, New T }

// IsZero reports whether nothing differs.
func (d Difference[T]) IsZero() bool {
	return len(d.Added) == 0 && len(d.Changed) == 0 && len(d.Removed) == 0
}

// Diff returns how the snapshot differs from an older one. An object that was
// deleted and made anew is removed and added. Between two snapshots of one mirror
// this costs no more than what has changed.
func (s Snapshot[T]) Diff(older Snapshot[T]) Difference[T] {
	var d Difference[T]
	for c := range sorted.Diff(older.s.all, s.s.all, sameContent) {
		old, now := items.As[T](c.Old), items.As[T](c.New)
		switch {
		case c.WasThere && c.IsThere && c.Old.UID() == c.New.UID():
			d.Changed = append(d.Changed, Change[T]{old, now})
			continue
		case c.WasThere:
			d.Removed = append(d.Removed, old)
		}
		if c.IsThere {
			d.Added = append(d.Added, now)
		}
	}
	return d
}

// sameContent reports whether both are the same revision. A server that was set
// back gives its versions once more, for other content. Snapshots of one mirror
// share their items, so that this seldom reads a document.
func sameContent(a, b items.Item) bool { return a.Version() == b.Version() && a.Equal(b) }

// By returns the snapshot of the items of one value of an index. From a mirror that
// was made with the index this takes no longer the more items there are.
func (s Snapshot[T]) By(index Index[T], value string) Snapshot[T] {
	return Snapshot[T]{s.s.by(index.index, value)}
}

// Groups yields each value of an index, in order, with the snapshot of its items.
func (s Snapshot[T]) Groups(index Index[T]) iter.Seq2[string, Snapshot[T]] {
	return func(yield func(string, Snapshot[T]) bool) {
		for value, some := range s.s.groups(index.index) {
			if !yield(value, Snapshot[T]{some}) {
				return
			}
		}
	}
}
