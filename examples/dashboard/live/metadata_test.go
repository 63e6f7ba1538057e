package live

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
)

// asked counts the requests for the metadata of one ConfigMap, and nothing else.
func asked(server *kubetest.Server) (n int) {
	for _, request := range server.Requests() {
		if strings.Contains(request.Path, "/configmaps/") && strings.Contains(request.Header.Get("Accept"), "as=PartialObjectMetadata;") {
			n++
		}
	}
	return n
}

// shown is the revision of a ConfigMap that the mirror shows.
func shown(t *testing.T, c *Cluster, name, value string) (*Resource, items.Item) {
	t.Helper()
	r, _ := c.Resource("configmaps")
	var item items.Item
	until(t, c, name+" to be "+value, func() bool {
		found, ok := r.Snapshot().Get("default", name)
		item = found
		return ok && strings.Contains(string(found.Raw().Bytes()), `"`+value+`"`)
	})
	return r, item
}

func TestMetadataIsAskedForOnce(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithObjects(configMap("a", "first")))
	c := start(t, server, "configmaps")
	r, item := shown(t, c, "a", "first")
	look := func(item items.Item, want int) {
		t.Helper()
		found, err := r.Metadata(t.Context(), item)
		if err != nil || found.UID() != item.UID() || !found.Raw().MetadataOnly() {
			t.Errorf("%v, %v", found, err)
		}
		if n := asked(server); n != want {
			t.Errorf("%d requests, not %d", n, want)
		}
	}
	look(item, 1)
	look(item, 1)
	put(t, server, configMap("a", "second"))
	_, next := shown(t, c, "a", "second")
	look(next, 2)
	look(next, 2)
	outage := server.Inject(kubetest.Fault{Cut: true})
	defer outage.Remove()
	server.CutConnections()
	until(t, c, "the loss of contact", func() bool { return !c.Contact().Live })
	look(next, 2)
	if _, err := r.Metadata(t.Context(), item); !errors.Is(err, errStale) {
		t.Errorf("another revision, while it is stale: %v", err)
	}
}

// An answer is of one revision of one object: where a cluster was restored, another has
// the same name and version.
func TestMetadataOfAnother(t *testing.T) {
	item := func(uid, version string) items.Item {
		found, err := items.From[items.ConfigMap](map[string]any{"metadata": map[string]any{"name": "a", "namespace": "default", "uid": uid, "resourceVersion": version}})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	for _, other := range []items.Item{item("u", "2"), item("v", "1")} {
		var m metadata
		if a, mine := m.answer(item("u", "1"), true); !mine {
			t.Fatal("nobody is to ask")
		} else {
			m.tell(item("u", "1"), a)
		}
		if _, mine := m.answer(item("u", "1"), true); mine {
			t.Error("it is asked for twice")
		}
		if _, mine := m.answer(other, true); !mine {
			t.Errorf("%s at %s gets another's answer", other.UID(), other.Version())
		}
	}
}

// Readers of one object wait for one request, also for that of a reader who leaves.
func TestMetadataForManyReaders(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithObjects(configMap("a", "first")))
	c := start(t, server, "configmaps")
	r, item := shown(t, c, "a", "first")
	frozen := server.Inject(kubetest.Fault{Verb: "get", Freeze: true})
	first, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := r.Metadata(first, item)
		left <- err
	}()
	until(t, c, "the first to ask", func() bool { return asked(server) == 1 })
	var readers sync.WaitGroup
	for range 20 {
		readers.Go(func() {
			if found, err := r.Metadata(t.Context(), item); err != nil || found.UID() != item.UID() {
				t.Errorf("%v, %v", found, err)
			}
		})
	}
	leave()
	if err := <-left; err == nil {
		t.Error("it waits on for who has left")
	}
	until(t, c, "another to ask", func() bool { return asked(server) == 2 })
	late, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := r.Metadata(late, item); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("who waits too long: %v", err)
	}
	frozen.Remove()
	readers.Wait()
	if n := asked(server); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// A fault is told to all who wait for it, and not remembered.
func TestMetadataFaults(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithObjects(configMap("a", "first")))
	c := start(t, server, "configmaps")
	r, item := shown(t, c, "a", "first")
	fault := server.Inject(kubetest.Fault{Verb: "get", Status: 403, Body: kubetest.StatusBody(403, "Forbidden", "no")})
	if _, err := r.Metadata(t.Context(), item); err == nil || !strings.Contains(err.Error(), "Forbidden") {
		t.Errorf("refused: %v", err)
	}
	fault.Remove()
	if _, err := r.Metadata(t.Context(), item); err != nil {
		t.Error(err)
	}
	if err := server.Remove("configmaps", "default", "a"); err != nil {
		t.Fatal(err)
	}
	put(t, server, configMap("a", "another"))
	_, other := shown(t, c, "a", "another")
	if found, err := r.Metadata(t.Context(), other); err != nil || found.UID() == item.UID() {
		t.Errorf("of one name: %v, %v", found, err)
	}
	if _, err := r.Metadata(t.Context(), item); !errors.Is(err, errGone) {
		t.Errorf("gone: %v", err)
	}
}

func TestMetadataIsForgotten(t *testing.T) {
	server := kubetest.NewServer(t)
	for i := range rememberedAnswers + 10 {
		put(t, server, configMap(fmt.Sprintf("c%03d", i), "x"))
	}
	c := start(t, server, "configmaps")
	r, _ := c.Resource("configmaps")
	until(t, c, "all", func() bool { return r.Snapshot().Len() == rememberedAnswers+10 })
	for item := range r.Snapshot().All() {
		if _, err := r.Metadata(t.Context(), item); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(r.managed.told); n != rememberedAnswers || len(r.managed.names) != n {
		t.Errorf("%d answers of %d names are remembered", n, len(r.managed.names))
	}
	before := asked(server)
	for _, at := range []int{rememberedAnswers + 9, 10, 0} { // of which the last is forgotten
		if _, err := r.Metadata(t.Context(), r.Snapshot().At(at)); err != nil {
			t.Fatal(err)
		}
	}
	if n := asked(server) - before; n != 1 {
		t.Errorf("%d are asked for again", n)
	}
}

// Names of roles may hold what means something elsewhere.
func TestMetadataOfAnOddName(t *testing.T) {
	const odd = `a,metadata.name=b\c`
	server := kubetest.NewServer(t)
	for _, name := range []string{"a", "b", odd} {
		put(t, server, map[string]any{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": map[string]any{"name": name}})
	}
	c := start(t, server, "clusterroles")
	synced(t, c, "clusterroles")
	r, _ := c.Resource("clusterroles")
	item, ok := r.Snapshot().Get("", odd)
	if !ok {
		t.Fatal("there is no such role")
	}
	if found, err := r.Metadata(t.Context(), item); err != nil || found.Name() != odd {
		t.Errorf("%v, %v", found, err)
	}
}

// Who leaves as the answer comes leaves it to the others.
func TestAnswerIsNotLeft(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	fault := errors.New("cancelled")
	if isLeft(gone, nil) || isLeft(t.Context(), fault) || !isLeft(gone, fault) {
		t.Error("an answer that nobody asks for again, or a fault that all are told")
	}
}
