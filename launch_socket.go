package kube

import (
	"fmt"
	"os"
	"path/filepath"
)

// socketFolder makes a folder that only this user can enter, with a path so short
// that a socket in it can be dialed.
func socketFolder() (dir, socket string, err error) {
	for _, under := range []string{os.TempDir(), "/tmp"} {
		if dir, err = privateFolder(under); err != nil {
			continue
		}
		if socket = filepath.Join(dir, "proxy"); len(socket) <= maxSocketPath {
			return dir, socket, nil
		}
		err = fmt.Errorf("the path of a socket in %s is too long", under)
		os.Remove(dir)
	}
	return "", "", err
}

func privateFolder(under string) (string, error) {
	under, err := filepath.Abs(under)
	if err != nil {
		return "", err
	}
	return os.MkdirTemp(under, "kube-") // with mode 0700
}
