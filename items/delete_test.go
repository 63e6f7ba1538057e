package items_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
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

// deaf is a type of one's own with a Delete of its own.
type deaf struct{ items.Object[deaf] }

var errDeaf = errors.New("it does not hear")

func (deaf) Delete(context.Context, ...items.DeleteOption) error { return errDeaf }

// R15: DeleteAndWait deletes as the item's own type does it: a namespace that is on its
// way already is no error, nor is it with the server's 409.
func TestDeleteAndWaitAsItsTypeR15(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithNamespaceConflict(), kubetest.WithHeldNamespaces())
	c, err := kube.NewCluster(kube.WithURL(server.URL()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ns, err := c.Namespaces().Create(t.Context(), map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "shop"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	server.ForgetRequests()
	go func() { ended <- ns.DeleteAndWait(t.Context()) }()
	for len(server.Requests()) < 2 { // the deletion, and what is asked behind it
		select {
		case err := <-ended:
			t.Fatal(err)
		default:
			runtime.Gosched()
		}
	}
	server.ReleaseNamespace("shop")
	if err := <-ended; err != nil {
		t.Error(err)
	}
	own, err := items.From[deaf](map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "a", "namespace": "default"}})
	if err == nil {
		err = own.DeleteAndWait(t.Context())
	}
	if !errors.Is(err, errDeaf) {
		t.Errorf("a type of one's own: %v", err)
	}
}
