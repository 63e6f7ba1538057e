package kubetest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// checkSpec finds the mistakes in a spec that people make: members left out,
// selectors that miss their own pods. It is far from all that a real server
// checks.
func (r *resource) checkSpec(doc map[string]any) []fieldError {
	if !r.builtin {
		return nil
	}
	switch r.Group + "/" + r.Plural {
	case "/pods":
		return checkPodSpec("spec", mapAt(doc, "spec"))
	case "/services":
		return checkService(mapAt(doc, "spec"))
	case "/secrets", "/configmaps":
		return r.checkKeys(doc)
	case "/replicationcontrollers":
		return checkController(mapAt(doc, "spec"))
	case "apps/deployments", "apps/replicasets", "apps/statefulsets", "apps/daemonsets":
		return checkWorkload(r.Plural, mapAt(doc, "spec"))
	case "batch/jobs":
		return checkJob("spec", mapAt(doc, "spec"))
	case "batch/cronjobs":
		return checkCronJob(mapAt(doc, "spec"))
	case "apiextensions.k8s.io/customresourcedefinitions":
		return checkCRD(doc)
	}
	return nil
}

func checkPodSpec(field string, spec map[string]any) (errs []fieldError) {
	containers := listAt(spec, "containers")
	if len(containers) == 0 {
		errs = append(errs, requiredValue(field+".containers", ""))
	}
	seen := map[string]bool{}
	for i, c := range containers {
		errs = append(errs, checkContainer(fmt.Sprintf("%s.containers[%d]", field, i), asMap(c), seen)...)
	}
	for i, c := range listAt(spec, "initContainers") {
		errs = append(errs, checkContainer(fmt.Sprintf("%s.initContainers[%d]", field, i), asMap(c), seen)...)
	}
	if policy := text(spec, "restartPolicy"); policy != "" && policy != "Always" && policy != "OnFailure" && policy != "Never" {
		errs = append(errs, unsupportedValue(field+".restartPolicy", policy, "Always", "OnFailure", "Never"))
	}
	return errs
}

func checkContainer(field string, c map[string]any, seen map[string]bool) (errs []fieldError) {
	name := text(c, "name")
	switch {
	case name == "":
		errs = append(errs, requiredValue(field+".name", ""))
	case seen[name]:
		errs = append(errs, duplicateValue(field+".name", name))
	default:
		for _, f := range labelName(name, false) {
			errs = append(errs, invalidValue(field+".name", name, f))
		}
	}
	seen[name] = true
	if text(c, "image") == "" {
		errs = append(errs, requiredValue(field+".image", ""))
	}
	for _, list := range []string{"limits", "requests"} {
		m := mapAt(c, "resources", list)
		for _, name := range memberOrder(m, noRank) {
			if q, _ := m[name].(string); strings.HasPrefix(q, "-") {
				errs = append(errs, invalidValue(fmt.Sprintf("%s.resources.%s[%s]", field, list, name), q, "must be greater than or equal to 0"))
			}
		}
	}
	for i, p := range listAt(c, "ports") {
		port, ok := intAt(asMap(p), "containerPort")
		at := fmt.Sprintf("%s.ports[%d].containerPort", field, i)
		switch {
		case !ok || port == 0:
			errs = append(errs, requiredValue(at, ""))
		case port < 1 || port > 65535:
			errs = append(errs, invalidValue(at, number(port), "must be between 1 and 65535, inclusive"))
		}
	}
	return errs
}

func checkService(spec map[string]any) (errs []fieldError) {
	kind := text(spec, "type")
	ports := listAt(spec, "ports")
	if len(ports) == 0 && text(spec, "clusterIP") != "None" && kind != "ExternalName" {
		errs = append(errs, requiredValue("spec.ports", ""))
	}
	for i, p := range ports {
		port, _ := intAt(asMap(p), "port")
		if port < 1 || port > 65535 {
			errs = append(errs, invalidValue(fmt.Sprintf("spec.ports[%d].port", i), number(port), "must be between 1 and 65535, inclusive"))
		}
		if target, ok := intAt(asMap(p), "targetPort"); ok && (target < 1 || target > 65535) {
			errs = append(errs, invalidValue(fmt.Sprintf("spec.ports[%d].targetPort", i), number(target), "must be between 1 and 65535, inclusive"))
		}
		if len(ports) > 1 && text(asMap(p), "name") == "" {
			errs = append(errs, requiredValue(fmt.Sprintf("spec.ports[%d].name", i), ""))
		}
	}
	switch kind {
	case "ClusterIP", "NodePort", "LoadBalancer", "ExternalName":
	default:
		errs = append(errs, unsupportedValue("spec.type", kind, "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"))
	}
	return append(errs, checkLabels("spec.selector", mapAt(spec, "selector"))...)
}

var configKey = regexp.MustCompile(`^[-._a-zA-Z0-9]+$`)

// secretKeys are what a Secret of a known type must hold.
var secretKeys = map[string][]string{
	"kubernetes.io/tls":              {"tls.crt", "tls.key"},
	"kubernetes.io/dockercfg":        {".dockercfg"},
	"kubernetes.io/dockerconfigjson": {".dockerconfigjson"},
	"kubernetes.io/ssh-auth":         {"ssh-privatekey"},
}

func (r *resource) checkKeys(doc map[string]any) (errs []fieldError) {
	if r.Plural == "secrets" {
		for _, key := range secretKeys[text(doc, "type")] {
			if _, ok := mapAt(doc, "data")[key]; !ok {
				errs = append(errs, requiredValue("data["+key+"]", ""))
			}
		}
	}
	for _, member := range []string{"data", "binaryData"} {
		m := mapAt(doc, member)
		for _, key := range memberOrder(m, noRank) {
			if len(key) > maxSubdomain {
				errs = append(errs, invalidValue(member+"["+key+"]", key, tooManyChars(maxSubdomain)))
			}
			if !configKey.MatchString(key) {
				errs = append(errs, invalidValue(member+"["+key+"]", key, fmt.Sprintf(
					"a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '%s')", `[-._a-zA-Z0-9]+`)))
			}
		}
	}
	return errs
}

func checkController(spec map[string]any) (errs []fieldError) {
	selector := mapAt(spec, "selector")
	if len(selector) == 0 {
		errs = append(errs, requiredValue("spec.selector", ""))
	}
	errs = append(errs, checkReplicas(spec)...)
	if mapAt(spec, "template") == nil {
		return append(errs, requiredValue("spec.template", ""))
	}
	labels := mapAt(spec, "template", "metadata", "labels")
	if len(selector) > 0 && !covers(selector, labels) {
		errs = append(errs, invalidValue("spec.template.metadata.labels", orNull(labels), "`selector` does not match template `labels`"))
	}
	return append(errs, checkTemplate("spec", spec)...)
}

// orNull shows a missing map as the server's texts do.
func orNull(m map[string]any) any {
	if m == nil {
		return nil
	}
	return m
}

func covers(selector, labels map[string]any) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return true
}

func checkReplicas(spec map[string]any) []fieldError {
	if n, ok := intAt(spec, "replicas"); ok && n < 0 {
		return []fieldError{invalidValue("spec.replicas", number(n), "must be greater than or equal to 0")}
	}
	return nil
}

func checkWorkload(plural string, spec map[string]any) (errs []fieldError) {
	errs = append(errs, checkReplicas(spec)...)
	selector := mapAt(spec, "selector")
	labels := mapAt(spec, "template", "metadata", "labels")
	switch {
	case selector == nil && plural == "daemonsets":
	case selector == nil:
		errs = append(errs, requiredValue("spec.selector", ""))
	case len(selector) == 0:
		errs = append(errs, invalidValue("spec.selector", map[string]any{}, "empty selector is invalid for "+strings.TrimSuffix(plural, "s")))
	}
	if selector == nil || !selectorMatches(selector, labels) {
		errs = append(errs, invalidValue("spec.template.metadata.labels", orNull(labels), "`selector` does not match template `labels`"))
	}
	return append(errs, checkTemplate("spec", spec)...)
}

// checkJob: the pods of a Job must come to an end.
func checkJob(field string, spec map[string]any) []fieldError {
	errs := checkTemplate(field, spec)
	switch policy := text(spec, "template", "spec", "restartPolicy"); policy {
	case "OnFailure", "Never":
	case "Always", "":
		errs = append(errs, requiredValue(field+".template.spec.restartPolicy", `valid values: "OnFailure", "Never"`))
	}
	return errs
}

func checkCronJob(spec map[string]any) (errs []fieldError) {
	if text(spec, "schedule") == "" {
		errs = append(errs, requiredValue("spec.schedule", ""))
	}
	return append(errs, checkJob("spec.jobTemplate.spec", mapAt(spec, "jobTemplate", "spec"))...)
}

func checkTemplate(field string, spec map[string]any) []fieldError {
	return checkPodSpec(field+".template.spec", mapAt(spec, "template", "spec"))
}

// selectorMatches evaluates a label selector in its document form.
func selectorMatches(selector, labels map[string]any) bool {
	if !covers(mapAt(selector, "matchLabels"), labels) {
		return false
	}
	for _, e := range listAt(selector, "matchExpressions") {
		if !expressionMatches(asMap(e), labels) {
			return false
		}
	}
	return true
}

func expressionMatches(e, labels map[string]any) bool {
	value, has := labels[text(e, "key")]
	in := false
	for _, v := range listAt(e, "values") {
		in = in || has && v == value
	}
	switch text(e, "operator") {
	case "In":
		return in
	case "NotIn":
		return !in
	case "Exists":
		return has
	case "DoesNotExist":
		return !has
	}
	return false
}

// selectorText writes a label selector in its query form.
func selectorText(v any) string {
	m := asMap(v)
	if m == nil {
		s, _ := v.(string)
		return s
	}
	labels, expressions := mapAt(m, "matchLabels"), listAt(m, "matchExpressions")
	if labels == nil && expressions == nil {
		labels = m
	}
	var terms []string
	for _, k := range memberOrder(labels, noRank) {
		terms = append(terms, fmt.Sprintf("%s=%v", k, labels[k]))
	}
	for _, e := range expressions {
		terms = append(terms, expressionText(asMap(e)))
	}
	return strings.Join(terms, ",")
}

func expressionText(e map[string]any) string {
	key, values := text(e, "key"), strings.Join(stringsOf(listAt(e, "values")), ",")
	switch text(e, "operator") {
	case "In":
		return key + " in (" + values + ")"
	case "NotIn":
		return key + " notin (" + values + ")"
	case "DoesNotExist":
		return "!" + key
	}
	return key
}

func checkCRD(doc map[string]any) (errs []fieldError) {
	spec := mapAt(doc, "spec")
	want := text(spec, "names", "plural") + "." + text(spec, "group")
	if name := text(doc, "metadata", "name"); name != want {
		errs = append(errs, invalidValue("metadata.name", name, `must be spec.names.plural+"."+spec.group`))
	}
	for _, member := range []string{"plural", "kind"} {
		if text(spec, "names", member) == "" {
			errs = append(errs, requiredValue("spec.names."+member, ""))
		}
	}
	if text(spec, "group") == "" {
		errs = append(errs, requiredValue("spec.group", ""))
	}
	if scope := text(spec, "scope"); scope != "Namespaced" && scope != "Cluster" {
		if scope == "" {
			errs = append(errs, requiredValue("spec.scope", ""))
		} else {
			errs = append(errs, unsupportedValue("spec.scope", scope, "Cluster", "Namespaced"))
		}
	}
	if len(listAt(spec, "versions")) == 0 {
		errs = append(errs, requiredValue("spec.versions", ""))
	}
	return errs
}

// checkSpecUpdate finds changes that a kind does not allow.
func (r *resource) checkSpecUpdate(doc, old map[string]any) []fieldError {
	if !r.builtin {
		return nil
	}
	switch r.Group + "/" + r.Plural {
	case "/pods":
		return checkPodUpdate(doc, old)
	case "/services":
		return checkServiceUpdate(doc, old)
	case "/namespaces":
		return checkPhase(doc)
	case "/secrets", "/configmaps":
		return r.checkFrozen(doc, old)
	case "apps/deployments", "apps/replicasets", "apps/statefulsets", "apps/daemonsets":
		if now := at(doc, "spec", "selector"); !equal(now, at(old, "spec", "selector")) {
			return []fieldError{invalidValue("spec.selector", typedSelector(now), immutable)}
		}
	case "rbac.authorization.k8s.io/rolebindings", "rbac.authorization.k8s.io/clusterrolebindings":
		if !equal(doc["roleRef"], old["roleRef"]) {
			return []fieldError{invalidValue("roleRef", map[string]any{
				"APIGroup": text(doc, "roleRef", "apiGroup"), "Kind": text(doc, "roleRef", "kind"), "Name": text(doc, "roleRef", "name"),
			}, "cannot change roleRef")}
		}
	}
	return nil
}

// checkServiceUpdate: a service keeps its address while its type needs one.
func checkServiceUpdate(doc, old map[string]any) []fieldError {
	now, was := listAt(doc, "spec", "clusterIPs"), listAt(old, "spec", "clusterIPs")
	if text(doc, "spec", "type") == "ExternalName" || len(now) == 0 || len(was) == 0 || now[0] == was[0] {
		return nil
	}
	return []fieldError{invalidValue("spec.clusterIPs[0]", now, "may not change once set")}
}

// checkPhase: a namespace's phase follows from whether it is being deleted.
func checkPhase(doc map[string]any) []fieldError {
	phase := text(doc, "status", "phase")
	switch deleting := text(doc, "metadata", "deletionTimestamp") != ""; {
	case !deleting && phase != "Active":
		return []fieldError{invalidValue("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty")}
	case deleting && phase != "Terminating":
		return []fieldError{invalidValue("status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")}
	}
	return nil
}

func typedSelector(v any) any {
	if m := asMap(v); m != nil {
		return m
	}
	return nil
}

// checkFrozen guards what "immutable: true" freezes.
func (r *resource) checkFrozen(doc, old map[string]any) (errs []fieldError) {
	if r.Plural == "secrets" && text(doc, "type") != text(old, "type") {
		errs = append(errs, invalidValue("type", text(doc, "type"), immutable))
	}
	if old["immutable"] != true {
		return errs
	}
	if doc["immutable"] != true {
		errs = append(errs, forbiddenValue("immutable", "field is immutable when `immutable` is set"))
	}
	for _, member := range []string{"data", "binaryData"} {
		if !equalOrEmpty(doc[member], old[member]) {
			errs = append(errs, forbiddenValue(member, "field is immutable when `immutable` is set"))
		}
	}
	return errs
}

const podFrozen = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`," +
	"`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations)," +
	"`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"

// checkPodUpdate: most of a pod's spec is fixed when it is created.
func checkPodUpdate(doc, old map[string]any) []fieldError {
	for _, member := range []string{"containers", "initContainers"} {
		if len(listAt(doc, "spec", member)) != len(listAt(old, "spec", member)) {
			return []fieldError{forbiddenValue("spec."+member, "pod updates may not add or remove containers")}
		}
	}
	now, was := movable(mapAt(doc, "spec")), movable(mapAt(old, "spec"))
	if equal(now, was) {
		return nil
	}
	return []fieldError{forbiddenValue("spec", podFrozen)}
}

// movable is a pod's spec without what may change.
func movable(spec map[string]any) map[string]any {
	spec = cloneMap(spec)
	for _, member := range []string{"containers", "initContainers"} {
		for _, c := range listAt(spec, member) {
			delete(asMap(c), "image")
		}
	}
	delete(spec, "activeDeadlineSeconds")
	delete(spec, "tolerations")
	return spec
}

// digits reads a number or numeric text.
func digits(v any) int64 {
	switch v := v.(type) {
	case json.Number:
		n, _ := strconv.ParseInt(v.String(), 10, 64)
		return n
	case string:
		n, _ := strconv.ParseInt(v, 10, 64)
		return n
	}
	return 0
}
