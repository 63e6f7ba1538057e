// Package conformance is one suite of behaviours of the library, the same
// assertions against any API server: the embedded one of kubetest, and a real
// control plane behind kubectl proxy.
//
// Everything that a test asserts is judged by somebody else than the library:
// by kubectl where there is one, else by a plain net/http request, and in both
// cases by encoding/json into small structs of the suite's own.
//
// The subtests are named after the rows of the parity table that they show.
package conformance

import (
	"context"
	"testing"
)

// Environment is what differs between the clusters that the suite runs against.
type Environment struct {
	// Name becomes a part of the names of all that the suite makes, so that
	// several environments can share a cluster: lower case letters and digits.
	Name string
	// URL is where the API is, as kube.WithURL takes it.
	URL string
	// Diff is cmp.Diff. It is given, because the suite itself depends on
	// nothing but the library.
	Diff func(x, y any) string

	// Kubectl runs kubectl on the same cluster and returns what it prints. nil
	// where there is none: plain HTTP is the judge then.
	Kubectl func(ctx context.Context, args ...string) ([]byte, error)
	// Lives says that controllers and kubelets are at work: workloads become
	// running pods.
	Lives bool
	// Sent counts the requests of one user agent. nil where nobody counts.
	Sent func(userAgent string) int
	// Streams is about logs, exec and port forwards.
	Streams Streams
}

// Run runs the suite. The tests run in parallel, each in a namespace of its own.
func Run(t *testing.T, e Environment) {
	for _, tests := range []map[string]func(*place){
		kindTests(),
		accessorTests(),
		moreAccessorTests(),
		metadataTests(),
		itemTests(),
		listTests(),
		createTests(),
		changeTests(),
		proxyTests(),
		watchTests(),
		versionTests(),
		secretTests(),
		clusterTests(),
		connectionTests(),
		badInputTests(),
		waitTests(),
		manifestTests(),
		streamTests(),
		serviceProxyTests(),
		tableTests(),
		diffTests(),
	} {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(newPlace(t, e))
			})
		}
	}
}
