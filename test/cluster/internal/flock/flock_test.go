package flock

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestTryIsExclusive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if _, err := TryExisting(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("TryExisting of no file: %v", err)
	}
	first, err := Try(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Try(path); !errors.Is(err, ErrHeld) {
		t.Errorf("second Try: %v", err)
	}
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := TryExisting(path)
	if err != nil {
		t.Fatal(err)
	}
	again.Unlock()
}

func TestTakeWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	held, err := Try(path)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	lock, err := Take(t.Context(), path, func() { told++; held.Unlock() })
	if err != nil || told != 1 {
		t.Fatalf("Take: %v, told %d times", err, told)
	}
	defer lock.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := Take(ctx, path, func() {}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Take of a lock that is held: %v", err)
	}
}
