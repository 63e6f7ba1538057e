package items_test

import (
	"errors"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
)

func TestRolloutOfZeroItemsR14(t *testing.T) {
	_, deployment := items.Deployment{}.Rollout()
	_, set := items.StatefulSet{}.Rollout()
	_, daemons := items.DaemonSet{}.Rollout()
	for _, err := range []error{deployment, set, daemons} {
		if !errors.As(err, new(*kube.StatusError)) {
			t.Errorf("got %v", err)
		}
	}
}

// R14: a deployment that is paused would not restart.
func TestRestartOfPausedR14(t *testing.T) {
	d := newDesk(t)
	if _, err := d.server.Update("deployments", "default", "web", func(o kubetest.Object) { o.Put(true, "spec", "paused") }); err != nil {
		t.Fatal(err)
	}
	paused, err := d.web.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = paused.Restart(t.Context())
	d.unsent("Restart of a paused deployment", err)
}
