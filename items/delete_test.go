package items_test

import (
	"errors"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/kubetest"
)

// R03: where nothing is to be tried again, a deletion whose answer is lost is not.
func TestDeleteOnceR03(t *testing.T) {
	for retries, sent := range map[int]int{0: 1, 1: 2} {
		d := newDesk(t)
		c, err := kube.NewCluster(kube.WithURL(d.server.URL()), kube.WithRetries(retries))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		d.server.Inject(kubetest.Fault{Verb: "DELETE", Times: 1, Cut: true})
		err = kube.Bind(c, d.one).Delete(t.Context())
		if lost := errors.As(err, new(*kube.UnreachableError)); lost != (retries == 0) || d.written() != sent {
			t.Errorf("%d retries: %v, after %d requests", retries, err, d.written())
		}
	}
}
