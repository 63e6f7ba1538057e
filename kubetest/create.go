package kubetest

import (
	"fmt"
	"net/http"
)

// create answers a POST to a collection.
func (c *call) create() error {
	if _, err := c.negotiate(); err != nil {
		return err
	}
	if _, err := c.bodyJSON(); err != nil {
		return err
	}
	opts, err := c.writeOptions("CreateOptions")
	if err != nil {
		return err
	}
	doc, err := c.decodeBody()
	if err != nil {
		return err
	}
	if err := c.claimNamespace(doc); err != nil {
		return err
	}
	s := c.srv.store
	s.mu.Lock()
	doc, err = c.insert(doc, opts)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return c.writeObject(http.StatusCreated, doc)
}

// claimNamespace gives the object the namespace of the path, or refuses one that
// disagrees.
func (c *call) claimNamespace(doc map[string]any) error {
	if at(doc, "metadata") == nil {
		doc["metadata"] = map[string]any{}
	}
	meta := mapAt(doc, "metadata")
	switch ns := text(meta, "namespace"); {
	case ns == c.ns:
	case c.ns == "":
		delete(meta, "namespace")
	case ns == "":
		meta["namespace"] = c.ns
	default:
		return badRequest("the namespace of the provided object does not match the namespace sent on the request")
	}
	return nil
}

// insert makes a new object: the caller holds the lock and owns doc.
func (c *call) insert(doc map[string]any, opts writeOptions) (map[string]any, error) {
	meta := mapAt(doc, "metadata")
	if err := c.srv.admitTo(c.res, nameInTexts(meta), c.ns); err != nil {
		return nil, err
	}
	if meta["resourceVersion"] != nil && text(meta, "resourceVersion") != "" && text(meta, "resourceVersion") != "0" {
		return nil, &statusError{code: http.StatusInternalServerError, message: "resourceVersion should not be set on objects to be created"}
	}
	generated := text(meta, "name") == "" && text(meta, "generateName") != ""
	c.srv.birth(c.res, doc, author{manager: opts.manager, applied: opts.applied})
	if errs := c.res.checkNew(doc); len(errs) > 0 {
		return nil, invalid(c.res.Group, c.res.Kind, text(meta, "name"), errs...)
	}
	name := text(meta, "name")
	if old := c.res.table.get(objectKey(text(meta, "namespace"), name)); old != nil {
		err := alreadyExists(c.res, name)
		if text(old.doc, "metadata", "deletionTimestamp") != "" {
			err.message = "object is being deleted: " + err.message
		}
		if generated {
			err.message += ", the server was not able to generate a unique name for the object"
			err.details["retryAfterSeconds"] = number(1)
		}
		return nil, err
	}
	if err := c.srv.checkAddress(c.res, doc); err != nil {
		return nil, err
	}
	if opts.dryRun {
		return c.res.dress(doc), nil
	}
	rev := c.srv.store.write(c.res.table, doc)
	c.srv.afterWrite(c.res, rev)
	return c.res.dress(rev.doc), nil
}

// nameInTexts is what admission calls an object that may have no name yet.
func nameInTexts(meta map[string]any) string {
	return firstText(text(meta, "name"), text(meta, "generateName"), "Unknown")
}

// admitTo refuses new objects in namespaces that are missing or on their way
// out.
func (s *Server) admitTo(r *resource, name, ns string) error {
	if ns == "" {
		return nil
	}
	namespaces := s.store.kinds.find("", "v1", "namespaces")
	if namespaces == nil {
		return nil
	}
	rev := namespaces.table.get(ns)
	if rev == nil {
		return notFound(namespaces, ns)
	}
	if text(rev.doc, "status", "phase") != "Terminating" {
		return nil
	}
	err := forbidden(r, name, fmt.Sprintf("unable to create new content in namespace %s because it is being terminated", ns))
	err.details["causes"] = []any{cause("NamespaceTerminating", fmt.Sprintf("namespace %s is being terminated", ns), "metadata.namespace")}
	return err
}

// birth fills in what the server itself sets on a new object: system metadata
// and defaults. What only the server may set is dropped.
func (s *Server) birth(r *resource, doc map[string]any, by author) {
	meta := mapAt(doc, "metadata")
	for _, member := range []string{"selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields", "resourceVersion"} {
		delete(meta, member)
	}
	if text(meta, "name") == "" {
		delete(meta, "name")
		if gen := text(meta, "generateName"); gen != "" {
			meta["name"] = gen[:min(len(gen), maxLabel-5)] + suffix()
		}
	}
	meta["uid"] = newUID()
	meta["creationTimestamp"] = timestamp(s.now())
	r.tidy(doc)
	if r.Status && !(r.builtin && r.Plural == "nodes") {
		delete(doc, "status")
	}
	if r.generation {
		meta["generation"] = number(1)
	}
	s.setDefaults(r, doc)
	manage(r, nil, doc, by, s.now())
	admit(r, doc)
	s.setFirstStatus(r, doc)
	delete(doc, "kind")
	delete(doc, "apiVersion")
	doc["kind"], doc["apiVersion"] = r.Kind, r.apiVersion()
}

// tidy drops the empty and null members of the metadata, which a typed server
// does not keep, and of built-in kinds every null.
func (r *resource) tidy(doc map[string]any) {
	meta := mapAt(doc, "metadata")
	for k, v := range meta {
		if isEmpty(v) {
			delete(meta, k)
		}
	}
	if !r.builtin {
		return
	}
	dropNulls(doc)
	for _, member := range []string{"data", "stringData", "binaryData"} {
		if v, ok := doc[member]; ok && isEmpty(v) {
			delete(doc, member)
		}
	}
}

func dropNulls(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if e == nil {
				delete(v, k)
				continue
			}
			dropNulls(e)
		}
	case []any:
		for _, e := range v {
			dropNulls(e)
		}
	}
}

// checkNew finds what is wrong with a complete new object.
func (r *resource) checkNew(doc map[string]any) []fieldError {
	errs := r.checkMeta(mapAt(doc, "metadata"))
	return append(errs, r.checkSpec(doc)...)
}
