package cluster

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// Kubectl runs kubectl as Admin and returns what it printed. The error of a command that
// fails holds what it said on standard error. A --context in args chooses the user.
func (c *Cluster) Kubectl(ctx context.Context, args ...string) (string, error) {
	return c.kubectl(ctx, nil, args)
}

// Apply runs kubectl apply on a manifest in YAML or JSON, as Admin.
func (c *Cluster) Apply(ctx context.Context, manifest string) error {
	_, err := c.kubectl(ctx, strings.NewReader(manifest), []string{"apply", "-f", "-"})
	return err
}

// kubectl runs on a leash too: it may wait or follow for long, and must not outlive us.
func (c *Cluster) kubectl(ctx context.Context, stdin io.Reader, args []string) (string, error) {
	cmd := exec.Command(c.binaries.Leash, append([]string{c.binaries.Kubectl}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = c.environment(), stdin, &stdout, &stderr
	control, report, err := startLeash(cmd)
	if err != nil {
		return "", err
	}
	defer control.Close()
	defer report.Close()
	defer context.AfterFunc(ctx, func() { control.Close() })()

	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case err == nil:
		return stdout.String(), nil
	}
	return stdout.String(), fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(stderr.Bytes()))
}
