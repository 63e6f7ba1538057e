package kubetest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const (
	labelFmt     = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
	subdomainFmt = labelFmt + `(\.` + labelFmt + ")*"
	keyFmt       = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
	valueFmt     = "(" + keyFmt + ")?"

	labelText     = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
	subdomainText = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
	keyText       = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
	valueText     = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
)

var (
	labelRE     = regexp.MustCompile("^" + labelFmt + "$")
	subdomainRE = regexp.MustCompile("^" + subdomainFmt + "$")
	keyRE       = regexp.MustCompile("^" + keyFmt + "$")
	valueRE     = regexp.MustCompile("^" + valueFmt + "$")
)

const (
	maxLabel       = 63
	maxSubdomain   = 253
	maxAnnotations = 256 << 10
)

func tooManyChars(n int) string { return fmt.Sprintf("must be no more than %d characters", n) }

func mismatch(text, format string, examples ...string) string {
	return fmt.Sprintf("%s (e.g. '%s', regex used for validation is '%s')", text, strings.Join(examples, "',  or '"), format)
}

// A prefix is the generateName: whatever follows makes its last hyphen legal.
func unprefixed(name string, prefix bool) string {
	if prefix && strings.HasSuffix(name, "-") && len(name) > 1 {
		return name[:len(name)-2] + "a"
	}
	return name
}

func subdomainName(name string, prefix bool) []string {
	return subdomainFaults(unprefixed(name, prefix))
}

func subdomainFaults(name string) (faults []string) {
	if len(name) > maxSubdomain {
		faults = append(faults, tooManyChars(maxSubdomain))
	}
	if !subdomainRE.MatchString(name) {
		faults = append(faults, mismatch(subdomainText, subdomainFmt, "example.com"))
	}
	return faults
}

func labelName(name string, prefix bool) (faults []string) {
	name = unprefixed(name, prefix)
	if len(name) > maxLabel {
		faults = append(faults, tooManyChars(maxLabel))
	}
	switch {
	case labelRE.MatchString(name):
	case subdomainRE.MatchString(name):
		faults = append(faults, "must not contain dots")
	default:
		faults = append(faults, mismatch(labelText, labelFmt, "my-name", "123-abc"))
	}
	return faults
}

// segmentName is the rule of kinds whose names must only fit into a path.
func segmentName(name string, prefix bool) (faults []string) {
	if !prefix && (name == "." || name == "..") {
		return []string{fmt.Sprintf("may not be '%s'", name)}
	}
	for _, c := range []string{"/", "%"} {
		if strings.Contains(name, c) {
			faults = append(faults, fmt.Sprintf("may not contain '%s'", c))
		}
	}
	return faults
}

// keyFaults checks a label key, annotation key or finalizer.
func keyFaults(key string) (faults []string) {
	prefix, name, found := strings.Cut(key, "/")
	switch {
	case strings.Contains(name, "/"):
		return []string{"a valid label key " + mismatch(keyText, keyFmt, "MyName", "my.name", "123-abc") +
			" with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"}
	case !found:
		name = key
	case prefix == "":
		faults = append(faults, "prefix part must be non-empty")
	default:
		for _, f := range subdomainFaults(prefix) {
			faults = append(faults, "prefix part "+f)
		}
	}
	if name == "" {
		faults = append(faults, "name part must be non-empty")
	} else if len(name) > maxLabel {
		faults = append(faults, "name part "+tooManyChars(maxLabel))
	}
	if !keyRE.MatchString(name) {
		faults = append(faults, "name part "+mismatch(keyText, keyFmt, "MyName", "my.name", "123-abc"))
	}
	return faults
}

func valueFaults(value string) (faults []string) {
	if len(value) > maxLabel {
		faults = append(faults, tooManyChars(maxLabel))
	}
	if !valueRE.MatchString(value) {
		faults = append(faults, mismatch(valueText, valueFmt, "MyValue", "my_value", "12345"))
	}
	return faults
}

// checkMeta finds what is wrong with an object's metadata.
func (r *resource) checkMeta(meta map[string]any) (errs []fieldError) {
	if gen := text(meta, "generateName"); gen != "" {
		for _, f := range r.nameRule(gen, true) {
			errs = append(errs, invalidValue("metadata.generateName", gen, f))
		}
	}
	name := text(meta, "name")
	if name == "" {
		errs = append(errs, requiredValue("metadata.name", "name or generateName is required"))
	} else {
		for _, f := range r.nameRule(name, false) {
			errs = append(errs, invalidValue("metadata.name", name, f))
		}
	}
	if ns := text(meta, "namespace"); r.Namespaced {
		for _, f := range labelName(ns, false) {
			errs = append(errs, invalidValue("metadata.namespace", ns, f))
		}
	}
	errs = append(errs, checkFormats(meta)...)
	errs = append(errs, checkFinalizers(listAt(meta, "finalizers"))...)
	if r.builtin {
		errs = append(errs, checkQualified("metadata.finalizers", listAt(meta, "finalizers"))...)
	}
	return errs
}

// checkFormats finds malformed labels, annotations and owners.
func checkFormats(meta map[string]any) []fieldError {
	return slices.Concat(
		checkLabels("metadata.labels", mapAt(meta, "labels")),
		checkAnnotations(mapAt(meta, "annotations")),
		checkOwners(listAt(meta, "ownerReferences")))
}

// checkQualified: on built-in kinds a finalizer names its owner's domain.
func checkQualified(field string, finalizers []any) (errs []fieldError) {
	for i, name := range stringsOf(finalizers) {
		switch {
		case strings.Contains(name, "/"), name == "kubernetes", name == orphanFinalizer, name == foregroundFinalizer:
		default:
			errs = append(errs, invalidValue(fmt.Sprintf("%s[%d]", field, i), name,
				"name is neither a standard finalizer name nor is it fully qualified"))
		}
	}
	return errs
}

func checkLabels(field string, labels map[string]any) (errs []fieldError) {
	for _, key := range memberOrder(labels, noRank) {
		for _, f := range keyFaults(key) {
			errs = append(errs, invalidValue(field, key, f))
		}
		value, _ := labels[key].(string)
		for _, f := range valueFaults(value) {
			errs = append(errs, invalidValue(field, value, f))
		}
	}
	return errs
}

func checkAnnotations(annotations map[string]any) (errs []fieldError) {
	size := 0
	for _, key := range memberOrder(annotations, noRank) {
		for _, f := range keyFaults(strings.ToLower(key)) {
			errs = append(errs, invalidValue("metadata.annotations", key, f))
		}
		value, _ := annotations[key].(string)
		size += len(key) + len(value)
	}
	if size > maxAnnotations {
		errs = append(errs, tooLong("metadata.annotations", maxAnnotations))
	}
	return errs
}

func checkOwners(owners []any) (errs []fieldError) {
	controller := ""
	for _, o := range owners {
		owner := asMap(o)
		version := text(owner, "apiVersion")
		if _, v := splitGroupVersion(version); v == "" {
			errs = append(errs, invalidValue("metadata.ownerReferences.apiVersion", version, "version must not be empty"))
		}
		for _, member := range []string{"kind", "name", "uid"} {
			if text(owner, member) == "" {
				errs = append(errs, invalidValue("metadata.ownerReferences."+member, "", "must not be empty"))
			}
		}
		if owner["controller"] != true {
			continue
		}
		this := text(owner, "kind") + "/" + text(owner, "name")
		if controller != "" {
			errs = append(errs, invalidValue("metadata.ownerReferences", owners, fmt.Sprintf(
				"Only one reference can have Controller set to true. Found \"true\" in references for %s and %s", controller, this)))
			continue
		}
		controller = this
	}
	return errs
}

const (
	orphanFinalizer     = "orphan"
	foregroundFinalizer = "foregroundDeletion"
)

func checkFinalizers(finalizers []any) (errs []fieldError) {
	names := stringsOf(finalizers)
	for _, name := range names {
		for _, f := range keyFaults(name) {
			errs = append(errs, invalidValue("metadata.finalizers", name, f))
		}
	}
	if slices.Contains(names, orphanFinalizer) && slices.Contains(names, foregroundFinalizer) {
		errs = append(errs, invalidValue("metadata.finalizers", finalizers,
			"finalizer orphan and foregroundDeletion cannot be both set"))
	}
	return errs
}

const immutable = "field is immutable"

// checkMetaUpdate finds what a new revision's metadata may not change.
func checkMetaUpdate(meta, old map[string]any) (errs []fieldError) {
	if old["deletionTimestamp"] != nil {
		errs = append(errs, checkNewFinalizers(listAt(meta, "finalizers"), listAt(old, "finalizers"))...)
	}
	for _, member := range []string{"name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"} {
		if !equalOrEmpty(meta[member], old[member]) {
			errs = append(errs, invalidValue("metadata."+member, meta[member], immutable))
		}
	}
	return errs
}

func checkNewFinalizers(now, old []any) []fieldError {
	had := stringsOf(old)
	var extra []string
	for _, name := range stringsOf(now) {
		if !slices.Contains(had, name) && !slices.Contains(extra, name) {
			extra = append(extra, name)
		}
	}
	if len(extra) == 0 {
		return nil
	}
	slices.Sort(extra)
	return []fieldError{forbiddenValue("metadata.finalizers",
		fmt.Sprintf("no new finalizers can be added if the object is being deleted, found new finalizers %#v", extra))}
}

// scalars are members that have the same Go type in every built-in kind that has
// them. They are those that people get wrong.
var scalars = []struct{ parent, member, goType, jsonKind string }{
	{"spec", "replicas", "int32", "number"},
	{"spec", "minReadySeconds", "int32", "number"},
	{"spec", "paused", "bool", "bool"},
	{"spec", "suspend", "bool", "bool"},
	{"spec", "unschedulable", "bool", "bool"},
	{"spec", "nodeName", "string", "string"},
	{"", "immutable", "bool", "bool"},
	{"", "type", "string", "string"},
}

func (r *resource) checkScalars(doc map[string]any) error {
	if !r.builtin {
		return nil
	}
	for _, s := range scalars {
		in, owner := doc, r.Kind+"."
		if s.parent != "" {
			in, owner = mapAt(doc, s.parent), r.Kind+"Spec."+s.parent+"."
		}
		if v := in[s.member]; v != nil && jsonKind(v) != s.jsonKind {
			return fmt.Errorf("json: cannot unmarshal %s into Go struct field %s%s of type %s", jsonKind(v), owner, s.member, s.goType)
		}
	}
	return nil
}

// checkTypes refuses metadata and well-known members of a wrong JSON type, which
// a typed server cannot decode. It returns Go's words for it, as the server does.
func (r *resource) checkTypes(doc map[string]any) error {
	for _, member := range [][2]string{{"metadata", "v1.ObjectMeta"}, {"spec", r.goType() + "Spec"}, {"status", r.goType() + "Status"}} {
		if v, ok := doc[member[0]]; ok && v != nil && asMap(v) == nil && (r.builtin || member[0] == "metadata") {
			return fmt.Errorf("json: cannot unmarshal %s into Go struct field %s.%s of type %s", jsonKind(v), r.Kind, member[0], member[1])
		}
	}
	if err := r.checkScalars(doc); err != nil {
		return err
	}
	meta := mapAt(doc, "metadata")
	for _, member := range []string{"name", "generateName", "namespace", "uid", "resourceVersion"} {
		if v, ok := meta[member]; ok && v != nil {
			if _, ok := v.(string); !ok {
				return fmt.Errorf("json: cannot unmarshal %s into Go struct field ObjectMeta.metadata.%s of type string", jsonKind(v), member)
			}
		}
	}
	for _, member := range []string{"labels", "annotations"} {
		field := ".metadata." + member
		if !r.builtin {
			field = "." + member // their metadata is decoded on its own
		}
		if err := checkStringMap(meta[member], field); err != nil {
			return err
		}
	}
	for _, member := range []string{"finalizers", "ownerReferences", "managedFields"} {
		if v := meta[member]; v != nil {
			if _, ok := v.([]any); !ok {
				return fmt.Errorf("json: cannot unmarshal %s into Go struct field ObjectMeta.metadata.%s of type []%s", jsonKind(v), member, "string")
			}
		}
	}
	return nil
}

func checkStringMap(v any, field string) error {
	if v == nil {
		return nil
	}
	m := asMap(v)
	if m == nil {
		return fmt.Errorf("json: cannot unmarshal %s into Go struct field ObjectMeta%s of type map[string]string", jsonKind(v), field)
	}
	for _, value := range m {
		if _, ok := value.(string); !ok && value != nil {
			return fmt.Errorf("json: cannot unmarshal %s into Go struct field ObjectMeta%s of type string", jsonKind(value), field)
		}
	}
	return nil
}
