// Package budget holds the library to what it may cost its users.
package budget

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/kubeviews/kube"

func goTool(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = "../.."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

func TestNoKubernetesModules(t *testing.T) {
	for dep := range strings.Lines(goTool(t, "list", "-deps", "-test", "./...")) {
		if strings.HasPrefix(dep, "k8s.io/") || strings.HasPrefix(dep, "sigs.k8s.io/") {
			t.Errorf("the module depends on %s", strings.TrimSpace(dep))
		}
	}
}

func TestDirectDependencies(t *testing.T) {
	direct := strings.Fields(goTool(t, "list", "-m", "-f", "{{if not (or .Main .Indirect)}}{{.Path}}{{end}}", "all"))
	if len(direct) > 6 {
		t.Errorf("%d direct dependencies, want at most 6: %v", len(direct), direct)
	}
}

// What only tests and demos need must not reach a user's program.
func TestLibraryImportsNoTestServer(t *testing.T) {
	deps := goTool(t, "list", "-deps", ".")
	for _, unwanted := range []string{module + "/kubetest", "testing", "go.yaml.in/"} {
		for dep := range strings.Lines(deps) {
			if strings.HasPrefix(dep, unwanted) {
				t.Errorf("the library imports %s", strings.TrimSpace(dep))
			}
		}
	}
}

// Imports point down: each room is listed with those that it may not use.
func TestImportsPointDown(t *testing.T) {
	rooms := []string{"/manifests", "", "/views", "/items", "/until", "/internal/follow", "/watch", "/meta",
		"/internal/collection", "/kinds", "/internal/remote", "/fieldpath", "/internal/rest", "/internal/sorted", "/raw"} // top down
	for i, room := range rooms {
		imports := strings.Fields(goTool(t, "list", "-f", "{{join .Imports \"\\n\"}}", module+room))
		for _, above := range rooms[:i] {
			if slices.Contains(imports, module+above) {
				t.Errorf("%s imports %s, which is above it", module+room, module+above)
			}
		}
	}
}

const ours = `package main

import (
	"context"
	"fmt"
	"os"

	"` + module + `"
)

func main() {
	cluster, err := kube.NewCluster()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer cluster.Close()
	for pod, err := range cluster.Pods().All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(pod.Namespace(), pod.Name())
	}
}
`

const plain = `package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func main() {
	resp, err := http.Get("http://localhost:8001/api/v1/pods")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer resp.Body.Close()
	var list struct {
		Items []struct {
			Metadata struct{ Namespace, Name string }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for _, pod := range list.Items {
		fmt.Println(pod.Metadata.Namespace, pod.Metadata.Name)
	}
}
`

func TestHelloWorldSize(t *testing.T) {
	a, b := size(t, "ours", ours), size(t, "plain", plain)
	ratio := float64(a) / float64(b)
	t.Logf("a program that lists pods: %d bytes, with net/http and encoding/json alone %d: %.2f times", a, b, ratio)
	if ratio > 1.2 {
		t.Errorf("%.2f times as large, want at most 1.2", ratio)
	}
}

func size(t *testing.T, name, program string) int64 {
	t.Helper()
	info, err := os.Stat(build(t, name, program))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// build builds a program inside the module.
func build(t *testing.T, name, program string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name)
	goTool(t, "build", "-o", binary, source(t, name, program))
	return binary
}

// source writes a program to a folder inside the module that go ignores, and returns
// the package to name.
func source(t *testing.T, name, program string) string {
	t.Helper()
	if err := os.MkdirAll("../../.cache", 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("../../.cache", name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	return "./.cache/" + filepath.Base(dir)
}
