package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A fix replaces one text of one file of a module while it is built. fixes.json in the
// folder of a set holds them, each with its reason.
type fix struct{ File, Why, Old, New string }

// fixedModule copies the sources of a module into the folder temp, mends them, and
// returns a go.mod that builds the set with them. The original stays as it was
// published: the go command would not have it otherwise.
func fixedModule(ctx context.Context, dir, module, temp string) (modfile string, err error) {
	fixes, err := readFixes(filepath.Join(dir, "fixes.json"))
	if err != nil {
		return "", err
	}
	sources, err := sourcesOf(ctx, dir, module)
	if err != nil {
		return "", err
	}
	copied := filepath.Join(temp, "module")
	if err := os.CopyFS(copied, os.DirFS(sources)); err != nil {
		return "", err
	}
	for _, f := range fixes {
		if err := f.apply(copied); err != nil {
			return "", err
		}
	}
	return replaceModule(ctx, dir, module, copied, temp)
}

func readFixes(file string) ([]fix, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var fixes []fix
	if err := json.Unmarshal(text, &fixes); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return fixes, nil
}

// apply fails when the fix does not fit exactly once: then it was made for another
// version.
func (f fix) apply(dir string) error {
	file := filepath.Join(dir, f.File)
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if n := strings.Count(string(text), f.Old); n != 1 {
		return fmt.Errorf("%s has %d places, not one, for the fix: %s", f.File, n, f.Why)
	}
	return os.WriteFile(file, []byte(strings.Replace(string(text), f.Old, f.New, 1)), 0o600)
}

// replaceModule writes a copy of a set's go.mod and go.sum that takes a module from a
// folder.
func replaceModule(ctx context.Context, dir, module, with, temp string) (modfile string, err error) {
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(temp, name), text, 0o600); err != nil {
			return "", err
		}
	}
	modfile = filepath.Join(temp, "go.mod")
	_, err = goCommand(ctx, dir, "mod", "edit", "-replace="+module+"="+with, modfile)
	return modfile, err
}

// sourcesOf is where the go command keeps a module that dir depends on.
func sourcesOf(ctx context.Context, dir, module string) (string, error) {
	if _, err := goCommand(ctx, dir, "mod", "download", module); err != nil {
		return "", err
	}
	out, err := goCommand(ctx, dir, "list", "-m", "-f", "{{.Dir}}", module)
	return strings.TrimSpace(out), err
}
