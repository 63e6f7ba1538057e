package follow

import (
	"errors"
	"iter"

	"github.com/kubeviews/kube/internal/sorted"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/watch"
)

// listed: the objects are told, or how they differ from what was known, or, at
// the beginning of a watch from now, nothing.
func (m machine[T]) listed(in listed[T]) (machine[T], []output[T]) {
	next := m
	next.phase, next.version, next.gap = streaming, in.version, nil
	next.partial, next.fresh, next.began, next.absences, next.doubt = false, true, true, 0, nil
	next.known = m.reusing(in)
	switch {
	case m.version != "":
		return next, m.difference(next)
	case m.tellState:
		return next, next.state()
	}
	return next, []output[T]{{Resume: next.version}}
}

// reusing makes a set of the items, of which those that are known already are the
// very same.
func (m machine[T]) reusing(in listed[T]) objects[T] {
	same := m.sameness(in.version)
	pairs := make([]sorted.Pair[Key, T], len(in.all))
	for i, item := range in.all {
		if old, ok := m.known.Get(KeyOf(item)); ok && same(old, item) {
			item = old
		}
		pairs[i] = sorted.Pair[Key, T]{Key: KeyOf(item), Value: item}
	}
	return sorted.Build(Key.Compare, pairs)
}

// sameness tells which items of a list are those that are known. A server that
// went back in time gives its versions once more: they tell nothing then.
func (m machine[T]) sameness(version string) func(a, b T) bool {
	if m.rewound(version) {
		return sameContent[T]
	}
	return sameRevision[T]
}

// rewound reports whether a list of the version is from before what is known. A
// server that was set back may have come beyond that again since it was found.
func (m machine[T]) rewound(version string) bool {
	return errors.Is(m.gap, watch.ErrRewound) || isOlder(version, m.version)
}

func sameRevision[T any](a, b T) bool {
	i, j := itemOf(a), itemOf(b)
	return i.Version() == j.Version() && i.UID() == j.UID()
}

func sameContent[T any](a, b T) bool {
	return sameRevision(a, b) && itemOf(a).Raw().Equal(itemOf(b).Raw())
}

func sameObject[T any](a, b T) bool { return itemOf(a).UID() == itemOf(b).UID() }

// state tells all that is known, for the first time. No watch can be resumed in
// the midst of it.
func (m machine[T]) state() []output[T] {
	out := make([]output[T], 0, m.known.Len()+1)
	for _, item := range m.known.All() {
		out = append(out, output[T]{Event: Event[T]{Type: Added, Item: item}})
	}
	return append(out, output[T]{Event[T]{Type: Synced}, m.version})
}

// difference tells how next differs, within a gap. A watch that is resumed in
// the midst of it meets the gap again.
func (m machine[T]) difference(next machine[T]) []output[T] {
	gap := Gap{From: m.version, To: next.version, Rewound: m.rewound(next.version), Partial: m.partial, Err: m.gap}
	out := []output[T]{{Event[T]{Type: Missed, Gap: gap}, m.version}}
	for event := range differences(m.known, next.known, m.sameness(next.version)) {
		event.Gap = gap
		out = append(out, output[T]{event, m.version})
	}
	return append(out, output[T]{Event[T]{Type: Synced, Gap: gap}, next.version})
}

// Differences yields the events that lead from one set to the other, by key.
func Differences[T any](old, next sorted.Map[Key, T]) iter.Seq[Event[T]] {
	return differences(old, next, sameRevision)
}

func differences[T any](old, next sorted.Map[Key, T], same func(a, b T) bool) iter.Seq[Event[T]] {
	return func(yield func(Event[T]) bool) {
		for c := range sorted.Diff(old, next, same) {
			switch {
			case !c.WasThere:
				if !yield(Event[T]{Type: Added, Item: c.New}) {
					return
				}
			case !c.IsThere:
				if !yield(Event[T]{Type: Deleted, Item: c.Old, Old: c.Old}) {
					return
				}
			case sameObject(c.Old, c.New):
				if !yield(Event[T]{Type: Modified, Item: c.New, Old: c.Old}) {
					return
				}
			default:
				if !yield(Event[T]{Type: Deleted, Item: c.Old, Old: c.Old}) || !yield(Event[T]{Type: Added, Item: c.New}) {
					return
				}
			}
		}
	}
}

// observed: a change is told unless it was told before.
func (m machine[T]) observed(in observed[T]) (machine[T], []output[T]) {
	m = m.progress()
	var none T
	key := KeyOf(in.item)
	old, was := m.known.Get(key)
	same := was && sameObject(old, in.item)
	version := itemOf(in.item).Version()
	switch {
	case !was && isOlder(version, m.version):
		return m, nil // it is gone by now
	case was && !isNewer(version, itemOf(old).Version()) && !(in.how == Deleted && sameRevision(old, in.item)):
		return m, nil
	}
	before := m.version
	m.version, m.fresh = later(before, version), false
	switch {
	case in.how == Deleted && was && !same:
		// The end of the one that is known was not told, nor the other one.
		m.known = m.known.Delete(key)
		return m, m.change(Deleted, old, old)
	case in.how == Deleted:
		return m.deleted(key, in.item, old, was)
	}
	m.known = m.known.Set(key, in.item)
	switch {
	case same:
		return m, m.change(Modified, in.item, old)
	case was:
		// Its end was not told: it is, now, before its name has another. Who
		// resumes between the two must be told of that.
		end := output[T]{Event[T]{Type: Deleted, Item: old, Old: old}, before}
		return m, append([]output[T]{end}, m.change(Added, in.item, none)...)
	case m.partial:
		return m, m.change(in.how, in.item, none)
	}
	return m, m.change(Added, in.item, none)
}

func (m machine[T]) deleted(key Key, item, old T, was bool) (machine[T], []output[T]) {
	if !was && !m.partial {
		return m, []output[T]{{Resume: m.version}} // it was told already, or never known
	}
	m.known = m.known.Delete(key)
	return m, m.change(Deleted, item, old)
}

func (m machine[T]) change(how Type, item, old T) []output[T] {
	return []output[T]{{Event[T]{Type: how, Item: item, Old: old}, m.version}}
}

// bookmarked: one that is older than what is known comes of a server that went
// back.
func (m machine[T]) bookmarked(version string) (machine[T], []output[T]) {
	if isOlder(version, m.version) {
		return m.wait(probing, nil), nil
	}
	m = m.progress()
	m.version, m.fresh = later(m.version, version), false
	return m, []output[T]{{Resume: m.version}}
}

// isNewer reports whether a version comes after another. Versions that cannot be
// ordered are taken to come in the order of the stream.
func isNewer(version, than string) bool {
	order, err := meta.CompareVersions(version, than)
	if err != nil {
		return version != than
	}
	return order > 0
}

// isOlder reports whether a version surely comes before another.
func isOlder(version, than string) bool {
	order, err := meta.CompareVersions(version, than)
	return err == nil && order < 0
}

func later(a, b string) string {
	if isNewer(b, a) {
		return b
	}
	return a
}
