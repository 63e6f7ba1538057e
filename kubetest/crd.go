package kubetest

import (
	"slices"
)

const crdCleanup = "customresourcecleanup.apiextensions.k8s.io"

func isCRD(r *resource) bool { return r.builtin && r.Group == "apiextensions.k8s.io" }

// holdCRD keeps a definition that is deleted until its objects are gone.
func holdCRD(r *resource, doc map[string]any) {
	if !isCRD(r) {
		return
	}
	names := stringsOf(listAt(doc, "metadata", "finalizers"))
	if !slices.Contains(names, crdCleanup) {
		put(doc, anyStrings(append(names, crdCleanup)), "metadata", "finalizers")
	}
}

func terminateCRD(doc map[string]any, now string) {
	conditions := listAt(doc, "status", "conditions")
	if slices.ContainsFunc(conditions, func(c any) bool { return text(asMap(c), "type") == "Terminating" }) {
		return
	}
	put(doc, append(slices.Clone(conditions), condition("Terminating", "InstanceDeletionPending",
		"CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon", now)), "status", "conditions")
}

// firstCRDStatus is what a new definition shows before its names were accepted.
func firstCRDStatus(doc map[string]any) map[string]any {
	var stored []any
	for _, v := range listAt(doc, "spec", "versions") {
		if v := asMap(v); v["storage"] == true {
			stored = append(stored, text(v, "name"))
		}
	}
	return map[string]any{
		"acceptedNames":  map[string]any{"kind": "", "plural": ""},
		"conditions":     nil,
		"storedVersions": stored,
	}
}

// offerCRD serves what a definition declares and writes into its status that it
// does. The caller holds the lock.
func (s *Server) offerCRD(r *resource, rev *revision) {
	if text(rev.doc, "metadata", "deletionTimestamp") != "" {
		s.removeCustom(r, rev)
		return
	}
	prev := r.table.log[len(r.table.log)-1].prev
	if prev == nil || !equal(prev.doc["spec"], rev.doc["spec"]) {
		s.serveCRD(rev.doc)
		s.restartCustom(rev.doc, prev)
	}
	doc := cloneMap(rev.doc)
	put(doc, clone(at(doc, "spec", "names")), "status", "acceptedNames")
	if len(listAt(doc, "status", "conditions")) == 0 {
		now := timestamp(s.now())
		put(doc, []any{
			condition("NamesAccepted", "NoConflicts", "no conflicts found", now),
			condition("Established", "InitialNamesAccepted", "the initial names have been accepted", now),
		}, "status", "conditions")
	}
	if !sameButForTimes(doc, rev.doc) {
		s.store.write(r.table, doc)
	}
}

// restartCustom is what a changed definition does to its kind: the server starts
// anew with it, so that watches end and older versions are forgotten.
func (s *Server) restartCustom(doc map[string]any, prev *revision) {
	if prev != nil {
		s.store.tableOf(text(doc, "spec", "group"), text(doc, "spec", "names", "plural")).restart(s.store.version)
	}
}

func condition(kind, reason, message, now string) map[string]any {
	return map[string]any{
		"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now,
	}
}

// serveCRD registers every served version and drops those that are no longer.
func (s *Server) serveCRD(doc map[string]any) {
	spec := mapAt(doc, "spec")
	group, plural := text(spec, "group"), text(spec, "names", "plural")
	var served []string
	for _, v := range listAt(spec, "versions") {
		v := asMap(v)
		if v["served"] == false {
			continue
		}
		served = append(served, text(v, "name"))
		r := resource{Resource: customResource(spec, v), manners: customManners()}
		r.fields = selectableFields(v)
		r.printed = customColumns(v)
		r.table = s.store.tableOf(group, plural)
		s.store.kinds.add(&r)
	}
	for _, r := range slices.Clone(s.store.kinds.order) {
		if r.Group == group && r.Plural == plural && !slices.Contains(served, r.Version) {
			s.store.kinds.drop(pathKey(group, r.Version, plural))
		}
	}
}

func customResource(spec, version map[string]any) Resource {
	names := mapAt(spec, "names")
	r := Resource{
		Group: text(spec, "group"), Version: text(version, "name"),
		Plural: text(names, "plural"), Kind: text(names, "kind"),
		Singular: text(names, "singular"), ListKind: text(names, "listKind"),
		ShortNames: stringsOf(listAt(names, "shortNames")),
		Categories: stringsOf(listAt(names, "categories")),
		Namespaced: text(spec, "scope") == "Namespaced",
		Status:     at(version, "subresources", "status") != nil,
	}
	if scale := mapAt(version, "subresources", "scale"); scale != nil {
		r.Scale = &Scale{
			SpecReplicas:   text(scale, "specReplicasPath"),
			StatusReplicas: text(scale, "statusReplicasPath"),
			Selector:       text(scale, "labelSelectorPath"),
		}
	}
	return r.complete()
}

func selectableFields(version map[string]any) []string {
	fields := []string{}
	for _, f := range listAt(version, "selectableFields") {
		if path := text(asMap(f), "jsonPath"); len(path) > 1 {
			fields = append(fields, path[1:])
		}
	}
	return fields
}

// withdrawCRD stops serving a definition's kind and removes its objects.
func (s *Server) withdrawCRD(doc map[string]any) {
	spec := mapAt(doc, "spec")
	group, plural := text(spec, "group"), text(spec, "names", "plural")
	for _, r := range slices.Clone(s.store.kinds.order) {
		if r.Group == group && r.Plural == plural && !r.builtin {
			s.eraseAll(r)
			s.store.kinds.drop(pathKey(group, r.Version, plural))
			r.table.close()
			delete(s.store.tables, group+"/"+plural)
		}
	}
}

func (s *Server) eraseAll(r *resource) {
	for _, item := range slices.Clone(r.table.items) {
		s.store.erase(r.table, item.key)
	}
}

// removeCustom deletes a definition's objects, and then the definition, when
// only the server's own finalizer holds it.
func (s *Server) removeCustom(r *resource, rev *revision) {
	names := stringsOf(listAt(rev.doc, "metadata", "finalizers"))
	if len(names) > 0 && !slices.Equal(names, []string{crdCleanup}) {
		return
	}
	s.withdrawCRD(rev.doc)
	s.store.erase(r.table, rev.key)
}
