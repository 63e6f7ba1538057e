package cluster

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestTakenPortIsTriedAgain gives every part a port that is somebody else's at first.
func TestTakenPortIsTriedAgain(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var asked atomic.Int32
	c, err := Start(t.Context(), Options{Nodes: -1, Logf: t.Logf, freePort: func() (int, error) {
		// The first two are etcd's, the first after its second try is the API server's.
		if n := asked.Add(1); n == 1 || n == 5 || n == 7 {
			return taken.Addr().(*net.TCPAddr).Port, nil
		}
		return freePort()
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	for _, name := range []Part{Etcd, APIServer} {
		if !strings.Contains(c.Logs(name), "address already in use") {
			t.Errorf("%s got a free port at once: the test is wrong", name)
		}
	}
	if n := asked.Load(); n != 11 {
		t.Errorf("asked for %d ports, want 2+2, 1+1, and 1 for each of four parts, one of them twice", n)
	}
}

func TestFolderNamesWhatItHolds(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := set{name: "kubernetes", dir: "build", pins: "k8s.io/kubernetes", stamp: kubernetesVersion}
	folder := func() string {
		t.Helper()
		name, err := s.folder(root)
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	write("build/go.mod", "module x\n\nrequire (\n\tk8s.io/client-go v0.9.9\n\tk8s.io/kubernetes v1.2.3\n)\n")
	first := folder()
	if !strings.HasPrefix(first, "kubernetes-v1.2.3-") || folder() != first {
		t.Errorf("folder is %s, then %s", first, folder())
	}
	write("build/kubectl/main.go", "package main\n")
	if folder() == first {
		t.Error("a new file leaves the folder's name as it was")
	}
	if flags := strings.Join(s.flags("v1.2.3"), " "); !strings.Contains(flags, "gitVersion=v1.2.3 ") || !strings.Contains(flags, "gitMinor=2 ") {
		t.Errorf("flags are %s", flags)
	}
}

func TestFixThatDoesNotFitIsAnError(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, []byte("one two two"), 0o644); err != nil {
		t.Fatal(err)
	}
	for old, fits := range map[string]bool{"one": true, "two": false, "three": false} {
		if err := (fix{File: "main.go", Old: old, New: old}).apply(dir); (err == nil) != fits {
			t.Errorf("fix of %q: %v", old, err)
		}
	}
}

// TestBuildsOnce lets several processes, as it were, build one file.
func TestBuildsOnce(t *testing.T) {
	cache, made := t.TempDir(), atomic.Int32{}
	path := filepath.Join(cache, "set", "program")
	build := func() error {
		b := &builder{cache: cache, logf: t.Logf, jobs: []job{{"program", path, func(_ context.Context, to string) error {
			if made.Add(1) == 1 {
				return errors.New("the first try fails")
			}
			return os.WriteFile(to, []byte("built"), 0o755)
		}}}}
		return b.build(t.Context())
	}
	if err := build(); err == nil {
		t.Error("a failed build is not told")
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "set", "*")); len(left) > 0 {
		t.Errorf("a failed build leaves %v", left)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := build(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := made.Load(); n != 2 {
		t.Errorf("built %d times", n)
	}
}

// TestBuiltNeedsNoGo checks that a cache that is whole is used as it is.
func TestBuiltNeedsNoGo(t *testing.T) {
	first, err := Build(t.Context(), t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", "")
	if second, err := Build(t.Context(), t.Logf); err != nil || second != first {
		t.Errorf("second build: %v, %v", second, err)
	}
}

func TestSweepTakesOnlyWhatNobodyHolds(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dead, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	if err := dead.lock.Unlock(); err != nil { // as the kernel does for who is killed
		t.Fatal(err)
	}
	living, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	early := filepath.Join(os.TempDir(), folderPrefix+"being-made")
	if err := os.Mkdir(early, 0o700); err != nil {
		t.Fatal(err)
	}
	sweep(os.TempDir())
	for path, stays := range map[string]bool{dead.path: false, living.path: true, early: true} {
		if isDir(path) != stays {
			t.Errorf("%s: stays is %t, want %t", path, isDir(path), stays)
		}
	}
	if err := living.remove(); err != nil {
		t.Error(err)
	}
}
