package rest

import "fmt"

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
