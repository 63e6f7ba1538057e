package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// The same small program, by each library: bench is to run in its own folder.
const programs = "github.com/kubeviews/kube/bench/hello/"

var (
	fileSize  = metric{"", "size", func(c cost) float64 { return float64(c.Bytes) }, 1}
	buildWall = metric{"", "wall", func(c cost) float64 { return c.Wall.Seconds() }, 1e-9}
	buildCPU  = metric{"-cpu", "cpu", func(c cost) float64 { return c.CPU.Seconds() }, 1e-9}
)

// built builds a program, in an empty cache if it is to be cold, and says how
// large it is and what the compilers took.
func built(ctx context.Context, program string, cold bool) (cost, error) {
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return cost{}, err
	}
	defer os.RemoveAll(folder)
	out := filepath.Join(folder, "program")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", out, programs+program)
	if cold {
		cmd.Env = append(os.Environ(), "GOCACHE="+filepath.Join(folder, "cache"))
	}
	start := time.Now()
	if text, err := cmd.CombinedOutput(); err != nil {
		return cost{}, fmt.Errorf("%w: %s", err, text)
	}
	c := cost{Wall: time.Since(start), CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	info, err := os.Stat(out)
	if err != nil {
		return cost{}, err
	}
	c.Bytes = uint64(info.Size())
	return c, nil
}

func programCase(title, peer, program string, cold bool, metrics ...metric) comparison {
	return comparison{title: title, peer: peer, long: cold, metrics: metrics, run: func(ctx context.Context, _ string, _ scale) (pair, error) {
		ours, err := built(ctx, "kube", cold)
		if err != nil {
			return pair{}, err
		}
		theirs, err := built(ctx, program, cold)
		return pair{[]cost{ours}, []cost{theirs}}, err
	}}
}

var programCases = []comparison{
	programCase("hello-size", "typed", "typed", false, fileSize),
	programCase("hello-size", "dynamic", "dynamic", false, fileSize),
	programCase("hello-size", "plain", "plain", false, fileSize),
	programCase("hello-build", "typed", "typed", true, buildWall, buildCPU),
	programCase("hello-build", "dynamic", "dynamic", true, buildWall, buildCPU),
	programCase("hello-build", "plain", "plain", true, buildWall, buildCPU),
}
