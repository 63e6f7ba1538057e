package kubetest

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestCloseLeavesNothingRunning(t *testing.T) {
	// The count of goroutines of this package is what matters: other tests may
	// still be winding theirs down.
	ours := func() int {
		buf := make([]byte, 1<<20)
		return strings.Count(string(buf[:runtime.Stack(buf, true)]), "kubetest.(*")
	}
	before := ours()
	s, err := Start(WithObjects(configMap("a")))
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{}
	c := &client{t: t, srv: s, hc: &http.Client{Transport: tr}}
	w := c.watch(configMaps + "?watch=1")
	w.wants("ADDED a")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if after := ours(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
	tr.CloseIdleConnections()
	if _, err := c.hc.Get(s.URL()); err == nil {
		t.Error("a closed server answers")
	}
}

func TestRequestsAreRemembered(t *testing.T) {
	c := start(t, WithRequestLimit(2))
	c.get("/version")
	c.do("POST", configMaps+"?fieldManager=x", `{"metadata":{"name":"a"}}`, "X-Test", "1").must(201)
	c.get(configMaps + "/a%2Fb")
	got := c.srv.Requests()
	if len(got) != 2 || got[0].Method != "POST" || got[0].Query.Get("fieldManager") != "x" || got[0].Header.Get("X-Test") != "1" ||
		string(got[0].Body) != `{"metadata":{"name":"a"}}` || got[1].Path != configMaps+"/a%2Fb" {
		t.Errorf("got %+v", got)
	}
	c.srv.ForgetRequests()
	if n := len(c.srv.Requests()); n != 0 {
		t.Errorf("%d requests are left", n)
	}
}

func TestARestoredServerIsBehindItsClients(t *testing.T) {
	c := start(t, WithObjects(configMap("a")))
	b := c.srv.Backup()
	version := c.srv.Version()
	put1(t, c.srv, configMap("b"))
	if err := c.srv.Remove("cm", "default", "a"); err != nil {
		t.Fatal(err)
	}
	ahead := c.srv.Version()
	c.srv.Restore(b)
	c.hc.CloseIdleConnections()
	if c.srv.Version() != version {
		t.Errorf("got version %s, want %s", c.srv.Version(), version)
	}
	if got := c.get(configMaps).names(); got != "a" {
		t.Errorf("got %q", got)
	}
	c.get(configMaps + "?resourceVersion=" + ahead).must(504)
	put1(t, c.srv, configMap("c"))
	if got := c.get(configMaps).names(); got != "a c" {
		t.Errorf("got %q", got)
	}
}

// TestWatchersSeeTheLog has writers and watchers at work at once. Every watcher
// must see versions rise, and in the end hold what a list shows.
func TestWatchersSeeTheLog(t *testing.T) {
	c := start(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	const writers, writes, watchers = 3, 120, 3
	var done, watching sync.WaitGroup
	results := make([]map[string]string, watchers)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for i := range watchers {
		resp, err := c.hc.Do(c.request("GET", configMaps+"?watch=1", "").WithContext(ctx))
		if err != nil {
			t.Fatal(err)
		}
		watching.Go(func() {
			defer resp.Body.Close()
			results[i] = follow(t, resp, "end")
		})
	}
	for i := range writers {
		done.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			for n := range writes {
				name := fmt.Sprint("c", r.IntN(10))
				if r.IntN(3) == 0 {
					_ = c.srv.Remove("cm", "default", name)
					continue
				}
				if _, err := c.srv.Put(configMap(name, "n", fmt.Sprint(i, "-", n))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Wait()
	put1(t, c.srv, configMap("end"))
	watching.Wait()
	want := map[string]string{}
	list, err := c.srv.List("configmaps", "default")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		want[o.Name()] = o.Version()
	}
	for i, got := range results {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("watcher %d holds %v, want %v", i, got, want)
		}
	}
}

// follow applies events until one about the named object.
func follow(t *testing.T, resp *http.Response, last string) map[string]string {
	state, newest := map[string]string{}, ""
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		event, err := decodeObject(lines.Bytes())
		if err != nil {
			t.Error(err)
			return nil
		}
		obj := Object(asMap(event["object"]))
		if v := obj.Version(); len(v) < len(newest) || len(v) == len(newest) && v <= newest {
			t.Errorf("version %s after %s", v, newest)
		} else {
			newest = v
		}
		if state[obj.Name()] = obj.Version(); event.Text("type") == "DELETED" {
			delete(state, obj.Name())
		}
		if obj.Name() == last {
			return state
		}
	}
	t.Errorf("the stream ended: %v", lines.Err())
	return nil
}
