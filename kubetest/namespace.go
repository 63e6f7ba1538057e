package kubetest

import (
	"fmt"
	"slices"
	"sync"
)

// holds are the namespaces whose termination the test holds back.
type holds struct {
	mu    sync.Mutex
	names map[string]bool // false: let go although all are held
}

func (h *holds) set(name string, held bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.names == nil {
		h.names = map[string]bool{}
	}
	h.names[name] = held
}

func (h *holds) get(name string, all bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	held, ok := h.names[name]
	return held || !ok && all
}

// HoldNamespace keeps a namespace in its Terminating phase, with its contents,
// once it is deleted, until ReleaseNamespace.
func (s *Server) HoldNamespace(name string) { s.held.set(name, true) }

// ReleaseNamespace lets a held namespace go: if it is being deleted, its contents
// vanish and it with them.
func (s *Server) ReleaseNamespace(name string) {
	s.held.set(name, false)
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.emptyNamespace(name)
}

const namespaceBusy = "The system is ensuring all content is removed from this namespace. " +
	" Upon completion, this namespace will automatically be purged by the system."

// deleteNamespace begins the termination. The answer shows the namespace while
// it terminates, although it may be gone an instant later.
func (s *Server) deleteNamespace(r *resource, rev *revision, d deletion) (map[string]any, bool, error) {
	if slices.Contains([]string{"default", "kube-system", "kube-public"}, rev.name) {
		return nil, false, forbidden(r, rev.name, "this namespace may not be deleted")
	}
	if err := d.namespacePrecondition(r, rev); err != nil {
		return nil, false, err
	}
	if text(rev.doc, "metadata", "deletionTimestamp") != "" {
		return s.deleteAgain(r, rev, d)
	}
	doc := cloneMap(rev.doc)
	put(doc, timestamp(s.now()), "metadata", "deletionTimestamp")
	put(doc, "Terminating", "status", "phase")
	refinalize(r, doc, d)
	if d.dryRun {
		return r.dress(doc), false, nil
	}
	next := s.store.write(r.table, doc)
	s.emptyNamespace(rev.name)
	return r.dress(next.doc), false, nil
}

func (d *deletion) namespacePrecondition(r *resource, rev *revision) error {
	uid, version := text(rev.doc, "metadata", "uid"), versionText(rev.version)
	if d.uid != nil && *d.uid != uid {
		return conflict(r, rev.name, fmt.Sprintf("Precondition failed: UID in precondition: %s, UID in object meta: %s", *d.uid, uid))
	}
	if d.version != nil && *d.version != version {
		return conflict(r, rev.name, fmt.Sprintf(
			"Precondition failed: ResourceVersion in precondition: %s, ResourceVersion in object meta: %s", *d.version, version))
	}
	return nil
}

// deleteAgain answers for a namespace that is terminating already.
func (s *Server) deleteAgain(r *resource, rev *revision, d deletion) (map[string]any, bool, error) {
	if len(listAt(rev.doc, "spec", "finalizers")) > 0 {
		if s.opts.oldDelete {
			return nil, false, conflict(r, rev.name, namespaceBusy)
		}
		return r.dress(rev.doc), false, nil
	}
	if len(listAt(rev.doc, "metadata", "finalizers")) > 0 {
		return r.dress(rev.doc), false, nil
	}
	return s.vanish(r, rev, d)
}

// emptyNamespace is the namespace controller: it deletes what is in a
// terminating namespace, and the namespace when nothing is left. The caller
// holds the lock.
func (s *Server) emptyNamespace(name string) {
	namespaces := s.store.kinds.find("", "v1", "namespaces")
	if namespaces == nil || s.held.get(name, s.opts.holdAll) {
		return
	}
	rev := namespaces.table.get(name)
	if rev == nil || text(rev.doc, "metadata", "deletionTimestamp") == "" {
		return
	}
	zero := int64(0)
	for _, r := range s.namespacedTables() {
		for _, item := range slices.Clone(within(r.table.items, name)) {
			_, _, _ = s.deleteObject(r, item.key, item.name, deletion{grace: &zero, propagation: "Background"})
		}
	}
	s.finishNamespace(name)
}

// namespacedTables is one resource for each table of namespaced objects.
func (s *Server) namespacedTables() []*resource {
	seen := map[*table]bool{}
	var rs []*resource
	for _, r := range s.store.kinds.order {
		if r.Namespaced && !seen[r.table] {
			seen[r.table] = true
			rs = append(rs, r)
		}
	}
	return rs
}

// finishNamespace removes a terminating namespace that is empty.
func (s *Server) finishNamespace(name string) {
	namespaces := s.store.kinds.find("", "v1", "namespaces")
	if namespaces == nil || s.held.get(name, s.opts.holdAll) {
		return
	}
	rev := namespaces.table.get(name)
	if rev == nil || text(rev.doc, "metadata", "deletionTimestamp") == "" {
		return
	}
	for _, r := range s.namespacedTables() {
		if len(within(r.table.items, name)) > 0 {
			return
		}
	}
	if len(listAt(rev.doc, "metadata", "finalizers")) > 0 {
		s.dropKubernetesFinalizer(namespaces, rev)
		return
	}
	s.store.erase(namespaces.table, rev.key)
}

// dropKubernetesFinalizer leaves a namespace to its other finalizers.
func (s *Server) dropKubernetesFinalizer(r *resource, rev *revision) {
	if len(listAt(rev.doc, "spec", "finalizers")) == 0 {
		return
	}
	doc := cloneMap(rev.doc)
	remove(doc, "spec", "finalizers")
	s.store.write(r.table, doc)
}
