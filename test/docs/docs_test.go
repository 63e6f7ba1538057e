// Package docs compiles and runs the code in the README and in docs/.
package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kubeviews/kube/kubetest"
)

// packages are what a piece of code may use without saying so.
var packages = map[string]string{
	"cmp":       "cmp",
	"context":   "context",
	"errors":    "errors",
	"fmt":       "fmt",
	"http":      "net/http",
	"io":        "io",
	"json":      "encoding/json",
	"net":       "net",
	"os":        "os",
	"strings":   "strings",
	"time":      "time",
	"until":     "github.com/kubeviews/kube/until",
	"items":     "github.com/kubeviews/kube/items",
	"kinds":     "github.com/kubeviews/kube/kinds",
	"kube":      "github.com/kubeviews/kube",
	"kubetest":  "github.com/kubeviews/kube/kubetest",
	"manifests": "github.com/kubeviews/kube/manifests",
	"raw":       "github.com/kubeviews/kube/raw",
	"views":     "github.com/kubeviews/kube/views",
	"watch":     "github.com/kubeviews/kube/watch",
}

// block is a piece of code. One that is marked as "go compile" is not run: it needs
// what is not everywhere.
var block = regexp.MustCompile("(?ms)^```go( compile)?\n(.*?)^```$")

// piece is one piece of code: a program, or the inside of a function.
type piece struct {
	name, code string
	runs       bool
}

func pieces(t *testing.T) (all []piece) {
	t.Helper()
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "../../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, code := range block.FindAllSubmatch(text, -1) {
			all = append(all, piece{fmt.Sprintf("%s/%d", filepath.Base(file), i+1), string(code[2]), len(code[1]) == 0})
		}
	}
	return all
}

func TestCodeInDocs(t *testing.T) {
	all := pieces(t)
	if len(all) == 0 {
		t.Fatal("no code found")
	}
	together := map[string]string{"main.go": mainOfPieces}
	for i, p := range all {
		if !strings.Contains(p.code, "package main") {
			together[fmt.Sprintf("piece%d.go", i)] = function(p)
		}
	}
	binary := build(t, together)
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			if !p.runs {
				t.Skip("compiled only")
			}
			if strings.Contains(p.code, "package main") {
				run(t, build(t, map[string]string{"main.go": p.code}))
			} else {
				run(t, binary, p.name)
			}
		})
	}
}

// build builds a program inside the module, in a folder that go ignores.
func build(t *testing.T, files map[string]string) string {
	t.Helper()
	if err := os.MkdirAll("../../.cache", 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("../../.cache", "docs")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(t.TempDir(), "docs.exe")
	cmd := exec.Command("go", "build", "-o", binary, "./.cache/"+filepath.Base(dir))
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// run runs a program on a cluster of its own.
func run(t *testing.T, binary string, args ...string) {
	t.Helper()
	server := kubetest.NewServer(t, kubetest.WithYAMLFiles("../../examples/tour/cluster.yaml", "world.yaml"), kubetest.WithOpenProxy())
	enliven(t, server)
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), "PROXY="+server.URL())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

const mainOfPieces = `package main

import (
	"context"
	"fmt"
	"os"

	"github.com/kubeviews/kube"
)

var pieces = map[string]func(context.Context, *kube.Cluster) error{}

func main() {
	cluster, err := kube.NewCluster(kube.WithURL(os.Getenv("PROXY")))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer cluster.Close()
	if err := pieces[os.Args[1]](context.Background(), cluster); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
`

// declaration is a type or a function, which cannot be inside another.
var declaration = regexp.MustCompile(`(?ms)^(?:type|func) [^\n]*(?:\}\n|\{\n.*?^\}\n)`)

// function makes a file of the inside of a function.
func function(p piece) string {
	outside := strings.Join(declaration.FindAllString(p.code, -1), "\n")
	p.code = declaration.ReplaceAllString(p.code, "")
	body := fmt.Sprintf(`func init() {
	pieces[%q] = func(ctx context.Context, cluster *kube.Cluster) error {
		_, _ = ctx, cluster
		{
%s
		}
		return nil
	}
}

%s`, p.name, p.code, outside)
	var imports strings.Builder
	for name, path := range packages {
		if regexp.MustCompile(`\b` + name + `\.[A-Z]`).MatchString(body) {
			fmt.Fprintf(&imports, "\t%q\n", path)
		}
	}
	return "package main\n\nimport (\n" + imports.String() + ")\n\n" + body
}
