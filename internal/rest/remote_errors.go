package rest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/kubeviews/kube/raw"
)

// ExitError tells that a command ran in a container and ended with another code
// than 0.
type ExitError struct {
	mark
	Namespace, Pod string
	Command        string // the program, without its arguments: they may be secret
	Code           int    // never 0
	Message        string // the server's words; may be empty
	Stderr         []byte // the end of what the command wrote there; of Output only
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("kube: %s: %s exited with code %d", ident("Pod", e.Namespace, e.Pod), clip(e.Command, 253), e.Code)
}

// PortForwardError tells that one connection to a port of a pod could not be
// made, or was ended by what stands before the pod: nothing listens there, as a
// rule.
type PortForwardError struct {
	mark
	Namespace, Pod string
	Port           int
	Message        string // the server's words
}

func (e *PortForwardError) Error() string {
	return fmt.Sprintf("kube: %s: port %d: %s", ident("Pod", e.Namespace, e.Pod), e.Port, clip(e.Message, 1000))
}

// Refused is the error of an upgrade that was answered with something else than
// another protocol. What is the subresource: "exec", "portforward".
func Refused(r Request, what string, resp *http.Response, body []byte) error {
	if status, err := raw.Parse(body); err == nil && IsStatus(status) {
		return FromStatus(r, resp.StatusCode, status)
	}
	e := &APIError{Verb: r.Verb, URL: r.URL(), Code: resp.StatusCode}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") {
		e.Message = strings.ToValidUTF8(strings.TrimSpace(string(body)), "\uFFFD")
	}
	switch {
	case resp.StatusCode == http.StatusForbidden && e.Message == "Forbidden":
		e.Message = rejected(what)
	case resp.StatusCode/100 == 2:
		e.Message = "the server did not switch to another protocol"
	}
	return Classify(e)
}

// rejected explains the bare word of kubectl proxy, which names neither itself
// nor the way out. The API server's own refusal is a Status.
func rejected(what string) string {
	if what == "exec" || what == "attach" {
		return "kubectl proxy rejects " + what + " by default: start it with --reject-paths='^$', or use kube.Launch with kube.WithExec"
	}
	return "kubectl proxy rejects " + what + " by its flag --reject-paths"
}
