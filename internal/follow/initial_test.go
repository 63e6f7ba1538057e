package follow

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/kubeviews/kube/raw"
)

// What is deleted while a list is streamed is not there, unless it comes again.
func TestStreamedListWithDeletions(t *testing.T) {
	for name, test := range map[string]struct {
		events []string
		told   []string
	}{
		"gone":           {[]string{"ADDED a:1@3", "ADDED b:2@4", "DELETED a:1@6"}, []string{"ADDED b:2@4"}},
		"never known":    {[]string{"ADDED a:1@3", "DELETED b:2@6"}, []string{"ADDED a:1@3"}},
		"another":        {[]string{"ADDED a:1@3", "DELETED a:1@6", "ADDED a:2@7"}, []string{"ADDED a:2@7"}},
		"twice":          {[]string{"ADDED a:1@3", "DELETED a:1@6", "ADDED a:2@7", "ADDED b:3@8", "DELETED a:2@9"}, []string{"ADDED b:3@8"}},
		"changed before": {[]string{"ADDED a:1@3", "MODIFIED a:1@6", "DELETED a:1@7"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, some, func(t *testing.T, s *stage) {
				go func() { (<-s.streams).together(append(test.events, "BOOKMARK 9 end")...) }()
				w := s.watch(t, StateFirst())
				checkTold(t, w, append(test.told, "SYNCED")...)
				checkPosition(t, w, "9")
			})
		})
	}
}

// named counts how often it is asked for its name.
type named struct {
	thing
	asked *atomic.Int64
}

func (n named) Name() string {
	n.asked.Add(1)
	return n.name
}

// Each deletion costs the same, however many items there are.
func TestStreamedListManyDeletions(t *testing.T) {
	const items, deletions = 2000, 500
	onStage(t, some, func(t *testing.T, s *stage) {
		var asked atomic.Int64
		source := Source[named]{
			Collection: s.source().Collection,
			Make: func(string) func(raw.Object) named {
				return func(doc raw.Object) named { return named{thingIn(doc), &asked} }
			},
		}
		var events []string
		for i := range items {
			events = append(events, fmt.Sprintf("ADDED x%d:1@3", i))
		}
		for i := range deletions {
			events = append(events, fmt.Sprintf("DELETED x%d:1@6", i))
		}
		go func() { (<-s.streams).together(append(events, "BOOKMARK 9 end")...) }()
		w, err := Watch(t.Context(), source, StateFirst(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		for range items - deletions {
			if event, err := w.Next(t.Context()); err != nil || event.Type != Added {
				t.Fatalf("got %v, %v", event.Type, err)
			}
		}
		if event, err := w.Next(t.Context()); err != nil || event.Type != Synced {
			t.Errorf("got %v, %v", event.Type, err)
		}
		if n := asked.Load(); n > 10*(items+deletions) {
			t.Errorf("the items were asked %d times for their names", n)
		}
	})
}
