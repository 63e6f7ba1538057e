package live

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/watch"
)

func TestFeedOrder(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithObjects(configMap("before", "0")))
	c := start(t, server, "configmaps")
	synced(t, c, "configmaps")
	put(t, server, configMap("a", "1"), configMap("b", "1"), configMap("a", "2"))
	if err := server.Remove("configmaps", "default", "b"); err != nil {
		t.Fatal(err)
	}
	want := []string{"ADDED a", "ADDED b", "MODIFIED a", "DELETED b"} // and not what was there
	until(t, c, "all changes", func() bool { return c.Seq() >= int64(len(want)) })
	if got := told(c); !slices.Equal(got, want) {
		t.Errorf("told %v", got)
	}
	for i, change := range c.Latest(0, Remembered, nil) {
		if change.Seq != int64(len(want)-i) || change.InGap || change.Resource.Name() != "configmaps" {
			t.Errorf("%+v", change)
		}
		if change.Type == watch.Modified && (change.Diff.Len() != 1 || change.Old == nil) {
			t.Errorf("changed: %v", change.Diff)
		}
	}
}

func TestFeedTellsNoNoise(t *testing.T) {
	node := map[string]any{"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": "n1"}, "status": map[string]any{
		"conditions": []any{map[string]any{"type": "Ready", "status": "True", "lastHeartbeatTime": "2030-01-01T00:00:00Z"}}}}
	event := map[string]any{"apiVersion": "v1", "kind": "Event", "metadata": map[string]any{"name": "e", "namespace": "default"}, "reason": "Old"}
	server := kubetest.NewServer(t, kubetest.WithObjects(node, event))
	c := start(t, server, "nodes", "events")
	synced(t, c, "nodes", "events")
	for _, next := range [][2]string{{"00:00:10", "True"}, {"00:00:20", "True"}, {"00:00:30", "False"}} {
		if _, err := server.Update("nodes", "", "n1", func(node kubetest.Object) {
			ready := node["status"].(map[string]any)["conditions"].([]any)[0].(map[string]any)
			ready["lastHeartbeatTime"], ready["status"] = "2030-01-01T"+next[0]+"Z", next[1]
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.Remove("events", "default", "e"); err != nil { // its hour is over
		t.Fatal(err)
	}
	put(t, server, event)
	until(t, c, "both changes", func() bool { return c.Seq() >= 2 })
	got := told(c)
	slices.Sort(got) // of two kinds, each has an order of its own
	if want := []string{"ADDED e", "MODIFIED n1"}; !slices.Equal(got, want) {
		t.Errorf("told %v", got)
	}
}

// fed is a cluster to which n changes are told.
func fed(c *Cluster, n int) *Cluster {
	for range n {
		c.feed.add(nil, watch.Event[items.Item]{Type: watch.Added})
		c.feed.notify()
	}
	return c
}

func TestFeedIsARing(t *testing.T) {
	const n = Remembered + 100
	c := fed(&Cluster{feed: newFeed()}, n)
	all := c.Latest(0, 2*Remembered, nil)
	if len(all) != Remembered || all[0].Seq != n || all[Remembered-1].Seq != n-Remembered+1 {
		t.Errorf("%d changes, from %d to %d", len(all), all[0].Seq, all[len(all)-1].Seq)
	}
	for _, test := range []struct{ behind, n, want int64 }{
		{n - 3, 100, 3}, {n, 100, 0}, {n + 5, 100, 0}, {0, 7, 7}, {0, 0, 0}, {-5, 5, 5}, {1, 2 * n, Remembered},
	} {
		if got := len(c.Latest(test.behind, int(test.n), nil)); int64(got) != test.want {
			t.Errorf("behind %d, at most %d: %d", test.behind, test.n, got)
		}
	}
	none := c.Latest(0, 5, func(change Change) bool { return change.Seq%2 == 0 && change.Seq > n-4 })
	if len(none) != 2 || none[0].Seq%2 != 0 {
		t.Errorf("met: %v", none)
	}
}

// What happens while the server cannot be watched is told when it can be again, and
// marked: nothing of what differs is missing.
func TestFeedMarksGaps(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithObjects(configMap("a", "0"), configMap("b", "0"), configMap("c", "0")))
	c := start(t, server, "configmaps")
	synced(t, c, "configmaps")
	outage := server.Inject(kubetest.Fault{Cut: true})
	server.CutConnections()
	put(t, server, configMap("a", "1"), configMap("a", "2"), configMap("d", "1"))
	if err := server.Remove("configmaps", "default", "b"); err != nil {
		t.Fatal(err)
	}
	server.Compact()
	outage.Remove()
	until(t, c, "what has changed", func() bool { return c.Seq() >= 3 })
	got := told(c)
	slices.Sort(got)
	if want := []string{"ADDED d", "DELETED b", "MODIFIED a"}; !slices.Equal(got, want) {
		t.Errorf("told %v", got)
	}
	for _, change := range c.Latest(0, 10, nil) {
		if !change.InGap {
			t.Errorf("%s %s is not marked", change.Type, change.Item.Name())
		}
	}
	put(t, server, configMap("c", "1"))
	until(t, c, "the next change", func() bool { return c.Seq() >= 4 })
	if last := c.Latest(0, 1, nil)[0]; last.InGap || last.Item.Name() != "c" {
		t.Errorf("%+v", last)
	}
}

// Whoever has taken Changed before they looked is woken by all that they have not
// seen. There is no other way on in this test: a wake-up that is missed hangs it.
func TestChangedMissesNothing(t *testing.T) {
	const n = 20_000
	c := &Cluster{feed: newFeed()}
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				changed := c.Changed()
				if c.Seq() == n {
					return
				}
				<-changed
			}
		})
	}
	fed(c, n)
	readers.Wait()
}

// A kind of which there is nothing wakes, too, when that is known.
func TestChangedTellsOfAnEmptyKind(t *testing.T) {
	server := kubetest.NewServer(t)
	hold := server.Inject(kubetest.Fault{Path: "/api/v1/configmaps", Freeze: true})
	c := start(t, server, "configmaps")
	changed := c.Changed()
	hold.Remove()
	<-changed
	if r, _ := c.Resource("configmaps"); r.Snapshot().Version() == "" {
		t.Error("woken by nothing")
	}
}

// What the feed holds of large objects is bounded, and counts.
func TestFeedForgetsLargeChanges(t *testing.T) {
	f := newFeed()
	large := strings.Repeat("x", 1<<20)
	const n = 200
	for i := range n {
		item, err := items.From[items.ConfigMap](configMap("a", fmt.Sprint(i)+large))
		if err != nil {
			t.Fatal(err)
		}
		f.add(nil, watch.Event[items.Item]{Type: watch.Added, Item: item})
		if bytes := f.footprint(); bytes > rememberedBytes || bytes < 1<<20 {
			t.Fatalf("%d bytes", bytes)
		}
	}
	c := &Cluster{feed: f}
	found := c.Latest(0, n, nil)
	if len(found) < 50 || len(found) > 64 || found[0].Seq != n {
		t.Errorf("%d changes, from %d on", len(found), found[0].Seq)
	}
	item, err := items.From[items.ConfigMap](configMap("b", strings.Repeat(large, rememberedBytes>>20+1)))
	if err != nil {
		t.Fatal(err)
	}
	f.add(nil, watch.Event[items.Item]{Type: watch.Added, Item: item})
	if found := c.Latest(0, n, nil); len(found) != 1 {
		t.Errorf("%d changes beside one that is too large", len(found)-1)
	}
}

// The texts of a change are found once.
func TestTextsOfChange(t *testing.T) {
	f := newFeed()
	old, _ := items.From[items.ConfigMap](configMap("a", "1"))
	now, err := items.From[items.ConfigMap](configMap("a", "2"))
	if err != nil {
		t.Fatal(err)
	}
	f.add(nil, watch.Event[items.Item]{Type: watch.Modified, Item: now, Old: old})
	change := (&Cluster{feed: f}).Latest(0, 1, nil)[0]
	for difference := range change.Diff.All() {
		if old, new := change.Texts(1, difference); old != `"1"` || new != `"2"` {
			t.Errorf("out of turn: %s and %s", old, new)
		}
		if old, new := change.Texts(0, difference); old != `"1"` || new != `"2"` {
			t.Errorf("%s and %s", old, new)
		}
		if old, new := change.Texts(0, items.FieldChange{}); old != `"1"` || new != `"2"` {
			t.Errorf("found again: %s and %s", old, new)
		}
	}
}

// The last changes of each object are remembered, however much others change, and it is
// said where there were more.
func TestFeedRemembersEachObject(t *testing.T) {
	f := newFeed()
	change := func(name string, n int) {
		item, err := items.From[items.ConfigMap](map[string]any{"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]any{"name": name, "namespace": "default", "uid": name, "resourceVersion": fmt.Sprint(n)}})
		if err != nil {
			t.Fatal(err)
		}
		f.add(nil, watch.Event[items.Item]{Type: watch.Added, Item: item})
	}
	change("rare", 1)
	for i := range RememberedEach + 2 {
		change("some", i)
	}
	for i := range 3 * Remembered {
		change("busy", i)
	}
	c := &Cluster{feed: f}
	for _, row := range []struct {
		uid   string
		n     int
		found int
		more  bool
	}{{"rare", 9, 1, false}, {"some", 9, RememberedEach, true}, {"some", 2, 2, true}, {"busy", 5 * Remembered, Remembered, true}, {"none", 9, 0, false}} {
		if found, more := c.ChangesOf(row.uid, row.n); len(found) != row.found || more != row.more {
			t.Errorf("the last %d of %s: %d, %v", row.n, row.uid, len(found), more)
		} else if len(found) > 1 && found[0].Seq < found[1].Seq {
			t.Errorf("%s: not the latest first", row.uid)
		}
	}
	if n := len(c.Latest(0, 9*Remembered, nil)); n != Remembered+RememberedEach+1 || n != f.changes.Len() {
		t.Errorf("%d changes, of %d", n, f.changes.Len())
	}
	rare := c.Latest(0, 9, func(c Change) bool { return c.Item.Name() == "rare" })
	if len(rare) != 1 || rare[0].Seq != 1 || !c.Since().IsZero() {
		t.Errorf("%v, since %s", rare, c.Since())
	}
}

// The oldest changes go when all take too much, be they the last of their object, and it
// is said since when all are there.
func TestFeedTellsWhatItForgot(t *testing.T) {
	f := newFeed()
	large := strings.Repeat("x", 1<<20)
	for i := range 100 {
		config := configMap(fmt.Sprint(i), large)
		config["metadata"].(map[string]any)["uid"] = fmt.Sprint(i)
		item, err := items.From[items.ConfigMap](config)
		if err != nil {
			t.Fatal(err)
		}
		f.add(nil, watch.Event[items.Item]{Type: watch.Added, Item: item})
	}
	c := &Cluster{feed: f}
	all := c.Latest(0, 100, nil)
	if oldest := all[len(all)-1]; c.Since().IsZero() || c.Since().After(oldest.Time) || len(f.objects) != len(all) {
		t.Errorf("since %s, %d objects; %d changes from %s", c.Since(), len(f.objects), len(all), oldest.Time)
	}
	if found, _ := c.ChangesOf("0", 9); len(found) != 0 {
		t.Errorf("%d changes of the first", len(found))
	}
}
