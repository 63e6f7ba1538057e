package kubetest

import (
	"maps"
	"slices"
)

// place is where an object stands.
type place struct {
	r   *resource
	key string
}

// mainKind is one resource for each table, so that the versions of a kind do not
// count as several.
func (s *store) mainKind(t *table) *resource {
	for _, r := range s.kinds.order {
		if r.table == t {
			return r
		}
	}
	return nil
}

func owners(doc map[string]any) []string {
	var uids []string
	for _, o := range listAt(doc, "metadata", "ownerReferences") {
		uids = append(uids, text(asMap(o), "uid"))
	}
	return uids
}

// reindex follows an object's owners from one state to the next; either may be
// nil.
func (s *store) reindex(t *table, old, now *revision) {
	for _, rev := range []*revision{old, now} {
		if rev == nil {
			continue
		}
		for _, uid := range owners(rev.doc) {
			p := ownedPlace{t, rev.key}
			if rev == now {
				if s.owned[uid] == nil {
					s.owned[uid] = map[ownedPlace]struct{}{}
				}
				s.owned[uid][p] = struct{}{}
				continue
			}
			if delete(s.owned[uid], p); len(s.owned[uid]) == 0 {
				delete(s.owned, uid)
			}
		}
	}
}

// ownedPlace is where an object stands that has an owner.
type ownedPlace struct {
	table *table
	key   string
}

// dependents are the objects that name a uid as their owner, in a fixed order.
func (s *store) dependents(uid string) []ownedPlace {
	return slices.SortedFunc(maps.Keys(s.owned[uid]), func(a, b ownedPlace) int {
		switch {
		case a.key < b.key:
			return -1
		case a.key > b.key:
			return 1
		}
		return 0
	})
}

// collect is the garbage collector: it does for an object that is deleted, or
// was, what its propagation policy asks for. The caller holds the lock.
func (s *Server) collect(r *resource, rev *revision) {
	if s.opts.noCollector {
		return
	}
	names := stringsOf(listAt(rev.doc, "metadata", "finalizers"))
	uid := text(rev.doc, "metadata", "uid")
	switch {
	case slices.Contains(names, orphanFinalizer):
		s.orphanAll(uid)
		s.unfinalize(r, rev.key, orphanFinalizer)
	case slices.Contains(names, foregroundFinalizer):
		s.store.waiting[uid] = place{r, rev.key}
		s.deleteDependents(uid, "Foreground")
		if len(s.store.owned[uid]) == 0 {
			delete(s.store.waiting, uid)
			s.unfinalize(r, rev.key, foregroundFinalizer)
		}
	case slices.Contains(names, "kubernetes.io/pvc-protection"):
		s.unfinalize(r, rev.key, "kubernetes.io/pvc-protection")
	case slices.Contains(names, "kubernetes.io/pv-protection"):
		s.unfinalize(r, rev.key, "kubernetes.io/pv-protection")
	}
}

// orphanAll takes an owner out of the objects that name it.
func (s *Server) orphanAll(uid string) {
	for _, p := range s.store.dependents(uid) {
		rev, r := p.table.get(p.key), s.store.mainKind(p.table)
		if rev == nil || r == nil {
			continue
		}
		doc := cloneMap(rev.doc)
		rest := slices.DeleteFunc(listAt(doc, "metadata", "ownerReferences"), func(o any) bool { return text(asMap(o), "uid") == uid })
		if len(rest) == 0 {
			remove(doc, "metadata", "ownerReferences")
		} else {
			put(doc, rest, "metadata", "ownerReferences")
		}
		s.store.write(r.table, doc)
	}
}

// deleteDependents deletes the objects that have no other owner.
func (s *Server) deleteDependents(uid, propagation string) {
	for _, p := range s.store.dependents(uid) {
		rev, r := p.table.get(p.key), s.store.mainKind(p.table)
		if rev == nil || r == nil || s.hasOtherOwner(rev, uid) {
			continue
		}
		_, _, _ = s.deleteObject(r, rev.key, rev.name, deletion{propagation: propagation})
	}
}

// hasOtherOwner says whether an owner that is left keeps the object alive.
func (s *Server) hasOtherOwner(rev *revision, uid string) bool {
	for _, other := range owners(rev.doc) {
		if other != uid && s.store.uids[other] > 0 {
			return true
		}
	}
	return false
}

// unfinalize takes a finalizer away, and the object with its last one.
func (s *Server) unfinalize(r *resource, key, finalizer string) {
	rev := r.table.get(key)
	if rev == nil {
		return
	}
	doc := cloneMap(rev.doc)
	rest := slices.DeleteFunc(stringsOf(listAt(doc, "metadata", "finalizers")), func(f string) bool { return f == finalizer })
	if len(rest) > 0 {
		put(doc, anyStrings(rest), "metadata", "finalizers")
		s.store.write(r.table, doc)
		return
	}
	remove(doc, "metadata", "finalizers")
	if r.releasable(doc) {
		s.destroy(r, rev)
		return
	}
	s.store.write(r.table, doc)
}

// buried reacts to an object that is gone: its dependents go too, and an owner
// that waited for it may go.
func (s *Server) buried(rev *revision) {
	if s.opts.noCollector {
		return
	}
	s.deleteDependents(text(rev.doc, "metadata", "uid"), "Background")
	for _, uid := range owners(rev.doc) {
		p, ok := s.store.waiting[uid]
		if ok && len(s.store.owned[uid]) == 0 {
			delete(s.store.waiting, uid)
			s.unfinalize(p.r, p.key, foregroundFinalizer)
		}
	}
}
