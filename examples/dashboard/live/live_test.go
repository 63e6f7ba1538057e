package live

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
)

// start follows kinds of a server in memory.
func start(t *testing.T, server *kubetest.Server, names ...string) *Cluster {
	t.Helper()
	c, err := Start(t.Context(), connect(t, server.URL()), names...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func connect(t *testing.T, url string) *kube.Cluster {
	t.Helper()
	api, err := kube.NewCluster(kube.WithURL(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Close() })
	return api
}

// until waits until a condition is met, woken by Changed where what changes is an
// object.
func until(t *testing.T, c *Cluster, what string, met func() bool) {
	t.Helper()
	limit, tick := time.After(20*time.Second), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for {
		changed := c.Changed()
		if met() {
			return
		}
		select {
		case <-changed:
		case <-tick.C: // the contact changes without an object
		case <-limit:
			t.Fatalf("waiting for %s; the contact is %+v", what, c.Contact())
		}
	}
}

func synced(t *testing.T, c *Cluster, names ...string) {
	t.Helper()
	until(t, c, "all to be read", func() bool {
		return !slices.ContainsFunc(names, func(name string) bool {
			r, ok := c.Resource(name)
			return !ok || r.Snapshot().Version() == ""
		})
	})
}

func pod(namespace, name string, more ...any) map[string]any {
	doc := map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": name, "namespace": namespace},
		"spec": map[string]any{"containers": []any{map[string]any{"name": "main", "image": "example.com/main:1"}}}}
	for i := 0; i < len(more); i += 2 {
		doc[more[i].(string)] = more[i+1]
	}
	return doc
}

func configMap(name, value string) map[string]any {
	return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": "default"},
		"data": map[string]any{"value": value}}
}

func put(t *testing.T, server *kubetest.Server, docs ...any) {
	t.Helper()
	for _, doc := range docs {
		if _, err := server.Put(doc); err != nil {
			t.Fatal(err)
		}
	}
}

// told is the feed from the oldest change on: "MODIFIED a".
func told(c *Cluster) (all []string) {
	for _, change := range c.Latest(0, Remembered, nil) {
		all = append(all, string(change.Type)+" "+change.Item.Name())
	}
	slices.Reverse(all)
	return all
}

func TestAKindThatIsNamedTwiceIsFollowedOnce(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithObjects(pod("default", "a")))
	c := start(t, server, "pods", "po", "Pod", "pods.v1", "configmaps")
	synced(t, c, "pods", "configmaps")
	if n := len(c.Resources()); n != 2 {
		t.Errorf("%d kinds are followed", n)
	}
	until(t, c, "the pod", func() bool { return c.Pods().Pods > 0 })
	if n := c.Pods().Pods; n != 1 {
		t.Errorf("one pod counts as %d", n)
	}
}

// knative is a kind that has the name of one that comes with Kubernetes.
var knative = kubetest.Resource{Group: "serving.knative.dev", Version: "v1", Plural: "services", Kind: "Service", Namespaced: true}

func TestKindsOfOneNameAreToldApart(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithResource(knative,
		kubetest.Resource{Group: "example.com", Version: "v1", Plural: "pods", Kind: "Pod", Namespaced: true}))
	put(t, server, pod("default", "real"), map[string]any{"apiVersion": "example.com/v1", "kind": "Pod", "metadata": map[string]any{"name": "pea", "namespace": "default"}})
	c := start(t, server, "services", "services.serving.knative.dev", "pods", "pods.example.com")
	synced(t, c, "services", "services.serving.knative.dev", "pods", "pods.example.com")
	for _, want := range []struct{ apiVersion, kind, name string }{
		{"v1", "Service", "services"}, {"serving.knative.dev/v1", "Service", "services.serving.knative.dev"},
		{"example.com/v1", "Pod", "pods.example.com"},
	} {
		r, ok := c.OfKind(want.apiVersion, want.kind)
		if !ok || r.Name() != want.name || (r.BuiltIn() == "") != strings.Contains(want.name, ".") {
			t.Errorf("%+v: %v, %v", want, r, ok)
		}
	}
	until(t, c, "the pod", func() bool { return c.Pods().Pods > 0 })
	if n := c.Pods().Pods; n != 1 {
		t.Errorf("%d pods", n)
	}
}

// An owner may be named in a version of long ago.
func TestOfKindInAnOlderGroup(t *testing.T) {
	c := start(t, kubetest.NewServer(t), "deployments")
	for _, apiVersion := range []string{"apps/v1", "apps/v1beta1", "extensions/v1beta1"} {
		if _, ok := c.OfKind(apiVersion, "Deployment"); !ok {
			t.Errorf("%s is not known", apiVersion)
		}
	}
	for _, apiVersion := range []string{"v1", "", "apps.example.com/v1"} {
		if _, ok := c.OfKind(apiVersion, "Deployment"); ok {
			t.Errorf("%q is taken for apps", apiVersion)
		}
	}
}

func TestAKindThatComesLater(t *testing.T) {
	server := kubetest.NewServer(t)
	c := start(t, server, "pods", "widgets.example.com")
	synced(t, c, "pods")
	until(t, c, "the second look", func() bool {
		looks := 0
		for _, request := range server.Requests() {
			if request.Path == "/apis" {
				looks++
			}
		}
		return looks > 1
	})
	if _, ok := c.Resource("widgets.example.com"); ok {
		t.Fatal("it is there already")
	}
	until(t, c, "it to be absent", func() bool { return slices.Equal(c.Absent(), []string{"widgets.example.com"}) })
	if err := server.Serve(kubetest.Resource{Group: "example.com", Version: "v1", Plural: "widgets", Kind: "Widget", Namespaced: true}); err != nil {
		t.Fatal(err)
	}
	put(t, server, map[string]any{"apiVersion": "example.com/v1", "kind": "Widget", "metadata": map[string]any{"name": "a", "namespace": "default"}})
	synced(t, c, "widgets.example.com")
	r, _ := c.Resource("widgets.example.com")
	if _, ok := r.Snapshot().Get("default", "a"); !ok {
		t.Errorf("it shows %v", r.Snapshot())
	}
	until(t, c, "none to be absent", func() bool { return len(c.Absent()) == 0 })
}

// ours are the goroutines that follow, or read off a connection. Who has started one
// does not count: one that has said that it is done may still be on its way out.
func ours() (stacks []string) {
	text := make([]byte, 4<<20)
	text = text[:runtime.Stack(text, true)]
	for stack := range strings.SplitSeq(string(text), "\n\n") {
		frames, _, _ := strings.Cut(stack, "\ncreated by ")
		if strings.Contains(frames, "dashboard/live.(*Cluster)") || strings.Contains(frames, "internal/follow.") {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}

func TestCloseLeavesNothing(t *testing.T) {
	kinds := []string{"pods", "configmaps", "secrets", "events", "widgets.example.com"}
	frozen := func(path string) func(*testing.T, *kubetest.Server) {
		return func(t *testing.T, s *kubetest.Server) {
			t.Cleanup(s.Inject(kubetest.Fault{Path: path, Freeze: true}).Remove)
		}
	}
	for name, before := range map[string]func(*testing.T, *kubetest.Server){
		"well":                      func(*testing.T, *kubetest.Server) {},
		"nothing answers":           frozen(""),
		"discovery does not answer": frozen("/apis"),
		"lists do not answer":       frozen("/api/v1"),
		"all is refused":            func(_ *testing.T, s *kubetest.Server) { s.Inject(kubetest.Fault{Cut: true}) },
	} {
		t.Run(name, func(t *testing.T) {
			server := kubetest.NewServer(t)
			before(t, server)
			api := connect(t, server.URL())
			for round := range 5 {
				c, err := Start(t.Context(), api, kinds...)
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case round == 0: // closed before anything has come
				case name == "well":
					synced(t, c, "pods", "configmaps", "secrets", "events")
				default:
					until(t, c, "a request", func() bool { return len(server.Requests()) > 4 })
				}
				closed := make(chan struct{})
				go func() { c.Close(); c.Close(); close(closed) }()
				select {
				case <-closed:
				case <-time.After(10 * time.Second):
					t.Fatalf("Close hangs:\n%s", strings.Join(ours(), "\n\n"))
				}
			}
			if left := ours(); len(left) > 0 {
				t.Errorf("%d goroutines are left:\n%s", len(left), strings.Join(left, "\n\n"))
			}
		})
	}
}

// Secrets are read without their content.
func TestSecretsAreNotRead(t *testing.T) {
	server := kubetest.NewServer(t)
	put(t, server, map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "a", "namespace": "default"},
		"data": map[string]any{"password": "aHVudGVyMg=="}})
	c := start(t, server, "secrets")
	synced(t, c, "secrets")
	r, _ := c.Resource("secrets")
	fetched, err := r.Metadata(t.Context(), r.Snapshot().At(0))
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range []items.Item{r.Snapshot().At(0), fetched} {
		if text := string(item.Raw().Bytes()); !item.Raw().MetadataOnly() || strings.Contains(text, "password") {
			t.Errorf("it holds %s", text)
		}
	}
	for _, request := range server.Requests() {
		if strings.Contains(request.Path, "secrets") && !strings.Contains(request.Header.Get("Accept"), "PartialObjectMetadata") {
			t.Errorf("%s %s asks for all of it: %s", request.Method, request.Path, request.Header.Get("Accept"))
		}
	}
}

func TestRelated(t *testing.T) {
	owner := map[string]any{"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": map[string]any{"name": "web", "namespace": "default", "uid": "u1"}}
	owned := pod("default", "web-0")
	owned["metadata"].(map[string]any)["ownerReferences"] = []any{map[string]any{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u1", "controller": true}}
	owned["spec"].(map[string]any)["nodeName"] = "n1"
	server := kubetest.NewServer(t)
	put(t, server, owner, owned, pod("default", "other"), map[string]any{"apiVersion": "v1", "kind": "Event",
		"metadata": map[string]any{"name": "web.1", "namespace": "default"}, "involvedObject": map[string]any{"kind": "ReplicaSet", "uid": "u1"}})
	c := start(t, server, "pods", "replicasets", "events")
	synced(t, c, "pods", "replicasets", "events")
	r, _ := c.Resource("replicasets")
	names := func(groups []Group) (all []string) {
		for _, g := range groups {
			for item := range g.All() {
				all = append(all, g.Resource.Name()+" "+item.Name())
			}
		}
		return all
	}
	item := r.Snapshot().At(0)
	if got := fmt.Sprint(names(c.Owned(item)), names(c.On("n1")), names(c.On("n2")), len(c.About(item))); got != "[pods web-0] [pods web-0] [] 1" {
		t.Error(got)
	}
}

// Events of a Node name it by its uid, and those of its kubelet by its name. Of what
// has the same name and is no Node, they do not tell.
func TestEventsOfNodes(t *testing.T) {
	server := kubetest.NewServer(t)
	event := func(name, uid string) map[string]any {
		return map[string]any{"apiVersion": "v1", "kind": "Event", "metadata": map[string]any{"name": name, "namespace": "default"},
			"involvedObject": map[string]any{"kind": "Node", "name": "n1", "uid": uid}}
	}
	node := func(name, uid string) map[string]any {
		return map[string]any{"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": name, "uid": uid}}
	}
	put(t, server, node("n1", "u1"), node("n2", "n2"), pod("default", "n1"),
		event("controller", "u1"), event("kubelet", "n1"), event("same", "n2"))
	c := start(t, server, "nodes", "pods", "events")
	synced(t, c, "nodes", "pods", "events")
	for name, want := range map[string]string{"nodes/n1": "[controller kubelet]", "nodes/n2": "[same]", "pods/n1": "[]"} {
		resource, name, _ := strings.Cut(name, "/")
		r, _ := c.Resource(resource)
		var told []string
		for item := range r.Snapshot().All() {
			for _, e := range c.About(item) {
				if item.Name() == name {
					told = append(told, e.Name())
				}
			}
		}
		if got := fmt.Sprint(told); got != want {
			t.Errorf("%s %s: %s, not %s", resource, name, got, want)
		}
	}
}

// A kind is absent when the server says so, and remains so while it says nothing.
func TestAbsentKinds(t *testing.T) {
	server := kubetest.NewServer(t)
	c := &Cluster{api: connect(t, server.URL())}
	c.resources.Store(&[]*Resource{})
	c.absent.Store(&[]string{})
	names := []string{"widgets.example.com"}
	for _, step := range []struct {
		cut    bool
		absent int
	}{{true, 0}, {false, 1}, {true, 1}} {
		outage := func() {}
		if step.cut {
			outage = server.Inject(kubetest.Fault{Cut: true}).Remove
		}
		left := c.find(t.Context(), names)
		outage()
		if !slices.Equal(left, names) || len(c.Absent()) != step.absent {
			t.Errorf("%+v: %v is left, and %v absent", step, left, c.Absent())
		}
	}
}
