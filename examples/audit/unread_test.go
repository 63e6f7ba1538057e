package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/kubeviews/kube/kubetest"
)

// garbled makes the events of a name be told in a form that nobody can read.
func garbled(h *history, name string) {
	h.server.Inject(kubetest.Fault{Verb: "watch", Path: "/api/v1/configmaps", Edit: func(event []byte) []byte {
		if bytes.Contains(event, []byte(`"name":"`+name+`"`)) {
			return bytes.ReplaceAll(event, []byte(`"resourceVersion"`), []byte(`"resourceVersio"`))
		}
		return event
	}})
}

// set writes a config map, and returns its version.
func (h *history) set(t *testing.T, name string) string {
	t.Helper()
	h.count++
	obj, err := h.server.Put(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": "default"},
		"data": map[string]any{"count": fmt.Sprint(h.count)}})
	do(t, err)
	return obj.Version()
}

// recorded waits until a change is.
func recorded(t *testing.T, db string, like func(exported) bool) {
	t.Helper()
	eventually(t, func() error {
		if all := exportOf(t, db); !slices.ContainsFunc(all, like) {
			return fmt.Errorf("it is not in %+v", all)
		}
		return nil
	})
}

// A change that cannot be read is in a gap, whatever ends the recorder.
func TestRecordUnreadable(t *testing.T) {
	h, db := newHistory(t, 4), filepath.Join(t.TempDir(), "audit.db")
	h.set(t, "bad")
	h.set(t, "good")
	if errs, code := record1(t, h, db, "committed", "configmaps"); code != exitDone {
		t.Fatalf("it ended with %d: %s", code, errs)
	}
	t.Parallel()
	garbled(h, "bad")
	r := startRecordingOf(t, h, db, []string{"configmaps"})
	before := h.set(t, "good")
	lost := h.set(t, "bad")
	behind := h.set(t, "good")
	recorded(t, db, func(e exported) bool { return e.Version == behind })
	r.end(syscall.SIGKILL)
	all := exportOf(t, db)
	if !within(lost, all) || within(before, all) {
		t.Errorf("version %s is in no gap, or %s is in one: %+v", lost, before, all)
	}

	r = startRecordingOf(t, h, db, []string{"configmaps"})
	h.set(t, "bad")
	do(t, h.server.Remove("configmaps", "default", "bad"))
	last := h.set(t, "good")
	recorded(t, db, func(e exported) bool { return e.Version == last })
	h.server.EndWatches()
	recorded(t, db, func(e exported) bool { return e.Change == "DELETED" && e.Name == "bad" })
	if _, err := r.end(os.Interrupt); err != nil {
		t.Errorf("it ended with %v:\n%s", err, &r.errs)
	}
	h.judge(t, db, r.out.String())
}
