package items

import (
	"context"
	"errors"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// Namespace holds the names of namespaced objects apart.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/namespace-v1/.
type Namespace struct{ object }

// Phase tells whether the namespace is in use or going. Possible error:
// *StatusError.
func (n Namespace) Phase() (kinds.NamespacePhase, error) {
	phase, err := rest.Text(n.doc(), "status", "phase")
	return kinds.NamespacePhase(phase), err
}

// Delete deletes the namespace and all that is in it. A namespace that is on
// its way already is no error: the server's 409 for it is not passed on. Other
// errors are those of [Object.Delete].
func (n Namespace) Delete(ctx context.Context, options ...DeleteOption) error {
	err := n.object.Delete(ctx, options...)
	if conflict := (*rest.ConflictError)(nil); !errors.As(err, &conflict) {
		return err
	}
	// The same code tells that another namespace has taken the name.
	now, again := n.Fetch(ctx)
	if missing := (*rest.NotFoundError)(nil); errors.As(again, &missing) {
		return nil // it has come to its end meanwhile
	}
	if again == nil && now.UID() == n.UID() && now.Meta().Deleting() {
		return nil
	}
	return err
}
