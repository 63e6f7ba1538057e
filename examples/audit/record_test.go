package main

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	allow = h.server.Forbid(kubetest.Access{Resource: "configmaps"})
	r := startRecordingOf(t, h, db, nil)
	recorded(t, db, func(e exported) bool { return e.Resource == "namespaces" })
	allow()
	recorded(t, db, func(e exported) bool { return e.Name == "one" })
	if _, err := r.end(os.Interrupt); err != nil || !strings.Contains(r.errs.String(), "configmaps are recorded now") {
		t.Errorf("it ended with %v:\n%s", err, &r.errs)
	}
}
