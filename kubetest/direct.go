package kubetest

import (
	"errors"
	"fmt"
	"slices"
)

// ErrNotFound is returned where an object or a resource does not exist.
var ErrNotFound = errors.New("kubetest: not found")

// Put stores an object past all checks: it makes it, or replaces it whole, the
// status included. Members that the server must set are set when they are
// missing: uid, creationTimestamp, the defaults of the kind. It returns the
// revision that was stored.
func (s *Server) Put(obj any) (Object, error) {
	doc, err := toObject(obj)
	if err != nil {
		return nil, err
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	r := s.store.kinds.kind(doc.APIVersion(), doc.Kind())
	if r == nil {
		return nil, fmt.Errorf("%w: kind %q in version %q", ErrNotFound, doc.Kind(), doc.APIVersion())
	}
	if doc.Name() == "" {
		return nil, fmt.Errorf("kubetest: the %s has no name", doc.Kind())
	}
	if !r.Namespaced {
		remove(doc, "metadata", "namespace")
	} else if doc.Namespace() == "" {
		doc.Put("default", "metadata", "namespace")
	}
	return s.putWhole(r, doc), nil
}

// putWhole completes and stores a document. The caller holds the lock.
func (s *Server) putWhole(r *resource, doc Object) Object {
	old := r.table.get(objectKey(doc.Namespace(), doc.Name()))
	if old == nil {
		s.completeNew(r, doc)
	} else {
		meta := mapAt(old.doc, "metadata")
		for _, member := range []string{"uid", "creationTimestamp"} {
			if meta[member] != nil {
				setDefault(doc, meta[member], "metadata", member)
			}
		}
		if r.generation {
			r.count(doc, old.doc)
		}
		s.setDefaults(r, doc)
	}
	if spec := mapAt(doc, "spec"); isPods(r) && spec != nil {
		admitPod(spec)
	}
	_ = r.canonicalQuantities(doc) // what is no quantity stays as the test put it
	doc["kind"], doc["apiVersion"] = r.Kind, r.apiVersion()
	rev := s.store.write(r.table, doc)
	s.afterWrite(r, rev)
	return cloneMap(r.table.get(rev.key).doc)
}

// completeNew sets on a new object what a test did not care to say.
func (s *Server) completeNew(r *resource, doc Object) {
	setDefault(doc, newUID(), "metadata", "uid")
	setDefault(doc, timestamp(s.now()), "metadata", "creationTimestamp")
	if r.generation {
		setDefault(doc, number(1), "metadata", "generation")
	}
	s.setDefaults(r, doc)
	first := Object{"metadata": doc["metadata"], "spec": doc["spec"]}
	s.setFirstStatus(r, first)
	for k, v := range mapAt(first, "status") {
		setDefault(doc, v, "status", k)
	}
	if r.Status && r.builtin {
		setDefault(doc, map[string]any{}, "status")
	}
}

// Get returns an object. The resource is named as kubectl takes it: "pods",
// "po", "deployments.apps", "widgets.v1.example.com".
func (s *Server) Get(resource, namespace, name string) (Object, error) {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	r, rev, err := s.lookup(resource, namespace, name)
	if err != nil {
		return nil, err
	}
	return cloneMap(r.dress(rev.doc)), nil
}

// lookup finds an object. The caller holds the lock.
func (s *Server) lookup(resource, namespace, name string) (*resource, *revision, error) {
	r := s.store.kinds.named(resource)
	if r == nil {
		return nil, nil, fmt.Errorf("%w: resource %q", ErrNotFound, resource)
	}
	rev := r.table.get(objectKey(namespace, name))
	if rev == nil {
		return nil, nil, fmt.Errorf("%w: %s %q", ErrNotFound, r.qualified(), objectKey(namespace, name))
	}
	return r, rev, nil
}

// List returns the objects of a resource in a namespace, or in all when it is
// empty.
func (s *Server) List(resource, namespace string) ([]Object, error) {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	r := s.store.kinds.named(resource)
	if r == nil {
		return nil, fmt.Errorf("%w: resource %q", ErrNotFound, resource)
	}
	var out []Object
	for _, rev := range within(r.table.items, namespace) {
		out = append(out, cloneMap(r.dress(rev.doc)))
	}
	return out, nil
}

// Update changes an object past all checks and stores the result as a new
// revision, which it returns. The function gets a copy of its own. It runs under
// the server's lock and must not call the server.
func (s *Server) Update(resource, namespace, name string, change func(obj Object)) (Object, error) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	r, rev, err := s.lookup(resource, namespace, name)
	if err != nil {
		return nil, err
	}
	doc := Object(cloneMap(r.dress(rev.doc)))
	change(doc)
	doc, err = toObject(doc) // whatever the function put in becomes plain JSON
	if err != nil {
		return nil, err
	}
	doc.Put(rev.name, "metadata", "name")
	if rev.ns != "" {
		doc.Put(rev.ns, "metadata", "namespace")
	}
	return s.putWhole(r, doc), nil
}

// SetStatus replaces an object's status and returns the new revision.
func (s *Server) SetStatus(resource, namespace, name string, status any) (Object, error) {
	plain, err := toObject(status)
	if err != nil {
		return nil, err
	}
	return s.Update(resource, namespace, name, func(obj Object) { obj["status"] = map[string]any(plain) })
}

// Remove makes an object vanish at once, whatever its finalizers and grace
// period say.
func (s *Server) Remove(resource, namespace, name string) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	r, rev, err := s.lookup(resource, namespace, name)
	if err != nil {
		return err
	}
	s.destroy(r, rev)
	return nil
}

// Serve serves one more kind from now on, as [WithResource] does from the start.
func (s *Server) Serve(r Resource) error {
	if err := r.check(); err != nil {
		return err
	}
	s.addResource(resource{Resource: r.complete(), manners: customManners()})
	return nil
}

// Withdraw stops serving a group version, as a server does that was upgraded:
// its paths answer 404 and discovery does not list it.
func (s *Server) Withdraw(apiVersion string) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for _, r := range slices.Clone(s.store.kinds.order) {
		if r.apiVersion() == apiVersion {
			s.store.kinds.drop(pathKey(r.Group, r.Version, r.Plural))
		}
	}
}
