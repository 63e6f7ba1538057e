package kube

import "github.com/kubeviews/kube/internal/rest"

// ExitError tells that a command ran in a container and ended with another code
// than 0.
//
//	out, err := pod.Output(ctx, "cat", "/etc/hostname")
//	var exit *kube.ExitError
//	if errors.As(err, &exit) {
//		fmt.Println(exit.Code, string(exit.Stderr))
//	}
//
// Its fields are Namespace and Pod; Command, the program without its arguments;
// Code; Message, the server's words; Stderr, the end of what the command wrote
// there, which only Output keeps.
type ExitError = rest.ExitError

// PortForwardError tells that one connection to a port of a pod failed behind the
// API server: as a rule, because nothing listens there.
//
//	var refused *kube.PortForwardError
//	if errors.As(err, &refused) {
//		fmt.Println(refused.Pod, refused.Port, refused.Message)
//	}
type PortForwardError = rest.PortForwardError
