package kubetest

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"

	"time"
)

// deletion is what a DELETE asks for.
type deletion struct {
	dryRun      bool
	grace       *int64
	uid         *string // preconditions
	version     *string
	propagation string
	orphan      *bool // the old orphanDependents
	manager     string
}

// deletion reads the options, from the body or else from the query.
func (c *call) deletion() (deletion, error) {
	d := deletion{manager: managerOf(c.req.UserAgent())}
	if len(c.body) > 0 {
		if err := c.deletionBody(&d); err != nil {
			return d, err
		}
	} else if err := c.deletionQuery(&d); err != nil {
		return d, err
	}
	return d, d.check()
}

func (c *call) deletionQuery(d *deletion) error {
	d.propagation = c.query.Get("propagationPolicy")
	if _, ok := c.query["gracePeriodSeconds"]; ok {
		n, err := c.intParam("gracePeriodSeconds")
		if err != nil {
			return err
		}
		d.grace = &n
	}
	if _, ok := c.query["orphanDependents"]; ok {
		on := truthy(c.query, "orphanDependents")
		d.orphan = &on
	}
	return d.readDryRun(anyStrings(c.query["dryRun"]))
}

func (c *call) deletionBody(d *deletion) error {
	data, err := c.optionsJSON()
	if err != nil {
		return err
	}
	doc, err := decodeObject(data)
	if err != nil {
		return badRequest("couldn't get version/kind; json parse error: %v", err)
	}
	if kind := text(doc, "kind"); kind != "" && kind != "DeleteOptions" {
		return badRequest("no kind %q is registered for version %q in scheme %q",
			kind, firstText(text(doc, "apiVersion"), "meta.k8s.io/v1"), "pkg/runtime/scheme.go:111")
	}
	d.read(doc)
	return d.readDryRun(listAt(doc, "dryRun"))
}

// read takes the members of DeleteOptions, but for dryRun.
func (d *deletion) read(doc map[string]any) {
	d.propagation = text(doc, "propagationPolicy")
	if n, ok := intAt(doc, "gracePeriodSeconds"); ok {
		d.grace = &n
	}
	if on, ok := doc["orphanDependents"].(bool); ok {
		d.orphan = &on
	}
	if uid, ok := at(doc, "preconditions", "uid").(string); ok {
		d.uid = &uid
	}
	if v, ok := at(doc, "preconditions", "resourceVersion").(string); ok {
		d.version = &v
	}
}

func (c *call) optionsJSON() ([]byte, error) {
	header := c.req.Header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(header)
	switch {
	case header == "", err == nil && media == "application/json":
		return c.body, nil
	case err == nil && media == "application/yaml":
		data, err := yamlDocument(c.body)
		if err != nil {
			return nil, badRequest("%v", err)
		}
		return data, nil
	}
	return nil, unsupportedMedia(bodyTypes...)
}

func (d *deletion) readDryRun(values []any) error {
	d.dryRun = len(values) > 0
	if errs := checkDryRun(values); len(errs) > 0 {
		return invalid("meta.k8s.io", "DeleteOptions", "", errs...)
	}
	return nil
}

func (d *deletion) check() error {
	var errs []fieldError
	if d.orphan != nil && d.propagation != "" {
		errs = append(errs, invalidValue("propagationPolicy", d.propagation, "orphanDependents and deletionPropagation cannot be both set"))
	}
	switch d.propagation {
	case "", "Orphan", "Background", "Foreground":
	default:
		errs = append(errs, unsupportedValue("propagationPolicy", d.propagation, "Foreground", "Background", "Orphan", "nil"))
	}
	if len(errs) > 0 {
		return invalid("meta.k8s.io", "DeleteOptions", "", errs...)
	}
	if d.grace != nil && *d.grace < 0 {
		one := int64(1)
		d.grace = &one
	}
	return nil
}

// delete answers a DELETE of one object.
func (c *call) delete() error {
	if _, err := c.negotiate(); err != nil {
		return err
	}
	d, err := c.deletion()
	if err != nil {
		return err
	}
	s := c.srv.store
	s.mu.Lock()
	out, gone, err := c.srv.deleteObject(c.res, objectKey(c.ns, c.name), c.name, d)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	code := http.StatusOK
	if !gone && d.orphan != nil && !*d.orphan {
		code = http.StatusAccepted
	}
	if gone && !c.res.showDeleted {
		c.writeStatus(code, successStatus(c.res.deletedDetails(out)))
		return nil
	}
	return c.writeObject(code, out)
}

// deletedDetails says which object is no more.
func (r *resource) deletedDetails(doc map[string]any) map[string]any {
	d := r.errorDetails(text(doc, "metadata", "name"))
	d["uid"] = text(doc, "metadata", "uid")
	return d
}

// deleteObject deletes, or begins to; gone says which. The caller holds the
// lock.
func (s *Server) deleteObject(r *resource, key, name string, d deletion) (out map[string]any, gone bool, err error) {
	rev := r.table.get(key)
	if rev == nil {
		return nil, false, notFound(r, name)
	}
	if r.builtin && r.Plural == "namespaces" {
		return s.deleteNamespace(r, rev, d)
	}
	if err := d.precondition(r, rev); err != nil {
		return nil, false, err
	}
	doc := cloneMap(rev.doc)
	graceful, pending := s.grace(r, doc, d)
	if pending {
		return r.dress(rev.doc), false, nil
	}
	refinalize(r, doc, d)
	holdCRD(r, doc)
	waits := len(listAt(doc, "metadata", "finalizers")) > 0
	left, _ := intAt(doc, "metadata", "deletionGracePeriodSeconds")
	switch {
	case !graceful && !waits:
		return s.vanish(r, rev, d)
	case !graceful:
		s.markDeleting(r, doc)
	}
	gone = !waits && left == 0
	if d.dryRun {
		return r.dress(doc), gone, nil
	}
	if !sameButForTimes(doc, rev.doc) {
		rev = s.store.write(r.table, doc)
		s.afterWrite(r, rev)
	}
	if gone {
		return s.vanish(r, rev, d)
	}
	s.collect(r, rev)
	return r.dress(rev.doc), false, nil
}

// vanish removes the object now.
func (s *Server) vanish(r *resource, rev *revision, d deletion) (map[string]any, bool, error) {
	if d.dryRun {
		return r.dress(rev.doc), true, nil
	}
	last := s.destroy(r, rev)
	return r.dress(last.doc), true, nil
}

func (d *deletion) precondition(r *resource, rev *revision) error {
	uid, version := text(rev.doc, "metadata", "uid"), versionText(rev.version)
	switch {
	case d.uid != nil && *d.uid != uid:
		return conflictFor(r.Group, r.Kind, rev.name, fmt.Sprintf(
			"the UID in the precondition (%s) does not match the UID in record (%s). The object might have been deleted and then recreated", *d.uid, uid))
	case d.version != nil && *d.version != version:
		return conflictFor(r.Group, r.Kind, rev.name, fmt.Sprintf(
			"the ResourceVersion in the precondition (%s) does not match the ResourceVersion in record (%s). The object might have been modified", *d.version, version))
	}
	return nil
}

// grace sets the time at which the object shall be gone, for kinds that get one.
// pending means that a deletion is already under way and stays as it is.
func (s *Server) grace(r *resource, doc map[string]any, d deletion) (graceful, pending bool) {
	if !r.graceful {
		return false, false
	}
	meta := mapAt(doc, "metadata")
	if meta["deletionTimestamp"] != nil {
		return s.shorten(meta, d)
	}
	seconds := s.podGrace(doc, d)
	meta["deletionTimestamp"] = timestamp(s.now().Add(time.Duration(seconds) * time.Second))
	meta["deletionGracePeriodSeconds"] = number(seconds)
	raiseGeneration(meta)
	return true, false
}

// shorten brings a running deletion forward, never back.
func (s *Server) shorten(meta map[string]any, d deletion) (graceful, pending bool) {
	left, _ := intAt(meta, "deletionGracePeriodSeconds")
	if left == 0 {
		return false, false
	}
	if d.grace == nil || *d.grace >= left {
		return false, true
	}
	at, err := time.Parse(time.RFC3339, text(meta, "deletionTimestamp"))
	if err != nil {
		at = s.now()
	}
	period := *d.grace
	at = at.Add(time.Duration(period-left) * time.Second)
	if now := s.now(); at.Before(now) {
		// A deletion that shall be graceful stays so, for the shortest time.
		at, period = now, min(period, 1)
	}
	meta["deletionTimestamp"] = timestamp(at)
	meta["deletionGracePeriodSeconds"] = number(period)
	return true, false
}

// podGrace is how long a pod may take to stop: nothing when no node runs it or
// when it has ended.
func (s *Server) podGrace(doc map[string]any, d deletion) int64 {
	phase := text(doc, "status", "phase")
	if text(doc, "spec", "nodeName") == "" || phase == "Succeeded" || phase == "Failed" {
		return 0
	}
	if d.grace != nil {
		return *d.grace
	}
	if n, ok := intAt(doc, "spec", "terminationGracePeriodSeconds"); ok {
		return max(n, 0)
	}
	return 30
}

func raiseGeneration(meta map[string]any) {
	if n, ok := intAt(meta, "generation"); ok && n > 0 {
		meta["generation"] = number(n + 1)
	}
}

// markDeleting shows that the object waits for its finalizers only.
func (s *Server) markDeleting(r *resource, doc map[string]any) {
	meta := mapAt(doc, "metadata")
	now := timestamp(s.now())
	if isCRD(r) {
		setDefault(meta, now, "deletionTimestamp")
		terminateCRD(doc, now)
		return
	}
	if at := text(meta, "deletionTimestamp"); at == "" {
		raiseGeneration(meta)
		meta["deletionTimestamp"] = now
	} else if at > now {
		meta["deletionTimestamp"] = now
	}
	meta["deletionGracePeriodSeconds"] = number(0)
}

// refinalize records the propagation policy in the finalizers, where the garbage
// collector would find it.
func refinalize(r *resource, doc map[string]any, d deletion) {
	if r.noFinalizer {
		return
	}
	meta := mapAt(doc, "metadata")
	old := stringsOf(listAt(meta, "finalizers"))
	orphan, foreground := d.policy(old, r.orphan)
	names := slices.DeleteFunc(slices.Clone(old), func(f string) bool {
		return f == orphanFinalizer || f == foregroundFinalizer
	})
	if orphan {
		names = append(names, orphanFinalizer)
	}
	if foreground {
		names = append(names, foregroundFinalizer)
	}
	if len(names) == 0 {
		delete(meta, "finalizers")
	} else {
		meta["finalizers"] = anyStrings(names)
	}
}

// policy: the options override what the finalizers say.
func (d *deletion) policy(finalizers []string, byDefault bool) (orphan, foreground bool) {
	switch {
	case d.orphan != nil:
		return *d.orphan, false
	case d.propagation != "":
		return d.propagation == "Orphan", d.propagation == "Foreground"
	}
	orphan, foreground = slices.Contains(finalizers, orphanFinalizer), slices.Contains(finalizers, foregroundFinalizer)
	return orphan || byDefault && !foreground, foreground
}

// deleteCollection answers a DELETE of a collection: each object of it is
// deleted on its own, and the answer is the list as it was.
func (c *call) deleteCollection() error {
	f, err := c.negotiate()
	if err != nil {
		return err
	}
	o, err := c.listOptions()
	if err != nil {
		return err
	}
	sel, err := c.selection()
	if err != nil {
		return err
	}
	d, err := c.deletion()
	if err != nil {
		return err
	}
	p, err := c.page(o, sel)
	if err != nil {
		return err
	}
	if err := c.deleteEach(p, d); err != nil {
		return err
	}
	return c.writeList(p, f)
}

func (c *call) deleteEach(p *page, d deletion) error {
	s := c.srv.store
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, rev := range p.items {
		_, _, err := c.srv.deleteObject(c.res, rev.key, rev.name, d)
		var status *statusError
		if errors.As(err, &status) && status.code == http.StatusNotFound {
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// FinishPods removes the pods that are waiting for the end of their grace
// period, as kubelets do when the containers have stopped. It returns how many.
func (s *Server) FinishPods() int {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	pods := s.store.kinds.find("", "v1", "pods")
	if pods == nil {
		return 0
	}
	zero, n := int64(0), 0
	for _, rev := range slices.Clone(pods.table.items) {
		if text(rev.doc, "metadata", "deletionTimestamp") == "" {
			continue
		}
		if _, gone, err := s.deleteObject(pods, rev.key, rev.name, deletion{grace: &zero}); err == nil && gone {
			n++
		}
	}
	return n
}

// destroy removes an object and what falls with it. The caller holds the lock.
func (s *Server) destroy(r *resource, rev *revision) *revision {
	last := s.store.erase(r.table, rev.key)
	if last == nil {
		return rev // it has gone with its owner meanwhile
	}
	if isCRD(r) {
		s.withdrawCRD(rev.doc)
	}
	s.buried(last)
	if ns := rev.ns; ns != "" {
		s.finishNamespace(ns)
	}
	return last
}

// afterWrite lets the server react to what was stored. The caller holds the
// lock.
func (s *Server) afterWrite(r *resource, rev *revision) {
	if isCRD(r) {
		s.offerCRD(r, rev)
	}
}
