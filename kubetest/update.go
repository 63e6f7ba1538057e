package kubetest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// change is a write to an object that exists, or that a PUT may create.
type change struct {
	opts writeOptions
	// from makes the new document out of a private copy of the old one.
	from func(old map[string]any) (map[string]any, error)
	// uid is the identity that the client takes the object to have.
	uid string
	// create allows to make a missing object.
	create bool
	// sub is "", status or finalize: which part may change.
	sub string
}

// replace answers a PUT to an object or its status.
func (c *call) replace() error {
	if _, err := c.negotiate(); err != nil {
		return err
	}
	opts, err := c.writeOptions("UpdateOptions")
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
	if err := c.checkPathName(doc); err != nil {
		return err
	}
	return c.answerChange(change{
		opts: opts, uid: text(doc, "metadata", "uid"), sub: c.sub,
		create: c.res.createOnPut && c.sub == "",
		from:   func(map[string]any) (map[string]any, error) { return doc, nil },
	})
}

func (c *call) checkPathName(doc map[string]any) error {
	switch name := text(doc, "metadata", "name"); {
	case name == "":
		return badRequest("the name of the object (%s based on URL) was undeterminable: name must be provided", c.name)
	case name != c.name:
		return badRequest("the name of the object (%s) does not match the name on the URL (%s)", name, c.name)
	}
	return nil
}

func (c *call) answerChange(ch change) error {
	s := c.srv.store
	s.mu.Lock()
	doc, created, err := c.apply(ch)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	code := http.StatusOK
	if created {
		code = http.StatusCreated
	}
	return c.writeObject(code, doc)
}

// apply makes and stores the new revision. The caller holds the lock.
func (c *call) apply(ch change) (doc map[string]any, created bool, err error) {
	rev := c.res.table.get(objectKey(c.ns, c.name))
	if rev == nil {
		return c.applyMissing(ch)
	}
	old := rev.doc
	if uid := text(old, "metadata", "uid"); ch.uid != "" && ch.uid != uid {
		return nil, false, conflict(c.res, c.name,
			c.storageFault(fmt.Sprintf("Precondition failed: UID in precondition: %s, UID in object meta: %s", ch.uid, uid)))
	}
	doc, err = ch.from(c.res.dress(cloneMap(old)))
	if err != nil {
		return nil, false, err
	}
	if err := c.checkVersion(doc, old); err != nil {
		return nil, false, err
	}
	if err := c.reconcile(doc, old, ch); err != nil {
		return nil, false, err
	}
	doc, err = c.settle(doc, rev, ch)
	return doc, false, err
}

func (c *call) applyMissing(ch change) (map[string]any, bool, error) {
	if !ch.create {
		return nil, false, notFound(c.res, c.name)
	}
	if ch.uid != "" {
		return nil, false, conflict(c.res, c.name,
			c.storageFault(fmt.Sprintf("Precondition failed: UID in precondition: %s, UID in object meta: ", ch.uid)))
	}
	doc, err := ch.from(map[string]any{})
	if err != nil {
		return nil, false, err
	}
	remove(doc, "metadata", "resourceVersion")
	doc, err = c.insert(doc, ch.opts)
	return doc, true, err
}

// storageFault is how the server wraps what its storage refused.
func (c *call) storageFault(why string) string {
	return fmt.Sprintf("StorageError: invalid object, Code: 4, Key: %s, ResourceVersion: 0, AdditionalErrorMsg: %s",
		c.res.storageKey(objectKey(c.ns, c.name)), why)
}

// oddPrefixes are where the server keeps the kinds that once had other names.
var oddPrefixes = map[string]string{
	"/replicationcontrollers": "controllers", "/endpoints": "services/endpoints", "/nodes": "minions",
	"/services": "services/specs", "networking.k8s.io/ingresses": "ingress",
}

func (r *resource) storageKey(key string) string {
	prefix := r.Plural
	switch odd := oddPrefixes[r.Group+"/"+r.Plural]; {
	case odd != "":
		prefix = odd
	case strings.Contains(r.Group, ".") && !slices.Contains(oldGroups, r.Group):
		prefix = r.Group + "/" + r.Plural
	}
	return "/registry/" + prefix + "/" + key
}

// oldGroups keep their objects under the resource's name alone.
var oldGroups = []string{"rbac.authorization.k8s.io", "networking.k8s.io", "storage.k8s.io", "policy",
	"discovery.k8s.io", "coordination.k8s.io", "scheduling.k8s.io"}

// checkVersion is the optimistic lock.
func (c *call) checkVersion(doc, old map[string]any) error {
	asked, current := text(doc, "metadata", "resourceVersion"), text(old, "metadata", "resourceVersion")
	switch {
	case asked != "" && asked != "0":
		if _, err := strconv.ParseUint(asked, 10, 64); err != nil {
			return &statusError{code: http.StatusInternalServerError, message: err.Error()}
		}
		if asked != current {
			return conflict(c.res, c.name, modified)
		}
	case c.res.conditional:
		return invalid(c.res.Group, c.res.Plural, c.name,
			invalidValue("metadata.resourceVersion", number(0), "must be specified for an update"))
	}
	return nil
}

// reconcile keeps what the request may not change, sets defaults and validates.
func (c *call) reconcile(doc, old map[string]any, ch change) error {
	r := c.res
	if at(doc, "metadata") == nil {
		doc["metadata"] = map[string]any{}
	}
	r.tidy(doc)
	meta, oldMeta := mapAt(doc, "metadata"), mapAt(old, "metadata")
	keep(meta, oldMeta, "generation", "creationTimestamp", "resourceVersion", "selfLink")
	for _, member := range []string{"uid", "namespace"} {
		if oldMeta[member] != nil {
			setDefault(meta, oldMeta[member], member)
		}
	}
	if oldMeta["deletionTimestamp"] != nil {
		keep(meta, oldMeta, "deletionTimestamp")
		if grace := oldMeta["deletionGracePeriodSeconds"]; grace != nil {
			setDefault(meta, grace, "deletionGracePeriodSeconds")
		}
	}
	r.keepOtherParts(doc, old, ch.sub)
	keepAddress(r, doc, old)
	c.srv.setDefaults(r, doc)
	if spec := mapAt(doc, "spec"); isPods(r) && spec != nil {
		admitPod(spec)
	}
	if errs := r.checkChange(doc, old); len(errs) > 0 {
		return invalid(r.Group, r.Kind, text(meta, "name"), errs...)
	}
	if ch.sub != "status" {
		r.count(doc, old)
	}
	manage(r, old, doc, author{ch.opts.manager, ch.sub, ch.opts.applied}, c.srv.now())
	return nil
}

// keep copies members of the old revision, also their absence.
func keep(doc, old map[string]any, members ...string) {
	for _, member := range members {
		if v, ok := old[member]; ok {
			doc[member] = v
		} else {
			delete(doc, member)
		}
	}
}

// keepOtherParts undoes changes outside the part that the request is about.
func (r *resource) keepOtherParts(doc, old map[string]any, sub string) {
	switch {
	case sub == "status" && !r.builtin:
		fields := doc["metadata"]
		status, has := doc["status"]
		clear(doc)
		for k, v := range old {
			doc[k] = v
		}
		if delete(doc, "status"); has {
			doc["status"] = status
		}
		meta := cloneMap(mapAt(old, "metadata"))
		if v := at(asMap(fields), "managedFields"); v != nil {
			meta["managedFields"] = v
		}
		doc["metadata"] = meta
	case sub == "status":
		keep(doc, old, "spec")
		if qos := at(old, "status", "qosClass"); qos != nil {
			setDefault(doc, qos, "status", "qosClass")
		}
		if r.Plural == "deployments" {
			keep(mapAt(doc, "metadata"), mapAt(old, "metadata"), "labels")
		}
	case sub == "finalize":
		keep(doc, old, "status")
		keep(mapAt(doc, "spec"), mapAt(old, "spec"))
	case r.Status:
		keep(doc, old, "status")
		r.keepNamespaceFinalizers(doc, old)
	}
}

// keepAddress: a service that is replaced without an address keeps its own.
func keepAddress(r *resource, doc, old map[string]any) {
	if !r.builtin || r.Plural != "services" || r.Group != "" || text(doc, "spec", "type") == "ExternalName" {
		return
	}
	for _, member := range []string{"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"} {
		if v := at(old, "spec", member); v != nil {
			setDefault(doc, v, "spec", member)
		}
	}
}

// keepNamespaceFinalizers: only the finalize subresource changes them.
func (r *resource) keepNamespaceFinalizers(doc, old map[string]any) {
	if r.builtin && r.Plural == "namespaces" {
		put(doc, clone(at(old, "spec", "finalizers")), "spec", "finalizers")
	}
}

// checkChange finds what is wrong with a new revision.
func (r *resource) checkChange(doc, old map[string]any) []fieldError {
	meta, oldMeta := mapAt(doc, "metadata"), mapAt(old, "metadata")
	errs := r.checkMetaFormat(meta)
	changed := checkMetaUpdate(meta, oldMeta)
	errs = append(errs, changed...)
	if !r.builtin {
		errs = append(errs, changed...)
	} else {
		// The server looks at metadata in several places, each of which finds
		// the same again.
		errs = slices.Concat(errs, changed, checkFormats(meta), checkFormats(meta), checkFormats(meta))
	}
	errs = append(errs, r.checkSpec(doc)...)
	return append(errs, r.checkSpecUpdate(doc, old)...)
}

// checkMetaFormat is checkMeta without the rule for names, which an existing
// object has passed or never had to.
func (r *resource) checkMetaFormat(meta map[string]any) []fieldError {
	return slices.DeleteFunc(r.checkMeta(meta), func(e fieldError) bool {
		return e.field == "metadata.name" || e.field == "metadata.generateName"
	})
}

// count raises the generation when the desired state changes.
func (r *resource) count(doc, old map[string]any) {
	if !r.generation {
		return
	}
	gen, _ := intAt(old, "metadata", "generation")
	if r.desiredChanged(doc, old) {
		gen++
	}
	put(doc, number(gen), "metadata", "generation")
}

func (r *resource) desiredChanged(doc, old map[string]any) bool {
	if r.builtin && r.Plural == "deployments" &&
		!equalOrEmpty(at(doc, "metadata", "annotations"), at(old, "metadata", "annotations")) {
		return true
	}
	for _, pair := range [][2]map[string]any{{doc, old}, {old, doc}} {
		for member, v := range pair[0] {
			switch {
			case member == "metadata", member == "kind", member == "apiVersion":
			case member == "status" && (r.Status || r.builtin):
			case !equalOrEmpty(v, pair[1][member]):
				return true
			}
		}
	}
	return false
}

// settle stores the new revision, unless nothing changed, or unless the object
// was only waiting for its last finalizer.
func (c *call) settle(doc map[string]any, rev *revision, ch change) (map[string]any, error) {
	r := c.res
	if gone := r.releasable(doc); gone {
		if !ch.opts.dryRun {
			c.srv.destroy(r, rev)
		}
		return doc, nil
	}
	stored := cloneMap(doc)
	if sameButForTimes(stored, rev.doc) {
		return r.dress(rev.doc), nil
	}
	if ch.opts.dryRun {
		return doc, nil
	}
	next := c.srv.store.write(r.table, stored)
	c.srv.afterWrite(r, next)
	return r.dress(next.doc), nil
}

// releasable is true for an object that is being deleted and that nothing holds
// any more.
func (r *resource) releasable(doc map[string]any) bool {
	meta := mapAt(doc, "metadata")
	if meta["deletionTimestamp"] == nil || len(listAt(meta, "finalizers")) > 0 {
		return false
	}
	if grace, _ := intAt(meta, "deletionGracePeriodSeconds"); grace > 0 {
		return false
	}
	return !(r.builtin && r.Plural == "namespaces" && len(listAt(doc, "spec", "finalizers")) > 0)
}

// sameButForTimes compares two states without the times in managedFields and
// without kind and apiVersion, which the table's other versions may differ in.
func sameButForTimes(a, b map[string]any) bool {
	return equal(bare(a), bare(b))
}

func bare(doc map[string]any) map[string]any {
	out := make(map[string]any, len(doc))
	for k, v := range doc {
		if k != "kind" && k != "apiVersion" {
			out[k] = v
		}
	}
	meta := make(map[string]any)
	for k, v := range mapAt(doc, "metadata") {
		meta[k] = v
	}
	if fields := listAt(meta, "managedFields"); fields != nil {
		meta["managedFields"] = withoutTimes(fields)
	}
	out["metadata"] = meta
	return out
}

func withoutTimes(fields []any) []any {
	out := make([]any, len(fields))
	for i, f := range fields {
		entry := map[string]any{}
		for k, v := range asMap(f) {
			if k != "time" {
				entry[k] = v
			}
		}
		out[i] = entry
	}
	return out
}
