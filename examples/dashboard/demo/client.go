package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// agent tells the world's own requests from those of others.
const agent = "demo-world/1.0"

// client writes into the server as the parts of a cluster do.
type client struct {
	ctx  context.Context // of the world's life
	base string
	http *http.Client
}

func newClient(base string) *client {
	return &client{ctx: context.Background(), base: base, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}}}
}

// isOther is true for requests that are not the world's.
func (c *client) isOther(req *http.Request) bool { return req.UserAgent() != agent }

// The ways to patch.
const (
	mergePatch     = "application/merge-patch+json"
	strategicPatch = "application/strategic-merge-patch+json"
	applyPatch     = "application/apply-patch+yaml"
)

// plurals are the kinds that the world writes, as paths name them.
var plurals = map[string]string{
	"Pod": "pods", "Event": "events", "Node": "nodes", "ConfigMap": "configmaps", "Namespace": "namespaces",
	"Deployment": "deployments", "ReplicaSet": "replicasets", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets",
	"Job": "jobs", "CronJob": "cronjobs", "Lease": "leases", "EndpointSlice": "endpointslices",
	"HorizontalPodAutoscaler": "horizontalpodautoscalers", "PodDisruptionBudget": "poddisruptionbudgets", "Campaign": "campaigns",
	"Service": "services",
}

// target is an object to write to, or a part of one.
type target struct{ apiVersion, kind, ns, name, sub string }

// of names the object that a document describes.
func of(doc object) target {
	meta := doc["metadata"].(object)
	text := func(v any) string { s, _ := v.(string); return s }
	return target{apiVersion: text(doc["apiVersion"]), kind: text(doc["kind"]), ns: text(meta["namespace"]), name: text(meta["name"])}
}

func (t target) status() target { t.sub = "status"; return t }

// path is where the object is; the collection's when it has no name.
func (t target) path() string {
	parts := []string{"apis", t.apiVersion}
	if !strings.Contains(t.apiVersion, "/") {
		parts[0] = "api"
	}
	if t.ns != "" {
		parts = append(parts, "namespaces", t.ns)
	}
	parts = append(parts, plurals[t.kind])
	for _, p := range []string{t.name, t.sub} {
		if p != "" {
			parts = append(parts, url.PathEscape(p))
		}
	}
	return strings.Join(parts, "/")
}

// create makes an object and returns it as the server has it.
func (c *client) create(by string, doc object) (object, error) {
	t := of(doc)
	t.name = ""
	return c.do(http.MethodPost, t.path()+"?fieldManager="+url.QueryEscape(by), "application/json", doc)
}

// patch changes an object and returns it.
func (c *client) patch(by, how string, t target, patch object) (object, error) {
	query := "?fieldManager=" + url.QueryEscape(by)
	if how == applyPatch {
		query += "&force=true"
	}
	return c.do(http.MethodPatch, t.path()+query, how, patch)
}

// get returns an object.
func (c *client) get(t target) (object, error) { return c.do(http.MethodGet, t.path(), "", nil) }

// generation is how often an object's spec has changed, or what it was when the
// answer does not say.
func generation(answer object, was int) int {
	meta, _ := answer["metadata"].(object)
	if n, ok := meta["generation"].(float64); ok {
		return int(n)
	}
	return was
}

// uidOf is the identity that the server has given to an object.
func uidOf(answer object) string {
	meta, _ := answer["metadata"].(object)
	uid, _ := meta["uid"].(string)
	return uid
}

// remove deletes an object; grace is for pods: how many seconds they have.
func (c *client) remove(t target, grace int) error {
	_, err := c.do(http.MethodDelete, t.path(), "application/json", object{
		"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": grace, "propagationPolicy": "Background"})
	return err
}

func (c *client) do(method, path, kind string, body object) (object, error) {
	req, err := c.request(method, path, kind, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusNotFound && method != http.MethodPost {
		return object{}, nil // a visitor has deleted it: the story goes on
	}
	if resp.StatusCode >= 300 {
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, answer)
	}
	var doc object
	return doc, json.Unmarshal(answer, &doc)
}

func (c *client) request(method, path, kind string, body object) (*http.Request, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(c.ctx, method, c.base+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("User-Agent", agent)
	return req, nil
}
