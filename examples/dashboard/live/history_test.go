package live

import (
	"testing"
	"time"

	"github.com/kubeviews/kube/kubetest"
)

// Whoever waits is woken once a sample can be read, and the oldest go.
func TestHistory(t *testing.T) {
	var h history
	for i := range span + 5 {
		sampled := h.sampled()
		select {
		case <-sampled:
			t.Fatal("told before there is a sample")
		default:
		}
		h.add(Sample{Time: time.Unix(int64(i), 0), Pods: i})
		<-sampled
		if all := h.all(); all[len(all)-1].Pods != i || len(all) != min(i+1, span) {
			t.Fatalf("after %d: %d samples, the last %+v", i, len(all), all[len(all)-1])
		}
	}
}

// Changes are counted where pods are not shown, and nothing is said of pods then.
func TestSamplesWithoutPods(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithObjects(pod("default", "a")))
	allow := server.Forbid(kubetest.Access{Resource: "pods"})
	c := start(t, server, "pods", "configmaps")
	if n := len(c.Samples()); n != 0 {
		t.Errorf("%d samples of nothing", n)
	}
	synced(t, c, "configmaps")
	put(t, server, configMap("a", "first"))
	last := func() (s Sample) {
		if all := c.Samples(); len(all) > 0 {
			s = all[len(all)-1]
		}
		return s
	}
	until(t, c, "the change to be counted", func() bool { return last().Changes == 1 })
	if s := last(); s.OfPods || s.Pods != 0 {
		t.Errorf("%+v", s)
	}
	allow()
	until(t, c, "the pods", func() bool { s := last(); return s.OfPods && s.Pods == 1 })
}

// What goes on without contact is not known, and no sample is made up.
func TestNoSamplesWithoutContact(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithObjects(pod("default", "a")))
	c := start(t, server, "pods")
	until(t, c, "a sample", func() bool { return len(c.Samples()) > 0 && c.isCurrent() })
	outage := server.Inject(kubetest.Fault{Cut: true})
	server.CutConnections()
	until(t, c, "the loss of contact", func() bool { return !c.isCurrent() && !c.Contact().Live })
	outage.Remove()
	until(t, c, "contact", c.isCurrent)
}
