package demo

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/kubeviews/kube/kubetest"
)

// kindsOfWorld are all the resources that hold something.
var kindsOfWorld = []string{"nodes", "namespaces", "pods", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs",
	"services", "endpointslices", "ingresses", "configmaps", "secrets", "serviceaccounts", "horizontalpodautoscalers", "poddisruptionbudgets",
	"networkpolicies", "roles", "rolebindings", "clusterroles", "leases", "customresourcedefinitions", "campaigns", "events",
	"persistentvolumes", "persistentvolumeclaims", "storageclasses", "priorityclasses", "ingressclasses"}

// census is everything that a server has, by resource.
type census struct {
	t    *testing.T
	all  map[string][]kubetest.Object
	uids map[string]kubetest.Object
	kids map[string][]kubetest.Object // the pods of each owner
}

func takeCensus(t *testing.T, w *World) *census {
	t.Helper()
	c := &census{t: t, all: map[string][]kubetest.Object{}, uids: map[string]kubetest.Object{}, kids: map[string][]kubetest.Object{}}
	for _, kind := range kindsOfWorld {
		docs, err := w.Server().List(kind, "")
		if err != nil {
			t.Fatal(err)
		}
		c.all[kind] = docs
		for _, doc := range docs {
			uid := str(doc, "metadata", "uid")
			if c.uids[uid] != nil {
				t.Errorf("two objects have the uid %s", uid)
			}
			c.uids[uid] = doc
		}
	}
	for _, p := range c.all["pods"] {
		for _, o := range arr(p, "metadata", "ownerReferences") {
			c.kids[str(o, "uid")] = append(c.kids[str(o, "uid")], p)
		}
	}
	return c
}

func at(doc any, path ...string) any {
	for _, name := range path {
		switch v := doc.(type) {
		case kubetest.Object:
			doc = v[name]
		case map[string]any:
			doc = v[name]
		default:
			return nil
		}
	}
	return doc
}

func str(doc any, path ...string) string { s, _ := at(doc, path...).(string); return s }

func arr(doc any, path ...string) []any { l, _ := at(doc, path...).([]any); return l }

func num(doc any, path ...string) int {
	n, _ := strconv.Atoi(fmt.Sprint(at(doc, path...)))
	return n
}

func isActive(p any) bool {
	return at(p, "metadata", "deletionTimestamp") == nil && str(p, "status", "phase") != "Succeeded" && str(p, "status", "phase") != "Failed"
}

func isReady(p any) bool {
	for _, c := range arr(p, "status", "conditions") {
		if str(c, "type") == "Ready" {
			return str(c, "status") == "True"
		}
	}
	return false
}

// tally is how many of an object's pods are active and ready.
func (c *census) tally(owner any) (active, ready int) {
	for _, p := range c.kids[str(owner, "metadata", "uid")] {
		if isActive(p) {
			active++
			if isReady(p) {
				ready++
			}
		}
	}
	return active, ready
}

// expect compares numbers in an object with what they should be.
func (c *census) expect(doc kubetest.Object, want map[string]int) {
	c.t.Helper()
	for path, n := range want {
		if got := num(doc, strings.Split(path, ".")...); got != n {
			c.t.Errorf("%s %s/%s: %s is %d, want %d", doc.Kind(), doc.Namespace(), doc.Name(), path, got, n)
		}
	}
}

func (c *census) check() {
	c.t.Helper()
	c.checkOwners()
	c.checkSets()
	c.checkDeployments()
	c.checkOthers()
	c.checkJobs()
	c.checkSlices()
	c.checkNodes()
	c.checkPods()
}

// checkOwners: whoever is named as an owner is there.
func (c *census) checkOwners() {
	for _, docs := range c.all {
		for _, doc := range docs {
			for _, o := range arr(doc, "metadata", "ownerReferences") {
				owner := c.uids[str(o, "uid")]
				if owner == nil || owner.Kind() != str(o, "kind") || owner.Name() != str(o, "name") || owner.APIVersion() != str(o, "apiVersion") {
					c.t.Errorf("%s %s/%s: no owner %s %s", doc.Kind(), doc.Namespace(), doc.Name(), str(o, "kind"), str(o, "name"))
				}
			}
		}
	}
}

func (c *census) checkSets() {
	for _, s := range c.all["replicasets"] {
		active, ready := c.tally(s)
		c.expect(s, map[string]int{"spec.replicas": active, "status.replicas": active, "status.readyReplicas": ready,
			"status.availableReplicas": ready, "status.observedGeneration": num(s, "metadata", "generation")})
	}
}

func (c *census) checkDeployments() {
	for _, d := range c.all["deployments"] {
		active, ready, updated := 0, 0, 0
		for _, s := range c.all["replicasets"] {
			if str(arr(s, "metadata", "ownerReferences")[0], "uid") != str(d, "metadata", "uid") {
				continue
			}
			a, r := c.tally(s)
			active, ready = active+a, ready+r
			if str(s, "metadata", "annotations", revisionKey) == str(d, "metadata", "annotations", revisionKey) {
				updated += a
			}
		}
		desired := num(d, "spec", "replicas")
		c.expect(d, map[string]int{"status.replicas": active, "status.readyReplicas": ready, "status.updatedReplicas": updated,
			"status.unavailableReplicas": max(desired-ready, 0), "status.observedGeneration": num(d, "metadata", "generation")})
		if limit := desired + (desired+3)/4; active > limit {
			c.t.Errorf("Deployment %s has %d pods, more than %d", d.Name(), active, limit)
		}
	}
}

func (c *census) checkOthers() {
	for _, s := range c.all["statefulsets"] {
		active, ready := c.tally(s)
		c.expect(s, map[string]int{"spec.replicas": active, "status.replicas": active, "status.readyReplicas": ready})
	}
	for _, d := range c.all["daemonsets"] {
		active, ready := c.tally(d)
		c.expect(d, map[string]int{"status.desiredNumberScheduled": len(c.all["nodes"]), "status.currentNumberScheduled": active,
			"status.numberReady": ready, "status.numberUnavailable": active - ready})
	}
	for _, h := range c.all["horizontalpodautoscalers"] {
		for _, d := range c.all["deployments"] {
			if d.Name() == h.Name() && d.Namespace() == h.Namespace() {
				c.expect(h, map[string]int{"status.desiredReplicas": num(d, "spec", "replicas"), "status.currentReplicas": num(d, "status", "replicas")})
			}
		}
	}
}

func (c *census) checkJobs() {
	running := map[string]int{}
	for _, j := range c.all["jobs"] {
		pods := c.kids[str(j, "metadata", "uid")]
		if len(pods) != 1 {
			c.t.Errorf("Job %s has %d pods", j.Name(), len(pods))
			continue
		}
		phases := map[string]int{str(pods[0], "status", "phase"): 1}
		c.expect(j, map[string]int{"status.succeeded": phases["Succeeded"], "status.failed": phases["Failed"],
			"status.active": phases["Pending"] + phases["Running"]})
		running[str(arr(j, "metadata", "ownerReferences")[0], "uid")] += phases["Pending"] + phases["Running"]
	}
	for _, cron := range c.all["cronjobs"] {
		if got, want := len(arr(cron, "status", "active")), running[str(cron, "metadata", "uid")]; got != want {
			c.t.Errorf("CronJob %s has %d active jobs, want %d", cron.Name(), got, want)
		}
	}
}

// checkSlices: who serves stands in the slice of the Service.
func (c *census) checkSlices() {
	for _, s := range c.all["endpointslices"] {
		service := str(s, "metadata", "labels", "kubernetes.io/service-name")
		want := map[string]bool{}
		for _, p := range c.all["pods"] {
			if p.Namespace() == s.Namespace() && str(p, "metadata", "labels", "app") == service &&
				str(p, "status", "phase") == "Running" {
				want[p.Name()] = isReady(p) && isActive(p)
			}
		}
		got := map[string]bool{}
		for _, e := range arr(s, "endpoints") {
			ready, _ := at(e, "conditions", "ready").(bool)
			got[str(e, "targetRef", "name")] = ready
		}
		if !maps.Equal(got, want) {
			c.t.Errorf("EndpointSlice %s/%s: %v, want %v", s.Namespace(), s.Name(), got, want)
		}
	}
}

// checkNodes: no node holds more than it has.
func (c *census) checkNodes() {
	cpu, pods := map[string]int{}, map[string]int{}
	for _, p := range c.all["pods"] {
		if phase := str(p, "status", "phase"); phase != "Pending" && phase != "Running" {
			continue
		}
		node := str(p, "spec", "nodeName")
		pods[node]++
		for _, box := range arr(p, "spec", "containers") {
			cpu[node] += milli(str(box, "resources", "requests", "cpu"))
		}
	}
	for _, n := range c.all["nodes"] {
		name := n.Name()
		if cpu[name] > milli(str(n, "status", "allocatable", "cpu")) || pods[name] > 110 {
			c.t.Errorf("Node %s holds %d pods with %dm", name, pods[name], cpu[name])
		}
	}
}

func milli(q string) int {
	if n, ok := strings.CutSuffix(q, "m"); ok {
		return atoi(n)
	}
	return 1000 * atoi(q)
}

func atoi(s string) int { n, _ := strconv.Atoi(s); return n }

// checkPods: each stands on a node that is there, at an address of its own.
func (c *census) checkPods() {
	nodes, ips := map[string]bool{}, map[string]string{}
	for _, n := range c.all["nodes"] {
		nodes[n.Name()] = true
	}
	for _, p := range c.all["pods"] {
		if node := str(p, "spec", "nodeName"); node != "" && !nodes[node] {
			c.t.Errorf("Pod %s is on %q", p.Name(), node)
		}
		ip := str(p, "status", "podIP")
		if ip == "" || at(p, "spec", "hostNetwork") == true || str(p, "status", "phase") != "Running" {
			continue
		}
		if ips[ip] != "" {
			c.t.Errorf("Pods %s and %s have the address %s", p.Name(), ips[ip], ip)
		}
		ips[ip] = p.Name()
	}
}

func (c *census) size() int {
	n := 0
	for _, docs := range c.all {
		n += len(docs)
	}
	return n
}

func show(doc any) string {
	text, _ := json.MarshalIndent(doc, "", " ")
	return string(text)
}
