package main

import (
	"bytes"
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
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
