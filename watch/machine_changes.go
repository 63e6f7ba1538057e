package watch

import (
	"github.com/kubeviews/kube/internal/sorted"
	"github.com/kubeviews/kube/meta"
)

// listed: the objects are told, or how they differ from what was known, or, at
// the beginning of a watch from now, nothing.
func (m machine[T]) listed(in listed[T]) (machine[T], []output[T]) {
	old := m
	m.phase, m.version, m.gap, m.partial, m.began = streaming, in.version, nil, false, true
	m.known = old.reusing(in.all)
	switch {
	case old.version != "":
		return m, old.difference(m)
	case m.tellState:
		return m, m.state()
	}
	return m, []output[T]{{resume: m.version}}
}

// reusing makes a set of items, of which those that are known already are the
// very same.
func (m machine[T]) reusing(all []T) objects[T] {
	for i, item := range all {
		if old, ok := m.known.Get(KeyOf(item)); ok && sameRevision(old, item) {
			all[i] = old
		}
	}
	return Objects(all)
}

func sameRevision[T any](a, b T) bool {
	i, j := itemOf(a), itemOf(b)
	return i.Version() == j.Version() && i.UID() == j.UID()
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
	gap := Gap{From: m.version, To: next.version, Partial: m.partial, Err: m.gap}
	if order, err := meta.CompareVersions(next.version, m.version); err == nil && order < 0 {
		gap.Rewound = true
	}
	out := []output[T]{{Event[T]{Type: Missed, Gap: gap}, m.version}}
	for event := range Differences(m.known, next.known) {
		event.Gap = gap
		out = append(out, output[T]{event, m.version})
	}
	return append(out, output[T]{Event[T]{Type: Synced, Gap: gap}, next.version})
}

// Differences yields the events that lead from one set to the other, by key.
func Differences[T any](old, next sorted.Map[Key, T]) func(yield func(Event[T]) bool) {
	return func(yield func(Event[T]) bool) {
		for c := range sorted.Diff(old, next, sameRevision) {
			switch {
			case !c.WasThere:
				if !yield(Event[T]{Type: Added, Item: c.New}) {
					return
				}
			case !c.IsThere:
				if !yield(Event[T]{Type: Deleted, Item: c.Old}) {
					return
				}
			case sameObject(c.Old, c.New):
				if !yield(Event[T]{Type: Modified, Item: c.New}) {
					return
				}
			default:
				if !yield(Event[T]{Type: Deleted, Item: c.Old}) || !yield(Event[T]{Type: Added, Item: c.New}) {
					return
				}
			}
		}
	}
}

// observed: a change is told unless it was told before.
func (m machine[T]) observed(in observed[T]) (machine[T], []output[T]) {
	m = m.progress()
	key := KeyOf(in.item)
	old, was := m.known.Get(key)
	same := was && sameObject(old, in.item)
	version := itemOf(in.item).Version()
	if was && !isNewer(version, itemOf(old).Version()) && !(in.how == Deleted && sameRevision(old, in.item)) {
		return m, nil
	}
	m.version = later(m.version, version)
	if in.how == Deleted {
		return m.deleted(key, in.item, was, same)
	}
	m.known = m.known.Set(key, in.item)
	switch {
	case same:
		return m, m.change(Modified, in.item)
	case was:
		// Its end was not told: it is, now, before its name has another.
		return m, append(m.change(Deleted, old), m.change(Added, in.item)...)
	case m.partial:
		return m, m.change(in.how, in.item)
	}
	return m, m.change(Added, in.item)
}

func (m machine[T]) deleted(key Key, item T, was, same bool) (machine[T], []output[T]) {
	switch {
	case same:
		m.known = m.known.Delete(key)
		return m, m.change(Deleted, item)
	case !was && m.partial:
		return m, m.change(Deleted, item)
	}
	return m, []output[T]{{resume: m.version}} // it was told already, or never known
}

func (m machine[T]) change(how Type, item T) []output[T] {
	return []output[T]{{Event[T]{Type: how, Item: item}, m.version}}
}

func (m machine[T]) bookmarked(version string) (machine[T], []output[T]) {
	m = m.progress()
	m.version = later(m.version, version)
	return m, []output[T]{{resume: m.version}}
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

func later(a, b string) string {
	if isNewer(b, a) {
		return b
	}
	return a
}
