package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

const nodeText = `{"apiVersion":"v1","kind":"Node","metadata":{"name":"n","uid":"n-1","resourceVersion":"9"},"spec":{"unschedulable":true}}`

// drained is a node whose pods are those of a scene.
type drained struct {
	*play
	lab   *lab
	node  items.Node
	began time.Time
	told  []string // seconds, step and pod
}

// eviction says how the n-th request to evict a pod is answered, from 1; nil is for
// deleting it at once.
type eviction func(pod string, n int) http.HandlerFunc

// onDrain runs a test in virtual time, behind which no request and no goroutine may
// be left.
func onDrain(t *testing.T, s *scene, evict eviction, test func(*drained)) {
	t.Helper()
	asked := map[string]int{}
	handler := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPatch:
			says(200, nodeText)(w, r)
		case r.Method == http.MethodPost:
			pod := strings.Split(r.URL.Path, "/")[6]
			s.mu.Lock()
			asked[pod]++
			n := asked[pod]
			s.mu.Unlock()
			if h := evict(pod, n); h != nil {
				h(w, r)
				return
			}
			s.delete(pod)
			says(201, `{"kind":"Status","apiVersion":"v1","status":"Success"}`)(w, r)
		default:
			s.ServeHTTP(w, r)
		}
	}
	inLab(t, handler, func(t *testing.T, l *lab) {
		s.mu.Lock()
		s.changed = make(chan struct{}) // of the bubble
		s.mu.Unlock()
		p := &play{t, s, l.Cluster, nil}
		defer p.over()
		test(&drained{play: p, lab: l, node: aNode(l.Cluster), began: time.Now()})
	}, WithRetries(0))
}

func aNode(c *Cluster) items.Node {
	doc, _ := raw.Parse([]byte(nodeText))
	kind, _ := kinds.Builtin().Lookup("Node")
	return items.New[items.Node](items.NewOrigin(c.conn, kind, "v1"), doc)
}

// drain writes down what it is told of.
func (d *drained) drain(ctx context.Context, options ...items.DeleteOption) error {
	_, err := d.node.Drain(ctx, items.Drain{Unmanaged: true, Options: options, Progress: func(p items.DrainProgress) {
		if (p.Err != nil) != (p.Step == items.DrainBlocked || p.Step == items.DrainRefused) {
			d.Errorf("%s %s is told with %v", p.Step, p.Pod.Name(), p.Err)
		}
		d.told = append(d.told, fmt.Sprintf("%.0f %s %s %d", time.Since(d.began).Seconds(), p.Step, p.Pod.Name(), p.Left))
	}})
	return err
}

func (d *drained) expect(want ...string) {
	d.Helper()
	if !slices.Equal(d.told, want) {
		d.Errorf("it was told\n%s\nnot\n%s", strings.Join(d.told, "\n"), strings.Join(want, "\n"))
	}
}

// forbidden is how a budget refuses.
func forbidden(details string) http.HandlerFunc {
	return says(429, statusText(429, "TooManyRequests", details))
}

const busyBudget = `{"causes":[{"reason":"DisruptionBudget","message":"The disruption budget web needs 2 healthy pods and has 2 currently"}]}`

// R14: a pod that its budget keeps is asked for again, while the others go.
func TestDrainWaitsForTheBudgetR14(t *testing.T) {
	s := newScene("a", "b", "c")
	var freed atomic.Bool
	evict := func(pod string, n int) http.HandlerFunc {
		if pod == "b" && !freed.Load() {
			return forbidden(busyBudget)
		}
		return nil
	}
	onDrain(t, s, evict, func(d *drained) {
		go func() {
			time.Sleep(7 * time.Second) // virtual
			freed.Store(true)           // another pod of the budget is ready
		}()
		if err := d.drain(d.Context()); err != nil {
			d.Error(err)
		}
		d.expect("0 Evicted a 3", "0 Blocked b 3", "0 Evicted c 3", "0 Gone a 2", "0 Gone c 1",
			"5 Blocked b 1", "10 Evicted b 1", "10 Gone b 0")
	})
}

// A server that says when to come back is obeyed, if that is later.
func TestDrainObeysRetryAfterR14(t *testing.T) {
	for seconds, want := range map[int]int{1: 5, 10: 10} {
		evict := func(_ string, n int) http.HandlerFunc {
			if n == 1 {
				return forbidden(fmt.Sprintf(`{"retryAfterSeconds":%d}`, seconds))
			}
			return nil
		}
		onDrain(t, newScene("a"), evict, func(d *drained) {
			if err := d.drain(d.Context()); err != nil {
				d.Error(err)
			}
			d.expect("0 Blocked a 1", fmt.Sprintf("%d Evicted a 1", want), fmt.Sprintf("%d Gone a 0", want))
		})
	}
}

// What may be granted later is asked for again: also what was not answered.
func TestDrainOutlivesFaultsR14(t *testing.T) {
	ending := statusText(403, "Forbidden", `{"causes":[{"reason":"NamespaceTerminating"}]}`)
	for name, fault := range map[string]http.HandlerFunc{
		"cut":                cut(""),
		"no proxy":           text(502, "bad gateway"),
		"the proxy's 500":    text(500, "connection refused"),
		"no time":            refuses(504, "Timeout"),
		"overload":           text(429, "overloaded"),
		"unavailable":        refuses(503, "ServiceUnavailable"),
		"namespace is going": says(403, ending),
	} {
		t.Run(name, func(t *testing.T) {
			evict := func(_ string, n int) http.HandlerFunc {
				if n == 1 {
					return fault
				}
				return nil
			}
			onDrain(t, newScene("a", "b"), evict, func(d *drained) {
				if err := d.drain(d.Context()); err != nil {
					d.Error(err)
				}
				d.expect("0 Blocked a 2", "0 Blocked b 2", "5 Evicted a 2", "5 Evicted b 2", "5 Gone a 1", "5 Gone b 0")
			})
		})
	}
}

// An eviction whose answer is lost is found by the pod's end.
func TestDrainLostAnswerR14(t *testing.T) {
	s := newScene("a")
	evict := func(pod string, n int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			s.delete(pod)
			cut("")(w, r)
		}
	}
	onDrain(t, s, evict, func(d *drained) {
		if err := d.drain(d.Context()); err != nil {
			d.Error(err)
		}
		d.expect("0 Blocked a 1", "0 Gone a 0")
	})
}

// What the server refuses for good does not keep the others, and is told in the end.
func TestDrainRefusedForGoodR14(t *testing.T) {
	two := `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"more than one PodDisruptionBudget","code":500}`
	evict := func(pod string, n int) http.HandlerFunc {
		switch {
		case pod == "a":
			return says(500, two)
		case pod == "b" && n == 1:
			return forbidden(busyBudget)
		}
		return nil
	}
	onDrain(t, newScene("a", "b", "c"), evict, func(d *drained) {
		err := d.drain(d.Context())
		var refused *DrainError
		var api *APIError
		if !errors.As(err, &refused) || !errors.As(err, &api) || api.Code != 500 {
			d.Fatalf("got %v", err)
		}
		if len(refused.Refused) != 1 || !strings.HasPrefix(refused.Refused[0], "ns/a: ") || !strings.Contains(err.Error(), "more than one") {
			d.Errorf("got %v", err)
		}
		var ours Error
		if !errors.As(err, &ours) {
			d.Errorf("%T is no error of the library", err)
		}
		d.expect("0 Refused a 2", "0 Blocked b 2", "0 Evicted c 2", "0 Gone c 1", "5 Evicted b 1", "5 Gone b 0")
	})
}

// Nobody knows what has become of a pod that is not there, or is another: the watch
// tells. A 404 that is a mistake takes no pod for gone.
func TestDrainDoubtsAMissingPodR14(t *testing.T) {
	for _, fault := range []http.HandlerFunc{refuses(404, "NotFound"), text(404, "404 page not found"), refuses(409, "Conflict")} {
		evict := func(_ string, n int) http.HandlerFunc {
			if n == 1 {
				return fault
			}
			return nil
		}
		onDrain(t, newScene("a"), evict, func(d *drained) {
			if err := d.drain(d.Context()); err != nil {
				d.Error(err)
			}
			d.expect("5 Evicted a 1", "5 Gone a 0")
		})
	}
}

// Pods that come or end by themselves while the node is drained, and a watch that
// breaks meanwhile.
func TestDrainSeesWhatHappensR14(t *testing.T) {
	s := newScene("a", "b")
	s.on("watch", first(later(time.Second, breaks())))
	evict := func(pod string, n int) http.HandlerFunc {
		if n == 1 && pod != "c" {
			return forbidden(busyBudget)
		}
		return nil
	}
	onDrain(t, s, evict, func(d *drained) {
		go func() {
			time.Sleep(2 * time.Second) // virtual
			s.delete("b")
			s.set("c")
			s.set("a")
		}()
		if err := d.drain(d.Context()); err != nil {
			d.Error(err)
		}
		d.expect("0 Blocked a 2", "0 Blocked b 2", "2 Gone b 1", "2 Evicted c 2", "2 Gone c 1", "5 Evicted a 1", "5 Gone a 0")
	})
}

// What is left, and why, is said when the time is over.
func TestDrainOutOfTimeR14(t *testing.T) {
	evict := func(pod string, n int) http.HandlerFunc {
		if pod == "a" {
			return forbidden(busyBudget)
		}
		return says(201, `{"kind":"Status","apiVersion":"v1","status":"Success"}`) // and it stays
	}
	onDrain(t, newScene("a", "b"), evict, func(d *drained) {
		ctx, cancel := context.WithTimeout(d.Context(), 12*time.Second)
		defer cancel()
		err := d.drain(ctx)
		var late *WaitError
		if !errors.As(err, &late) || !late.Timeout() || !errors.Is(err, context.DeadlineExceeded) {
			d.Fatalf("got %v", err)
		}
		const want = "these are left: ns/a (The disruption budget web needs 2 healthy pods and has 2 currently), ns/b"
		if late.Last != want || !strings.Contains(late.For, "Node n") {
			d.Errorf("got %q, %q", late.For, late.Last)
		}
		if took := time.Since(d.began); took != 12*time.Second {
			d.Errorf("it took %v", took)
		}
	})
}

// Wherever a drain is cancelled, it ends at once and leaves nothing behind.
func TestDrainCancelledR14(t *testing.T) {
	stop := errors.New("stop")
	for name, place := range map[string]struct {
		watch script
		list  script
		evict http.HandlerFunc
	}{
		"listing":  {list: always(silent(""))},
		"evicting": {evict: silent("")},
		"blocked":  {evict: forbidden(busyBudget)},
		"waiting":  {evict: says(201, `{"kind":"Status","apiVersion":"v1","status":"Success"}`)},
		"cut off":  {evict: says(201, `{}`), watch: always(cut(""))},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene("a", "b")
			if place.list != nil {
				s.on("list", place.list)
			}
			if place.watch != nil {
				s.on("watch", place.watch)
			}
			onDrain(t, s, func(string, int) http.HandlerFunc { return place.evict }, func(d *drained) {
				ctx, cancel := context.WithCancelCause(d.Context())
				time.AfterFunc(3*time.Second, func() { cancel(stop) })
				err := d.drain(ctx)
				if !errors.Is(err, stop) || !errors.Is(err, context.Canceled) {
					d.Errorf("got %v", err)
				}
				if took := time.Since(d.began); took != 3*time.Second {
					d.Errorf("it took %v", took)
				}
				if slices.ContainsFunc(d.told, func(s string) bool { return strings.Contains(s, "Refused") }) {
					d.Errorf("a cancelled drain is told as refused: %v", d.told)
				}
			})
		})
	}
}

// A closed cluster ends a drain.
func TestDrainClosedR14(t *testing.T) {
	onDrain(t, newScene("a"), func(string, int) http.HandlerFunc { return forbidden(busyBudget) }, func(d *drained) {
		time.AfterFunc(time.Minute, func() { d.c.Close() })
		if err := d.drain(d.Context()); !errors.Is(err, ErrClosed) {
			d.Errorf("got %v", err)
		}
	})
}

// A dry run asks once, changes nothing, and waits for nothing.
func TestDrainDryRunR14(t *testing.T) {
	evict := func(pod string, _ int) http.HandlerFunc {
		if pod == "a" {
			return forbidden(busyBudget)
		}
		return says(201, `{}`)
	}
	onDrain(t, newScene("a", "b"), evict, func(d *drained) {
		if err := d.drain(d.Context(), items.DryRun()); err != nil {
			d.Error(err)
		}
		d.expect("0 Blocked a 2", "0 Evicted b 2")
		for i, asked := range d.lab.requests() {
			if !strings.HasPrefix(asked, "GET ") && !strings.Contains(asked+d.lab.bodies[i], "dryRun") {
				d.Errorf("it asked for %s: %s", asked, d.lab.bodies[i])
			}
		}
	})
}

// A budget does not count a pod that waits for its end twice: it is asked for once.
func TestDrainAsksOnceR14(t *testing.T) {
	s := newScene("a")
	asked := 0
	evict := func(string, int) http.HandlerFunc {
		asked++
		return says(201, `{}`)
	}
	onDrain(t, s, evict, func(d *drained) {
		go func() {
			for range 3 {
				time.Sleep(time.Minute) // virtual
				s.set("a")
			}
			s.delete("a")
		}()
		if err := d.drain(d.Context()); err != nil || asked != 1 {
			d.Errorf("got %v; it was asked for %d times", err, asked)
		}
	})
}
