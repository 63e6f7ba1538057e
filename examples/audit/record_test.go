package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/kubetest"
)

// record1 records within the test until something passes, and then is asked to end. It
// returns what it said, and its exit code.
func record1(t *testing.T, h *history, db, until string, kinds ...string) (errs string, code int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	passing = func(point string) {
		if point == until {
			cancel()
		}
	}
	defer func() { passing = func(string) {} }()
	a, e := testApp(), new(bytes.Buffer)
	a.err = e
	code = a.run(ctx, append([]string{"record", "--proxy", h.server.URL(), "--db", db}, kinds...))
	return e.String(), code
}

// spoil makes a change of the file fail.
func spoil(t *testing.T, path, change string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	do(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), "CREATE TRIGGER spoiled BEFORE "+change+" BEGIN SELECT RAISE(ABORT, 'the disk is tired'); END")
	do(t, err)
}

// What could not be stored is told, also when the recorder was asked to end meanwhile.
func TestRecordEndsWithFailure(t *testing.T) {
	for _, change := range []string{"", "UPDATE OF checkpoint ON watches", "UPDATE ON runs"} {
		h, db := newHistory(t, 3), filepath.Join(t.TempDir(), "audit.db")
		h.change(t)
		if errs, code := record1(t, h, db, "committed", "configmaps"); code != exitDone {
			t.Fatalf("it ended with %d: %s", code, errs)
		}
		h.change(t)
		want := exitDone
		if change != "" {
			spoil(t, db, change)
			want = exitFailed
		}
		errs, code := record1(t, h, db, "writing", "configmaps")
		if code != want || strings.Contains(errs, "the disk is tired") != (want == exitFailed) {
			t.Errorf("%q: it ended with %d: %s", change, code, errs)
		}
	}
}

// widgets are of a kind that comes and goes.
var widgets = kubetest.Resource{Group: "example.com", Version: "v1", Plural: "widgets", Kind: "Widget", Namespaced: true}

func (h *history) widget(t *testing.T, name string) {
	t.Helper()
	_, err := h.server.Put(map[string]any{"apiVersion": "example.com/v1", "kind": "Widget", "metadata": map[string]any{"name": name, "namespace": "default"}})
	do(t, err)
}

// A kind that was there waits until it is back, while others are recorded.
func TestRecordWithoutKind(t *testing.T) {
	h, db := newHistory(t, 5), filepath.Join(t.TempDir(), "audit.db")
	if errs, code := record1(t, h, db, "", "configmaps", "widgets.example.com"); code != exitUsage || !strings.Contains(errs, `unknown kind "widgets.example.com"`) {
		t.Errorf("it ended with %d: %s", code, errs)
	}
	do(t, h.server.Serve(widgets))
	h.widget(t, "one")
	if errs, code := record1(t, h, db, "committed", "widgets.example.com"); code != exitDone {
		t.Fatalf("it ended with %d: %s", code, errs)
	}
	h.server.Withdraw("example.com/v1")
	if errs, code := record1(t, h, db, "", "widgets.example.com"); code != exitFailed || !strings.Contains(errs, "nothing can be recorded") {
		t.Errorf("it ended with %d: %s", code, errs)
	}
	t.Parallel()
	h.set(t, "other")
	r := startRecordingOf(t, h, db, []string{"configmaps", "widgets.example.com"})
	recorded(t, db, func(e exported) bool { return e.Name == "other" })
	do(t, h.server.Serve(widgets))
	h.widget(t, "two")
	recorded(t, db, func(e exported) bool { return e.Name == "two" })
	if _, err := r.end(os.Interrupt); err != nil || strings.Count(r.errs.String(), "widgets.example.com are NOT recorded") != 1 {
		t.Errorf("it ended with %v:\n%s", err, &r.errs)
	}
}

// A kind that is refused is recorded once it is not.
func TestRecordRefused(t *testing.T) {
	h, db := newHistory(t, 6), filepath.Join(t.TempDir(), "audit.db")
	h.set(t, "one")
	allow := h.server.Forbid(kubetest.Access{})
	if errs, code := record1(t, h, db, ""); code != exitFailed || !strings.Contains(errs, "nothing can be recorded") {
		t.Errorf("it ended with %d: %s", code, errs)
	}
	allow()
	t.Parallel()
	h.server.Inject(kubetest.Fault{Path: "/api/v1/configmaps", Times: 2, Status: http.StatusForbidden,
		Body: kubetest.StatusBody(http.StatusForbidden, "Forbidden", "configmaps is forbidden")})
	r := startRecordingOf(t, h, db, nil)
	recorded(t, db, func(e exported) bool { return e.Name == "one" })
	if _, err := r.end(os.Interrupt); err != nil || !strings.Contains(r.errs.String(), "configmaps are recorded now") {
		t.Errorf("it ended with %v:\n%s", err, &r.errs)
	}
}

// A kind is counted once, however often its watch is begun.
func TestRecordCountsKinds(t *testing.T) {
	h, db := newHistory(t, 8), filepath.Join(t.TempDir(), "audit.db")
	shop := map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "shop"}}
	_, err := h.server.Put(shop)
	do(t, err)
	if errs, code := record1(t, h, db, "committed", "-n", "shop", "configmaps"); code != exitDone {
		t.Fatalf("it ended with %d: %s", code, errs)
	}
	t.Parallel()
	asks := func(path string) {
		t.Helper()
		eventually(t, func() error {
			if all := h.server.Requests(); !slices.ContainsFunc(all, func(r kubetest.Request) bool { return strings.HasSuffix(r.Path, path) }) {
				return fmt.Errorf("%s was not asked for, but %v", path, all)
			}
			return nil
		})
	}
	h.server.ForgetRequests()
	r := startRecordingOf(t, h, db, []string{"-n", "shop", "configmaps"})
	asks("/shop/configmaps")
	h.server.ForgetRequests()
	do(t, h.server.Remove("namespaces", "", "shop"))
	h.server.EndWatches()
	asks("/namespaces/shop")
	_, err = h.server.Put(shop)
	do(t, err)
	_, err = h.server.Put(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "one", "namespace": "shop"}})
	do(t, err)
	recorded(t, db, func(e exported) bool { return e.Name == "one" })
	if _, err := r.end(os.Interrupt); err != nil || !strings.Contains(r.errs.String(), "beginning again") || !strings.Contains(r.errs.String(), "of 1 kind,") {
		t.Errorf("it ended with %v:\n%s", err, &r.errs)
	}
}

// Another cluster behind a gap is as little of the file as one at the start.
func TestRecordOtherCluster(t *testing.T) {
	h, db := newHistory(t, 9), filepath.Join(t.TempDir(), "audit.db")
	h.set(t, "one")
	if errs, code := record1(t, h, db, "committed", "configmaps"); code != exitDone {
		t.Fatalf("it ended with %d: %s", code, errs)
	}
	t.Parallel()
	r := startRecordingOf(t, h, db, []string{"configmaps"})
	version := h.set(t, "two")
	recorded(t, db, func(e exported) bool { return e.Version == version })
	do(t, h.server.Remove("namespaces", "", "kube-system"))
	_, err := h.server.Put(map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "kube-system"}})
	do(t, err)
	h.server.Inject(kubetest.Fault{Verb: "watch", Times: 1, Status: http.StatusGone, Body: kubetest.StatusBody(http.StatusGone, "Expired", "too old resource version"),
		Do: func(*http.Request) { h.set(t, "three"); h.server.Compact() }})
	h.server.EndWatches()
	r.await(1000, 20*time.Second)
	if _, err := r.end(os.Interrupt); err == nil || !strings.Contains(r.errs.String(), "holds another cluster") {
		t.Errorf("it ended with %v:\n%s", err, &r.errs)
	}
	if all := exportOf(t, db); slices.ContainsFunc(all, func(e exported) bool { return e.Name == "three" || e.Type == "gap" }) {
		t.Errorf("it has recorded %+v", all)
	}
}
