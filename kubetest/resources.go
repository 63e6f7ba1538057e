package kubetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Resource describes a kind that the server serves under one group and version.
// The same Group and Plural under another Version is another view of the same
// objects.
type Resource struct {
	Group   string // empty for the core group
	Version string
	Plural  string // the name in paths: "widgets"
	Kind    string

	Singular   string   // the lower-case kind when empty
	ListKind   string   // Kind + "List" when empty
	ShortNames []string // as kubectl takes them
	Categories []string // such as "all"

	Namespaced bool
	Status     bool   // has a status subresource
	Scale      *Scale // has a scale subresource
}

// Scale says where a kind keeps what its scale subresource shows. The paths are
// in dot notation, as in a CustomResourceDefinition.
type Scale struct {
	SpecReplicas   string // such as ".spec.replicas"
	StatusReplicas string // such as ".status.replicas"
	Selector       string // such as ".status.selector"; may be empty
}

// resource is a served Resource with its objects and its manners.
type resource struct {
	Resource
	manners
	table   *table
	printed []column // the table's columns that a definition declares
}

// manners are the ways in which the server treats one kind unlike another.
type manners struct {
	builtin     bool // a kind with a Go type in the server, not a custom one
	generation  bool // metadata.generation counts changes of the spec
	conditional bool // a PUT must name the version that it replaces
	createOnPut bool // a PUT of a missing object creates it
	showDeleted bool // DELETE answers with the object, not with a Status
	graceful    bool // deletion waits for a grace period
	orphan      bool // dependents are orphaned unless the client says otherwise
	noFinalizer bool // propagation policies leave no finalizer
	noBulk      bool // no deletecollection
	nameRule    func(name string, prefix bool) []string
	// fields are the field selectors beyond metadata.name and
	// metadata.namespace; nil means that the kind has only those.
	fields []string
	// refuse renders the text for a field selector that the kind has not.
	refuse func(field string) string
}

func (r *resource) apiVersion() string { return groupVersion(r.Group, r.Version) }

func groupVersion(group, version string) string {
	if group == "" {
		return version
	}
	return group + "/" + version
}

func splitGroupVersion(apiVersion string) (group, version string) {
	if i := strings.IndexByte(apiVersion, '/'); i >= 0 {
		return apiVersion[:i], apiVersion[i+1:]
	}
	return "", apiVersion
}

// complete fills in what follows from the kind's name.
func (r Resource) complete() Resource {
	r.Singular = cmp.Or(r.Singular, strings.ToLower(r.Kind))
	r.ListKind = cmp.Or(r.ListKind, r.Kind+"List")
	return r
}

func (r Resource) check() error {
	if r.Version == "" || r.Plural == "" || r.Kind == "" {
		return fmt.Errorf("kubetest: resource %q in %q needs a version, a plural and a kind", r.Plural, groupVersion(r.Group, r.Version))
	}
	return nil
}

// replicas is where the built-in workloads keep their scale.
func replicas(selector string) *Scale {
	return &Scale{SpecReplicas: ".spec.replicas", StatusReplicas: ".status.replicas", Selector: selector}
}

// builtins returns the kinds that every server has. It is written down here and
// not shared with the client under test, so that a mistake in the client's own
// table shows.
func builtins() []resource {
	all := []string{"all"}
	rs := []resource{
		core("nodes", "Node").short("no").cluster().status().selects(unsupportedField, "spec.unschedulable"),
		core("namespaces", "Namespace").short("ns").cluster().status().shows().selects(unsupportedField, "status.phase").
			with(func(m *manners) { m.nameRule = labelName; m.noBulk = true }),
		core("pods", "Pod").short("po").in(all).status().counts().shows().selects(unsupportedField,
			"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
			"status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName").
			with(func(m *manners) { m.graceful = true }),
		core("services", "Service").short("svc").in(all).status().shows().selects(unsupportedField, "spec.clusterIP", "spec.type").
			with(func(m *manners) { m.nameRule = labelName; m.createOnPut = true }),
		core("secrets", "Secret").selects(unsupportedField, "type"),
		core("configmaps", "ConfigMap").short("cm"),
		core("replicationcontrollers", "ReplicationController").short("rc").in(all).status().counts().
			selects(unsupportedField, "status.replicas").scales(".spec.selector").orphans(),
		core("endpoints", "Endpoints").short("ep").with(func(m *manners) { m.createOnPut = true }),
		core("events", "Event").short("ev").selects(unsupportedField,
			"involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
			"involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath",
			"reason", "reportingComponent", "source", "type").
			with(func(m *manners) { m.createOnPut = true; m.noFinalizer = true }),
		core("serviceaccounts", "ServiceAccount").short("sa").shows(),
		core("persistentvolumes", "PersistentVolume").short("pv").cluster().status().shows(),
		core("persistentvolumeclaims", "PersistentVolumeClaim").short("pvc").status().shows(),
		core("limitranges", "LimitRange").short("limits").with(func(m *manners) { m.createOnPut = true }),
		core("resourcequotas", "ResourceQuota").short("quota").status().shows(),
		core("podtemplates", "PodTemplate").counts().shows(),

		builtin("apps", "v1", "deployments", "Deployment").short("deploy").in(all).status().counts().scales(".spec.selector"),
		builtin("apps", "v1", "replicasets", "ReplicaSet").short("rs").in(all).status().counts().scales(".spec.selector"),
		builtin("apps", "v1", "daemonsets", "DaemonSet").short("ds").in(all).status().counts(),
		builtin("apps", "v1", "statefulsets", "StatefulSet").short("sts").in(all).status().counts().scales(".spec.selector").
			with(func(m *manners) { m.nameRule = labelName }),
		builtin("apps", "v1", "controllerrevisions", "ControllerRevision"),

		builtin("batch", "v1", "jobs", "Job").in(all).status().counts().selects(unsupportedForJob, "status.successful").orphans(),
		builtin("batch", "v1", "cronjobs", "CronJob").short("cj").in(all).status().counts(),

		builtin("networking.k8s.io", "v1", "ingresses", "Ingress").short("ing").status().counts(),
		builtin("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy").short("netpol").counts(),
		builtin("networking.k8s.io", "v1", "ingressclasses", "IngressClass").cluster().counts(),

		builtin("rbac.authorization.k8s.io", "v1", "roles", "Role").rbac(),
		builtin("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding").rbac(),
		builtin("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole").cluster().rbac(),
		builtin("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding").cluster().rbac(),

		builtin("storage.k8s.io", "v1", "storageclasses", "StorageClass").short("sc").cluster().shows(),
		builtin("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget").short("pdb").status().counts().
			with(func(m *manners) { m.conditional = true }),
		builtin("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler").short("hpa").in(all).status(),
		builtin("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice").counts(),
		builtin("coordination.k8s.io", "v1", "leases", "Lease").
			with(func(m *manners) { m.conditional = true; m.createOnPut = true }),
		builtin("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass").short("pc").cluster().counts(),
		builtin("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition").
			short("crd", "crds").in([]string{"api-extensions"}).cluster().status().counts().
			with(func(m *manners) { m.conditional = true }),
	}
	for i := range rs {
		rs[i].Resource = rs[i].Resource.complete()
	}
	return rs
}

func core(plural, kind string) resource { return builtin("", "v1", plural, kind) }

func builtin(group, version, plural, kind string) resource {
	return resource{
		Resource: Resource{Group: group, Version: version, Plural: plural, Kind: kind, Namespaced: true},
		manners:  manners{builtin: true, nameRule: subdomainName, refuse: unknownField},
	}
}

// customManners are those of every kind that the server has no Go type for.
func customManners() manners {
	return manners{generation: true, conditional: true, nameRule: subdomainName, refuse: unsupportedField}
}

func (r resource) short(names ...string) resource { r.ShortNames = names; return r }
func (r resource) in(cats []string) resource      { r.Categories = cats; return r }
func (r resource) cluster() resource              { r.Namespaced = false; return r }
func (r resource) status() resource               { r.Status = true; return r }
func (r resource) counts() resource               { r.generation = true; return r }
func (r resource) shows() resource                { r.showDeleted = true; return r }
func (r resource) scales(sel string) resource     { r.Scale = replicas(sel); return r }

func (r resource) orphans() resource { r.orphan = true; return r }

func (r resource) rbac() resource {
	r.createOnPut = true
	r.nameRule = segmentName
	return r
}

func (r resource) selects(refuse func(string) string, fields ...string) resource {
	r.fields, r.refuse = fields, refuse
	return r
}

func (r resource) with(change func(*manners)) resource {
	change(&r.manners)
	return r
}

func unsupportedField(field string) string { return "field label not supported: " + field }

func unsupportedForJob(field string) string {
	return fmt.Sprintf("field label %q not supported for Job", field)
}

// unknownField is the text of the kinds that have no selectable fields of their
// own.
func unknownField(field string) string {
	return fmt.Sprintf("%q is not a known field selector: only %q, %q", field, "metadata.name", "metadata.namespace")
}

// registry is the set of served kinds. The store's lock guards it.
type registry struct {
	byPath map[string]*resource // "apps/v1/deployments", "/v1/pods"
	order  []*resource          // as discovery lists them
}

func newRegistry() *registry { return &registry{byPath: map[string]*resource{}} }

func pathKey(group, version, plural string) string { return group + "/" + version + "/" + plural }

// add serves a kind, in place of what was served under the same path.
func (g *registry) add(r *resource) {
	key := pathKey(r.Group, r.Version, r.Plural)
	g.drop(key)
	g.byPath[key] = r
	g.order = append(g.order, r)
}

func (g *registry) drop(key string) {
	if old := g.byPath[key]; old != nil {
		delete(g.byPath, key)
		g.order = slices.DeleteFunc(slices.Clone(g.order), func(r *resource) bool { return r == old })
	}
}

func (g *registry) find(group, version, plural string) *resource {
	return g.byPath[pathKey(group, version, plural)]
}

// kind finds the resource of a document.
func (g *registry) kind(apiVersion, kind string) *resource {
	for _, r := range g.order {
		if r.Kind == kind && r.apiVersion() == apiVersion {
			return r
		}
	}
	return nil
}

// named finds a resource as a person names it: plural, singular, short name or
// kind, alone, with a group ("deployments.apps"), or with version and group
// ("deployments.v1.apps").
func (g *registry) named(name string) *resource {
	word, rest, _ := strings.Cut(strings.ToLower(name), ".")
	for _, r := range g.order {
		if !r.called(word) {
			continue
		}
		if rest == "" || rest == r.Group || rest == strings.TrimSuffix(r.Version+"."+r.Group, ".") {
			return r
		}
	}
	return nil
}

func (r *resource) called(word string) bool {
	return word == r.Plural || word == r.Singular || word == strings.ToLower(r.Kind) || slices.Contains(r.ShortNames, word)
}

// serves says whether any resource lives in the group and version.
func (g *registry) serves(group, version string) bool {
	return slices.ContainsFunc(g.order, func(r *resource) bool { return r.Group == group && r.Version == version })
}

// versions lists a group's versions, the most stable and newest first.
func (g *registry) versions(group string) []string {
	var vs []string
	for _, r := range g.order {
		if r.Group == group && !slices.Contains(vs, r.Version) {
			vs = append(vs, r.Version)
		}
	}
	slices.SortStableFunc(vs, compareVersions)
	return vs
}

// groups lists the named groups in the order of their first resource.
func (g *registry) groups() []string {
	var gs []string
	for _, r := range g.order {
		if r.Group != "" && !slices.Contains(gs, r.Group) {
			gs = append(gs, r.Group)
		}
	}
	return gs
}

// in lists the resources of a group and version by name.
func (g *registry) in(group, version string) []*resource {
	var rs []*resource
	for _, r := range g.order {
		if r.Group == group && r.Version == version {
			rs = append(rs, r)
		}
	}
	slices.SortFunc(rs, func(a, b *resource) int { return strings.Compare(a.Plural, b.Plural) })
	return rs
}

// compareVersions puts v2 before v1, v1 before v1beta2, v1beta2 before v1beta1,
// those before v1alpha1, and all of them before other names.
func compareVersions(a, b string) int {
	am, as, an := parseVersion(a)
	bm, bs, bn := parseVersion(b)
	switch {
	case as != bs:
		return bs - as
	case as == 0:
		return strings.Compare(a, b)
	case am != bm:
		return bm - am
	}
	return bn - an
}

// parseVersion splits v1beta2 into 1, beta, 2; stability is 0 for other names.
func parseVersion(v string) (major, stability, minor int) {
	for stability, form := range []string{"", "v%dalpha%d", "v%dbeta%d", "v%d"} {
		if stability == 0 {
			continue
		}
		major, minor = 0, 0
		if stability == 3 {
			_, _ = fmt.Sscanf(v, form, &major)
			if fmt.Sprintf(form, major) == v {
				return major, stability, 0
			}
			continue
		}
		_, _ = fmt.Sscanf(v, form, &major, &minor)
		if fmt.Sprintf(form, major, minor) == v {
			return major, stability, minor
		}
	}
	return 0, 0, 0
}
