package kube

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
)

// LaunchError tells that the kubectl proxy of [Launch] could not be started, or has
// ended. Launch returns it; and it is found inside the *[UnreachableError] of a
// request while the proxy does not run.
//
//	var failed *kube.LaunchError
//	if errors.As(err, &failed) {
//		fmt.Println(failed.Kubectl, failed.Stderr, errors.Is(err, exec.ErrNotFound))
//	}
type LaunchError struct {
	Kubectl string // the program, as it was looked for or as it was found
	Stderr  string // the end of what kubectl said, without what looks like a credential
	Err     error  // exec.ErrNotFound, an *exec.ExitError, context.DeadlineExceeded, …
}

// KubeError marks the type as an error of this library.
func (*LaunchError) KubeError() {}

func (e *LaunchError) Error() string {
	text := "kube: kubectl proxy does not run"
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Stderr != "" {
		text += ": " + e.Stderr
	}
	return text
}

func (e *LaunchError) Unwrap() error { return e.Err }

var errEnded = errors.New("it has ended")

// unserved is the error of a dial to a proxy that does not run.
type unserved struct {
	dial error
	why  *LaunchError
}

func (e *unserved) Error() string {
	return e.dial.Error() + "; " + strings.TrimPrefix(e.why.Error(), "kube: ")
}

func (e *unserved) Unwrap() []error { return []error{e.dial, e.why} }

// tail keeps the end of what is written to it.
type tail struct{ b []byte }

const (
	maxTail      = 4096 // bytes
	maxTailLines = 10
)

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if over := len(t.b) - maxTail; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(p), nil
}

// text is the last lines, fit to be shown.
func (t *tail) text() string {
	lines := bytes.Split(bytes.TrimSpace(t.b), []byte("\n"))
	lines = lines[max(0, len(lines)-maxTailLines):]
	for i, line := range lines {
		lines[i] = []byte(legible(string(line)))
	}
	return withoutSecrets(string(bytes.Join(lines, []byte("\n"))))
}

// withoutSecrets masks what may be a credential: kubectl and its plugins may quote
// what they could not use.
func withoutSecrets(text string) string {
	for _, form := range []string{
		`(://)[^/@\s]+@`,
		`(?i)((?:bearer|basic)\s+)\S+`,
		`(?i)((?:token|password|passwd|secret|key-data|certificate-data)["']?\s*[:=]\s*)\S+`,
	} {
		text = regexp.MustCompile(form).ReplaceAllString(text, "$1***")
	}
	return regexp.MustCompile(`[A-Za-z0-9+_-]{24,}={0,2}`).ReplaceAllStringFunc(text, maskRandom)
}

// maskRandom masks what is mixed like a token or a key, as no name is.
func maskRandom(word string) string {
	for _, some := range []string{"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"} {
		if !strings.ContainsAny(word, some) {
			return word
		}
	}
	return "***"
}
