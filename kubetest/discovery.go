package kubetest

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"runtime"
	"slices"
	"strings"
)

// serverVersion answers /version.
func (c *call) serverVersion() {
	version := c.srv.opts.version
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	for len(parts) < 2 {
		parts = append(parts, "0")
	}
	c.send(http.StatusOK, appendMap(nil, map[string]any{
		"major": parts[0], "minor": parts[1], "gitVersion": version,
		"emulationMajor": parts[0], "emulationMinor": parts[1],
		"minCompatibilityMajor": parts[0], "minCompatibilityMinor": fmt.Sprint(max(digits(parts[1])-1, 0)),
		"gitCommit": "0000000000000000000000000000000000000000", "gitTreeState": "clean",
		"buildDate": "1970-01-01T00:00:00Z", "goVersion": runtime.Version(),
		"compiler": runtime.Compiler, "platform": runtime.GOOS + "/" + runtime.GOARCH,
	}, ranks("major", "minor", "emulationMajor", "emulationMinor", "minCompatibilityMajor",
		"minCompatibilityMinor", "gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform")), form{})
}

// health answers the probes.
func (c *call) health(which string) {
	c.commonHeaders()
	h := c.w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	c.w.WriteHeader(http.StatusOK)
	if _, ok := c.query["verbose"]; ok {
		_, _ = fmt.Fprintf(c.w, "[+]ping ok\n[+]log ok\n[+]etcd ok\n%s check passed\n", which)
		return
	}
	_, _ = io.WriteString(c.w, "ok")
}

// roots answers / with what paths there are.
func (c *call) roots() {
	paths := []string{"/healthz", "/livez", "/readyz", "/version"}
	s := c.srv.store
	s.mu.RLock()
	if s.kinds.serves("", "v1") {
		paths = append(paths, "/api", "/api/v1")
	}
	paths = append(paths, "/apis")
	for _, g := range s.kinds.groups() {
		paths = append(paths, "/apis/"+g)
		for _, v := range s.kinds.versions(g) {
			paths = append(paths, "/apis/"+g+"/"+v)
		}
	}
	s.mu.RUnlock()
	slices.Sort(paths)
	c.send(http.StatusOK, encode(map[string]any{"paths": anyStrings(paths)}), form{})
}

// groupRoot answers /api and /apis/GROUP.
func (c *call) groupRoot(group string) {
	if group == "" {
		asked, err := c.aggregated()
		switch {
		case err != nil:
			c.fail(err)
			return
		case asked:
			c.sendAggregated([]string{""})
			return
		}
		s := c.srv.store
		s.mu.RLock()
		versions := s.kinds.versions("")
		s.mu.RUnlock()
		c.send(http.StatusOK, encode(map[string]any{
			"kind": "APIVersions", "versions": anyStrings(versions),
			"serverAddressByClientCIDRs": []any{map[string]any{
				"clientCIDR": "0.0.0.0/0", "serverAddress": c.srv.listener.Addr().String(),
			}},
		}), form{})
		return
	}
	s := c.srv.store
	s.mu.RLock()
	doc := s.kinds.groupDocument(group)
	s.mu.RUnlock()
	if doc == nil {
		c.pageNotFound()
		return
	}
	doc["kind"], doc["apiVersion"] = "APIGroup", "v1"
	c.sendDiscovery(doc)
}

// groupList answers /apis.
func (c *call) groupList() {
	s := c.srv.store
	asked, err := c.aggregated()
	if err != nil {
		c.fail(err)
		return
	}
	if asked {
		s.mu.RLock()
		groups := s.kinds.groups()
		s.mu.RUnlock()
		c.sendAggregated(groups)
		return
	}
	s.mu.RLock()
	groups := []any{}
	for _, g := range s.kinds.groups() {
		groups = append(groups, s.kinds.groupDocument(g))
	}
	s.mu.RUnlock()
	c.sendDiscovery(map[string]any{"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

func (c *call) sendDiscovery(doc map[string]any) {
	f, err := c.negotiate()
	if err != nil || f.as != "" {
		f = form{}
	}
	c.send(http.StatusOK, appendMap(nil, doc, ranks("kind", "apiVersion", "groupVersion", "name", "versions", "preferredVersion", "groups", "resources")), f)
}

func (g *registry) groupDocument(group string) map[string]any {
	versions := g.versions(group)
	if group == "" || len(versions) == 0 {
		return nil
	}
	list := make([]any, len(versions))
	for i, v := range versions {
		list[i] = map[string]any{"groupVersion": groupVersion(group, v), "version": v}
	}
	return map[string]any{"name": group, "versions": list, "preferredVersion": list[0]}
}

// resourceList answers /api/v1 and /apis/GROUP/VERSION.
func (c *call) resourceList(group, version string) {
	if c.req.Method != http.MethodGet && c.req.Method != http.MethodHead {
		c.fail(noSuchMethod())
		return
	}
	s := c.srv.store
	s.mu.RLock()
	var list []any
	for _, r := range s.kinds.in(group, version) {
		list = append(list, r.discovered()...)
	}
	s.mu.RUnlock()
	doc := map[string]any{"kind": "APIResourceList", "groupVersion": groupVersion(group, version), "resources": list}
	if group != "" {
		doc["apiVersion"] = "v1" // the core group's list has none
	}
	c.sendDiscovery(doc)
}

func (r *resource) verbs() []any {
	verbs := []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}
	if !r.builtin {
		verbs = []string{"delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"}
	}
	if r.noBulk {
		verbs = slices.Delete(verbs, 2, 3)
	}
	return anyStrings(verbs)
}

// discovered is the resource and its subresources in the older discovery form.
func (r *resource) discovered() []any {
	main := map[string]any{
		"name": r.Plural, "singularName": r.Singular, "namespaced": r.Namespaced, "kind": r.Kind, "verbs": r.verbs(),
	}
	if len(r.ShortNames) > 0 {
		main["shortNames"] = anyStrings(r.ShortNames)
	}
	if len(r.Categories) > 0 {
		main["categories"] = anyStrings(r.Categories)
	}
	if r.builtin {
		main["storageVersionHash"] = "kubetest"
	}
	list := []any{main}
	for _, sub := range r.subresources() {
		entry := map[string]any{
			"name": r.Plural + "/" + sub.name, "singularName": "", "namespaced": r.Namespaced, "kind": sub.kind, "verbs": anyStrings(sub.verbs),
		}
		if sub.group != "" {
			entry["group"], entry["version"] = sub.group, sub.version
		}
		list = append(list, entry)
	}
	return list
}

var proxyVerbs = []string{"create", "delete", "get", "patch", "update"}

type subresource struct {
	name, kind     string
	group, version string // when the kind is of another group version
	verbs          []string
}

func (r *resource) subresources() []subresource {
	change := []string{"get", "patch", "update"}
	var subs []subresource
	if r.builtin && r.Plural == "namespaces" {
		subs = append(subs, subresource{name: "finalize", kind: r.Kind, verbs: []string{"update"}})
	}
	if r.builtin && r.Plural == "pods" {
		connect := []string{"create", "get"}
		subs = append(subs,
			subresource{name: "attach", kind: "PodAttachOptions", verbs: connect},
			subresource{name: "eviction", kind: "Eviction", group: "policy", version: "v1", verbs: []string{"create"}},
			subresource{name: "exec", kind: "PodExecOptions", verbs: connect},
			subresource{name: "log", kind: r.Kind, verbs: []string{"get"}},
			subresource{name: "portforward", kind: "PodPortForwardOptions", verbs: connect},
			subresource{name: "proxy", kind: "PodProxyOptions", verbs: proxyVerbs})
	}
	if isServices(r) {
		subs = append(subs, subresource{name: "proxy", kind: "ServiceProxyOptions", verbs: proxyVerbs})
	}
	if r.Scale != nil {
		subs = append(subs, subresource{name: "scale", kind: "Scale", group: "autoscaling", version: "v1", verbs: change})
	}
	if r.Status {
		subs = append(subs, subresource{name: "status", kind: r.Kind, verbs: change})
	}
	return subs
}

const aggregatedKind = "APIGroupDiscoveryList"

// aggregated says whether the client asks for discovery in one document, and
// refuses forms that there are none of.
func (c *call) aggregated() (asked bool, err error) {
	header := strings.Join(c.req.Header.Values("Accept"), ",")
	if strings.TrimSpace(header) == "" {
		return false, nil
	}
	for clause := range strings.SplitSeq(header, ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(clause))
		if err != nil {
			continue
		}
		if _, ok := formOf(media, nil); !ok {
			continue
		}
		switch {
		case params["as"] == "":
			return false, nil
		case c.srv.opts.plainOnly:
		case params["as"] == aggregatedKind && params["g"] == "apidiscovery.k8s.io" && params["v"] == "v2" && media == "application/json":
			return true, nil
		}
	}
	return false, notAcceptable(acceptedTypes...)
}

func (c *call) sendAggregated(groups []string) {
	const version = "v2"
	items := []any{}
	s := c.srv.store
	s.mu.RLock()
	for _, g := range groups {
		if versions := s.kinds.versions(g); len(versions) > 0 {
			items = append(items, s.kinds.aggregatedGroup(g, versions))
		}
	}
	s.mu.RUnlock()
	body := encode(map[string]any{
		"kind": aggregatedKind, "apiVersion": "apidiscovery.k8s.io/" + version, "metadata": map[string]any{}, "items": items,
	})
	h := c.w.Header()
	c.commonHeaders()
	h.Set("Content-Type", "application/json;g=apidiscovery.k8s.io;v="+version+";as="+aggregatedKind)
	h.Set("Vary", "Accept")
	c.sendBody(http.StatusOK, append(body, '\n'))
}

func (g *registry) aggregatedGroup(group string, versions []string) map[string]any {
	list := make([]any, len(versions))
	for i, v := range versions {
		var resources []any
		for _, r := range g.in(group, v) {
			resources = append(resources, r.aggregated())
		}
		list[i] = map[string]any{"version": v, "resources": resources, "freshness": "Current"}
	}
	meta := map[string]any{}
	if group != "" {
		meta["name"] = group
	}
	return map[string]any{"metadata": meta, "versions": list}
}

// aggregated is the resource in the newer discovery form.
func (r *resource) aggregated() map[string]any {
	scope := "Cluster"
	if r.Namespaced {
		scope = "Namespaced"
	}
	doc := map[string]any{
		"resource": r.Plural, "responseKind": r.responseKind(r.Kind, r.Group, r.Version),
		"scope": scope, "singularResource": r.Singular, "verbs": r.verbs(),
	}
	if len(r.ShortNames) > 0 {
		doc["shortNames"] = anyStrings(r.ShortNames)
	}
	if len(r.Categories) > 0 {
		doc["categories"] = anyStrings(r.Categories)
	}
	var subs []any
	for _, sub := range r.subresources() {
		kind := r.responseKind(sub.kind, r.Group, r.Version)
		if sub.group != "" {
			kind = r.responseKind(sub.kind, sub.group, sub.version)
		}
		subs = append(subs, map[string]any{"subresource": sub.name, "responseKind": kind, "verbs": anyStrings(sub.verbs)})
	}
	if len(subs) > 0 {
		doc["subresources"] = subs
	}
	return doc
}

// responseKind leaves out the group and version of a built-in kind where they are
// those of the document around it.
func (r *resource) responseKind(kind, group, version string) map[string]any {
	if r.builtin && group == r.Group && version == r.Version {
		group, version = "", ""
	}
	return map[string]any{"group": group, "version": version, "kind": kind}
}
