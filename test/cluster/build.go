package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/kubeviews/kube/test/cluster/internal/flock"
)

// Logf is told what goes on; (*testing.T).Logf and log.Printf are ones. nil is silent.
type Logf func(format string, args ...any)

func (f Logf) printf(format string, args ...any) {
	if f != nil {
		f(format, args...)
	}
}

// Binaries are the paths of the programs, and of the stages that kwok plays.
type Binaries struct {
	Leash             string
	Etcd              string
	APIServer         string
	ControllerManager string
	Scheduler         string
	Kubectl           string
	Kwok              string
	KwokStages        string
}

// CacheDir is the folder of everything that Build keeps: $KUBE_TEST_CACHE, or
// kubeviews-kube in the user's cache folder.
func CacheDir() (string, error) {
	if dir := os.Getenv("KUBE_TEST_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "kubeviews-kube"), nil
}

// Build returns the programs, and builds those that the cache lacks. Two processes may
// call it at once: one builds, the other waits. What is built by the time that ctx ends
// is kept.
func Build(ctx context.Context, logf Logf) (Binaries, error) {
	b, err := newBuilder(ctx, logf)
	if err != nil {
		return Binaries{}, err
	}
	if len(b.missing()) > 0 {
		if err := b.build(ctx); err != nil {
			return Binaries{}, err
		}
	}
	return b.binaries(), nil
}

// A builder knows what is to be built, and where to.
type builder struct {
	logf  Logf
	root  string // of the sources
	cache string
	jobs  []job
}

// A job makes one file of the cache.
type job struct {
	name string
	path string
	make func(ctx context.Context, to string) error
}

const stagesFile = "stages.yaml"

func newBuilder(ctx context.Context, logf Logf) (*builder, error) {
	root, err := moduleDir(ctx)
	if err != nil {
		return nil, err
	}
	cache, err := CacheDir()
	if err != nil {
		return nil, err
	}
	b := &builder{logf: logf, root: root, cache: cache}
	for _, s := range sets {
		if err := b.add(s); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// add appends a set's jobs.
func (b *builder) add(s set) error {
	version, err := s.version(b.root)
	if err != nil {
		return err
	}
	folder, err := s.folder(b.root)
	if err != nil {
		return err
	}
	dir, out := filepath.Join(b.root, s.dir), filepath.Join(b.cache, folder)
	for _, p := range s.programs {
		b.jobs = append(b.jobs, job{p.name, filepath.Join(out, p.name), func(ctx context.Context, to string) error {
			return s.compile(ctx, dir, version, p.pkg, to)
		}})
	}
	if s.stages {
		b.jobs = append(b.jobs, job{stagesFile, filepath.Join(out, stagesFile), func(ctx context.Context, to string) error {
			return copyStages(ctx, dir, s.pins, to)
		}})
	}
	return nil
}

// compile builds one program.
func (s set) compile(ctx context.Context, dir, version, pkg, to string) error {
	arguments := append([]string{"build"}, s.flags(version)...)
	if s.fixes {
		temp, err := os.MkdirTemp("", "kubeviews-build-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temp)
		modfile, err := fixedModule(ctx, dir, s.pins, temp)
		if err != nil {
			return err
		}
		arguments = append(arguments, "-modfile="+modfile)
	}
	_, err := goCommand(ctx, dir, append(arguments, "-o", to, pkg)...)
	return err
}

func (b *builder) missing() []job {
	var jobs []job
	for _, j := range b.jobs {
		if _, err := os.Stat(j.path); err != nil {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

func (b *builder) build(ctx context.Context) error {
	if err := os.MkdirAll(b.cache, 0o755); err != nil {
		return err
	}
	lock, err := flock.Take(ctx, filepath.Join(b.cache, "build.lock"), func() {
		b.logf.printf("cluster: waiting for another process that builds")
	})
	if err != nil {
		return fmt.Errorf("lock of %s: %w", b.cache, err)
	}
	defer lock.Unlock()

	start := time.Now()
	jobs := b.missing() // the other process may have built them
	if len(jobs) == len(b.jobs) {
		b.logf.printf("cluster: building Kubernetes; from nothing it takes some ten minutes on two cores")
	}
	for i, j := range jobs {
		b.logf.printf("cluster: building %s, %d of %d", j.name, i+1, len(jobs))
		if err := b.do(ctx, j, start); err != nil {
			return fmt.Errorf("build %s: %w", j.name, err)
		}
	}
	return nil
}

// do makes one file under another name first, so that whatever has its name is whole.
func (b *builder) do(ctx context.Context, j job, start time.Time) error {
	if err := os.MkdirAll(filepath.Dir(j.path), 0o755); err != nil {
		return err
	}
	unfinished := j.path + ".unfinished"
	defer os.Remove(unfinished)
	defer b.tick(j.name, start)()

	begun := time.Now()
	if err := j.make(ctx, unfinished); err != nil {
		return err
	}
	b.logf.printf("cluster: built %s in %s (%s in all)", j.name, since(begun), since(start))
	return os.Rename(unfinished, j.path)
}

// tick says now and then that a build goes on, until the returned function is called.
func (b *builder) tick(name string, start time.Time) (stop func()) {
	ticker, done, ended := time.NewTicker(30*time.Second), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ticker.C:
				b.logf.printf("cluster: still building %s (%s in all)", name, since(start))
			case <-done:
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(done)
		<-ended
	}
}

func since(t time.Time) time.Duration { return time.Since(t).Round(100 * time.Millisecond) }

func (b *builder) binaries() Binaries {
	path := map[string]string{}
	for _, j := range b.jobs {
		path[j.name] = j.path
	}
	return Binaries{
		Leash:             path["leash"],
		Etcd:              path["etcd"],
		APIServer:         path["kube-apiserver"],
		ControllerManager: path["kube-controller-manager"],
		Scheduler:         path["kube-scheduler"],
		Kubectl:           path["kubectl"],
		Kwok:              path["kwok"],
		KwokStages:        path[stagesFile],
	}
}

// stages are the folders of kwok's module that make Nodes and Pods live.
var stages = []string{"node/heartbeat-with-lease", "node/fast", "pod/fast"}

// copyStages writes kwok's own stages into one file.
func copyStages(ctx context.Context, dir, module, to string) error {
	sources, err := sourcesOf(ctx, dir, module)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	for _, stage := range stages {
		if err := appendStages(&text, filepath.Join(sources, "kustomize/stage", stage)); err != nil {
			return err
		}
	}
	return os.WriteFile(to, text.Bytes(), 0o644)
}

func appendStages(text *bytes.Buffer, dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return err
	}
	before := text.Len()
	for _, file := range files {
		if filepath.Base(file) == "kustomization.yaml" {
			continue
		}
		stage, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(text, "---\n%s\n", stage)
	}
	if text.Len() == before {
		return fmt.Errorf("%s has no stages", dir)
	}
	return nil
}

// goCommand runs the go command in a module's folder, for this machine, whatever the
// environment would rather build for.
func goCommand(ctx context.Context, dir string, arguments ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", arguments...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOOS=", "GOARCH=", "CGO_ENABLED=0")
	// On an interrupt go starts no more compilers; killed, it would leave them running.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	return string(out), withStderr(err)
}

// withStderr adds what a command said to how it failed.
func withStderr(err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && len(exit.Stderr) > 0 {
		return fmt.Errorf("%w:\n%s", err, bytes.TrimSpace(exit.Stderr))
	}
	return err
}
