package kube

import (
	"strings"

	"github.com/kubeviews/kube/internal/rest"
)

// proxySettings say which kubectl proxy Launch starts.
type proxySettings struct {
	kubectl    string // a path, or a name to be found in PATH
	kubeconfig string
	context    string
	exec       bool
	given      []string // the options that have set any of it
}

// flags are the arguments of kubectl.
func (s proxySettings) flags(socket string) []string {
	flags := []string{"proxy", "--unix-socket=" + socket}
	if s.kubeconfig != "" {
		flags = append(flags, "--kubeconfig="+s.kubeconfig)
	}
	if s.context != "" {
		flags = append(flags, "--context="+s.context)
	}
	if s.exec {
		flags = append(flags, "--reject-paths=^$")
	}
	return flags
}

// WithKubeconfig sets the file that the kubectl of [Launch] reads, as its flag
// --kubeconfig does. Without it, or with "", kubectl looks where it always does: in
// the environment variable KUBECONFIG, then in ~/.kube/config. Possible error,
// from Launch: *[ArgumentError].
func WithKubeconfig(path string) Option {
	return ofProxy("WithKubeconfig", "kubeconfig", path, func(s *proxySettings) { s.kubeconfig = path })
}

// WithContext sets the context of the kubeconfig that the kubectl of [Launch]
// takes, as its flag --context does: which cluster, and as which user. Without it,
// or with "", it is the current one. Possible error, from Launch: *[ArgumentError].
func WithContext(name string) Option {
	return ofProxy("WithContext", "context name", name, func(s *proxySettings) { s.context = name })
}

// WithKubectl sets which program [Launch] starts: a path, or a name that is looked
// for in PATH. Without it, or with "", that is "kubectl". Possible error, from
// Launch: *[ArgumentError].
func WithKubectl(path string) Option {
	return ofProxy("WithKubectl", "kubectl", path, func(s *proxySettings) { s.kubectl = path })
}

// WithExec lets exec and attach through the kubectl proxy of [Launch], which
// otherwise refuses them, as every kubectl proxy does: its flag --reject-paths is
// set to ^$, which no path matches. Who can open the socket, which is this user
// only, can then run commands in all containers that the kubeconfig's user can.
func WithExec() Option {
	return ofProxy("WithExec", "", "", func(s *proxySettings) { s.exec = true })
}

// ofProxy is an option whose value goes into a command line.
func ofProxy(option, arg, value string, set func(*proxySettings)) Option {
	return func(c *config) error {
		if strings.ContainsRune(value, 0) {
			return &rest.ArgumentError{Arg: arg, Value: value, Reason: "must not have zero bytes"}
		}
		c.proxy.given = append(c.proxy.given, option)
		set(&c.proxy)
		return nil
	}
}
