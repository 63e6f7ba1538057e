package views_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

// An event of a mirror has two revisions, and what differs between them.
func TestMirrorEventsDiffer(t *testing.T) {
	f := newFakePods("a", "b")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		ctx, cancel := context.WithCancel(t.Context())
		var got []string
		done := make(chan struct{})
		go func() {
			defer close(done)
			for event, err := range m.Changes(ctx) {
				if err != nil {
					return
				}
				if event.Type == watch.Modified {
					got = append(got, fmt.Sprint(event.Item.Name(), ": ", items.Diff(event.Old, event.Item)))
				}
			}
		}()
		synctest.Wait()
		f.set("a", "x")
		f.set("b", "y")
		synctest.Wait()
		cancel()
		<-done
		want := []string{`a: metadata.labels.app: "" → "x"`, `b: metadata.labels.app: "" → "y"`}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
