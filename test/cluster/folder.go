package cluster

import (
	"os"
	"path/filepath"
	"syscall"

	"github.com/kubeviews/kube/test/cluster/internal/flock"
)

const (
	folderPrefix = "kubeviews-kube-"
	folderLock   = "lock"
)

// A folder holds everything that a cluster writes. Nobody else can look into it.
type folder struct {
	path string
	lock *flock.Lock
}

// newFolder makes a folder, and removes those whose owners died before they could.
func newFolder() (*folder, error) {
	sweep(os.TempDir())
	path, err := os.MkdirTemp("", folderPrefix)
	if err != nil {
		return nil, err
	}
	// The lock appears only once it is held, so that a sweep never sees it free.
	early := filepath.Join(path, folderLock+".new")
	lock, err := flock.Try(early)
	if err == nil {
		err = os.Rename(early, filepath.Join(path, folderLock))
	}
	for _, name := range []string{"logs", "home"} {
		if err == nil {
			err = os.Mkdir(filepath.Join(path, name), 0o700)
		}
	}
	if err != nil {
		os.RemoveAll(path)
		return nil, err
	}
	return &folder{path, lock}, nil
}

func (f *folder) remove() error {
	defer f.lock.Unlock()
	return os.RemoveAll(f.path)
}

// sweep removes the folders of this user that nobody holds the lock of.
func sweep(temp string) {
	paths, err := filepath.Glob(filepath.Join(temp, folderPrefix+"*"))
	if err != nil {
		return
	}
	for _, path := range paths {
		if info, err := os.Lstat(path); err == nil && isOurs(info) {
			sweepOne(path)
		}
	}
}

func sweepOne(path string) {
	// No lock file: it is being made, or removed. The lock is held: it is in use.
	lock, err := flock.TryExisting(filepath.Join(path, folderLock))
	if err != nil {
		return
	}
	defer lock.Unlock()
	os.RemoveAll(path) // what cannot be removed now is swept another time
}

func isOurs(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.IsDir() && info.Mode().Perm() == 0o700 && int(stat.Uid) == os.Getuid()
}
