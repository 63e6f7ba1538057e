package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

const module = "github.com/kubeviews/kube/test/cluster"

// A set is what one module builds. Each set has a folder of its own in the cache, so
// that a change to one does not build the others again.
type set struct {
	name     string
	dir      string // of its sources, below this module's
	pins     string // the module whose version names the set; none: the set is our own
	stamp    func(version string) string
	programs []program
	fixes    bool // mend the module as its fixes.json says
	stages   bool // keep kwok's stages with the programs
}

type program struct{ name, pkg string }

// sets are in the order of building: what fails, fails early.
var sets = []set{
	{name: "leash", dir: "cmd/leash", programs: []program{{"leash", "."}}},
	{name: "etcd", dir: "build/etcd", pins: "go.etcd.io/etcd/server/v3", programs: []program{{"etcd", "."}}},
	{name: "kubernetes", dir: "build/kubernetes", pins: "k8s.io/kubernetes", stamp: kubernetesVersion, programs: []program{
		{"kube-apiserver", "./kube-apiserver"},
		{"kube-controller-manager", "./kube-controller-manager"},
		{"kube-scheduler", "./kube-scheduler"},
		{"kubectl", "./kubectl"},
	}},
	{name: "kwok", dir: "build/kwok", pins: "sigs.k8s.io/kwok", fixes: true, stages: true, programs: []program{
		{"kwok", "sigs.k8s.io/kwok/cmd/kwok"},
	}},
}

// kubernetesVersion makes /version tell the truth; without it the version is a template
// that nobody filled in, and clients that check it refuse the server.
func kubernetesVersion(version string) string {
	const in = "k8s.io/component-base/version"
	numbers := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(numbers) < 3 {
		return ""
	}
	return fmt.Sprintf("-X %s.gitVersion=%s -X %s.gitMajor=%s -X %s.gitMinor=%s -X %s.gitTreeState=clean",
		in, version, in, numbers[0], in, numbers[1], in)
}

// version is the one that the set's go.mod pins, or "" for our own.
func (s set) version(root string) (string, error) {
	if s.pins == "" {
		return "", nil
	}
	file := filepath.Join(root, s.dir, "go.mod")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	line := regexp.MustCompile(`(?m)^(?:require)?\s+` + regexp.QuoteMeta(s.pins) + `\s+(v\S+)`)
	found := line.FindSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("%s does not require %s", file, s.pins)
	}
	return string(found[1]), nil
}

// folder names the set's folder in the cache: whatever can change the programs changes
// the name.
func (s set) folder(root string) (string, error) {
	version, err := s.version(root)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.GOOS, runtime.GOARCH, s.flags(version))
	if err := hashTree(sum, filepath.Join(root, s.dir)); err != nil {
		return "", err
	}
	parts := []string{s.name, version, hex.EncodeToString(sum.Sum(nil))[:12]}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "-"), nil
}

// flags of go build. Neither the path of this tree nor its revision goes into a
// program, so that every checkout shares one cache.
func (s set) flags(version string) []string {
	link := "-s -w"
	if s.stamp != nil {
		link += " " + s.stamp(version)
	}
	return []string{"-trimpath", "-buildvcs=false", "-ldflags", link}
}

// hashTree adds the names and contents of a folder's files, in their lexical order.
func hashTree(to io.Writer, root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(to, "%s %d\n%s", filepath.ToSlash(name), len(text), text)
		return nil
	})
}

// moduleDir finds this module's sources. They cannot be embedded, because go:embed
// leaves out folders that hold a go.mod.
func moduleDir(ctx context.Context) (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if dir := filepath.Dir(file); ok && filepath.IsAbs(file) && isDir(filepath.Join(dir, "build")) {
		return dir, nil
	}
	// Built with -trimpath, or moved: ask the go command.
	list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module)
	out, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("where are the sources of %s: %w", module, withStderr(err))
	}
	return strings.TrimSpace(string(out)), nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
