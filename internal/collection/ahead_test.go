package collection

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// pager is a connection to a server that has so many pods, and gives them in
// pages, whose tokens are positions.
type pager struct {
	rest.Conn                            // none: nothing else is asked for
	pods      int                        // how many there are
	takes     time.Duration              // to answer, for all pages but the first
	tokenLast bool                       // the metadata come behind the items
	fault     func(r rest.Request) error // instead of an answer

	mu    sync.Mutex
	asked []string // the tokens, in order
	open  int      // bodies
	most  int      // of open, ever
}

func (p *pager) Served(context.Context, rest.Resource) (string, error) { return "v1", nil }

func (p *pager) Limits() rest.Limits { return rest.Limits{MaxObject: 1 << 20} }

func (p *pager) Open(ctx context.Context, r rest.Request) (io.ReadCloser, error) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Query.Get("continue"))
	p.mu.Unlock()
	takes := p.takes
	if continuationOf(r) == "" {
		takes = 0
	}
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return nil, &rest.APIError{Err: rest.Cause(ctx)}
	}
	if p.fault != nil {
		if err := p.fault(r); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open++
	p.most = max(p.most, p.open)
	return &pageBody{Reader: strings.NewReader(p.page(r)), p: p}, nil
}

func (p *pager) page(r rest.Request) string {
	from, _ := strconv.Atoi(r.Query.Get("continue"))
	limit, _ := strconv.Atoi(r.Query.Get("limit"))
	to, next := p.pods, ""
	if limit > 0 && from+limit < p.pods {
		to = from + limit
		next = strconv.Itoa(to)
	}
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf(`{"metadata":{"name":"%d"}}`, i))
	}
	items := `"items":[` + strings.Join(all, ",") + `]`
	metadata := `"metadata":{"resourceVersion":"7","continue":"` + next + `"}`
	if p.tokenLast {
		items, metadata = metadata, items
	}
	return `{"kind":"PodList","apiVersion":"v1",` + metadata + "," + items + "}"
}

// requests returns the tokens that were asked for.
func (p *pager) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

type pageBody struct {
	io.Reader
	p    *pager
	once sync.Once
}

func (b *pageBody) Close() error {
	b.once.Do(func() {
		b.p.mu.Lock()
		defer b.p.mu.Unlock()
		b.p.open--
	})
	return nil
}

// onPager runs a test in a bubble, which fails it when a goroutine is left, as
// this does when an answer is.
func onPager(t *testing.T, p *pager, test func(*testing.T, Collection)) {
	t.Helper()
	kind, err := kinds.Builtin().Lookup("Pod")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		test(t, Collection{Conn: p, Kind: kind})
		synctest.Wait()
		if p.open != 0 {
			t.Errorf("%d answers are left open", p.open)
		}
	})
}

// each calls f with the number of each pod, which must come in order, and returns
// how many came.
func each(ctx context.Context, t *testing.T, c Collection, size int, f func(i int) bool) (n int, err error) {
	t.Helper()
	_, err = c.Each(ctx, size, func(string) func(raw.Object) bool {
		return func(doc raw.Object) bool {
			if name := rest.String(doc, "metadata", "name"); name != strconv.Itoa(n) {
				t.Errorf("pod %s came as number %d", name, n)
			}
			n++
			return f(n - 1)
		}
	})
	return n, err
}

// The next page is asked for before the last item of the one before is taken, and
// not the page behind that. A list of one page is one request.
func TestPageAheadIsUnderWay(t *testing.T) {
	for size := 1; size <= 41; size++ {
		p := &pager{pods: 40}
		onPager(t, p, func(t *testing.T, c Collection) {
			n, err := each(t.Context(), t, c, size, func(i int) bool {
				synctest.Wait()
				page, last := i/size, (p.pods-1)/size
				want := page + 1
				if page < last && i%size >= early(size) {
					want++
				}
				if got := len(p.requests()); got != want {
					t.Errorf("pages of %d: at item %d, %d requests, not %d", size, i, got, want)
				}
				return true
			})
			if err != nil || n != p.pods || p.most > 2 {
				t.Errorf("pages of %d: %d items, %v, %d answers at once", size, n, err, p.most)
			}
			if size > 1 && early(size) >= size || early(size) < 0 {
				t.Errorf("of %d, item %d is early", size, early(size))
			}
		})
	}
}

// Reading a page and waiting for the next take the time of the longer one.
func TestPageAheadSavesItsTime(t *testing.T) {
	p := &pager{pods: 100, takes: 450 * time.Millisecond}
	onPager(t, p, func(t *testing.T, c Collection) {
		start := time.Now()
		if _, err := each(t.Context(), t, c, 10, func(int) bool { time.Sleep(50 * time.Millisecond); return true }); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != 100*50*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
}

// Who is slow gets no page that grows old while it waits.
func TestSlowReaderHasNoPageAhead(t *testing.T) {
	p := &pager{pods: 30}
	onPager(t, p, func(t *testing.T, c Collection) {
		n, err := each(t.Context(), t, c, 10, func(i int) bool {
			time.Sleep(10 * time.Minute)
			if got := len(p.requests()); got != i/10+1 {
				t.Errorf("at item %d, %d requests", i, got)
			}
			return true
		})
		if err != nil || n != p.pods || p.most != 1 {
			t.Errorf("%d items, %v, %d answers at once", n, err, p.most)
		}
	})
}

// Where the token comes behind the items, pages come one after another.
func TestTokenBehindTheItems(t *testing.T) {
	p := &pager{pods: 25, tokenLast: true}
	onPager(t, p, func(t *testing.T, c Collection) {
		n, err := each(t.Context(), t, c, 10, func(int) bool { return true })
		if got := p.requests(); err != nil || n != 25 || !slices.Equal(got, []string{"", "10", "20"}) || p.most != 1 {
			t.Errorf("%d items, %v in %q", n, err, got)
		}
	})
}

// The error of a page comes behind all items of the pages before.
func TestErrorOfThePageAhead(t *testing.T) {
	gone := &rest.ExpiredError{APIError: &rest.APIError{Code: http.StatusGone, Reason: "Expired"}}
	p := &pager{pods: 25, fault: func(r rest.Request) error {
		if continuationOf(r) == "20" {
			return gone
		}
		return nil
	}}
	onPager(t, p, func(t *testing.T, c Collection) {
		n, err := each(t.Context(), t, c, 10, func(int) bool { synctest.Wait(); return true })
		if n != 20 || !errors.Is(err, gone) {
			t.Errorf("%d items, %v", n, err)
		}
	})
}

// A list that expires on the way is started over, at last in one piece: F09.
func TestExpiredPageAheadF09(t *testing.T) {
	p := &pager{pods: 25, fault: func(r rest.Request) error {
		if continuationOf(r) == "20" {
			return &rest.ExpiredError{APIError: &rest.APIError{Code: http.StatusGone, Reason: "Expired"}}
		}
		return nil
	}}
	onPager(t, p, func(t *testing.T, c Collection) {
		all, version, err := All(t.Context(), c, 10, func(string) func(raw.Object) string {
			return func(doc raw.Object) string { return rest.String(doc, "metadata", "name") }
		})
		if len(all) != 25 || all[24] != "24" || version != "7" || err != nil {
			t.Errorf("%q at %s, %v", all, version, err)
		}
		if got := len(p.requests()); got != 3*relists+1 {
			t.Errorf("%d requests", got)
		}
	})
}

// Who leaves, or panics, leaves no request under way, whatever had become of it.
func TestLeavingEndsThePageAhead(t *testing.T) {
	for _, takes := range []time.Duration{0, time.Hour} {
		for stop := range 20 {
			for _, how := range []func() bool{func() bool { return false }, func() bool { panic("in the body") }} {
				p := &pager{pods: 100, takes: takes}
				onPager(t, p, func(t *testing.T, c Collection) {
					defer func() { _ = recover() }()
					start := time.Now()
					waited := takes * time.Duration(stop/10)
					defer func() {
						if took := time.Since(start); took != waited {
							t.Errorf("leaving at item %d took %v, not %v", stop, took, waited)
						}
					}()
					n, err := each(t.Context(), t, c, 10, func(i int) bool {
						if i < stop {
							return true
						}
						synctest.Wait()
						return how()
					})
					if n != stop+1 || err != nil {
						t.Errorf("%d items, not %d, %v", n, stop+1, err)
					}
				})
			}
		}
	}
}

// The context ends the wait for a page that is under way.
func TestContextEndsThePageAhead(t *testing.T) {
	why := errors.New("enough")
	p := &pager{pods: 20, takes: time.Hour}
	onPager(t, p, func(t *testing.T, c Collection) {
		ctx, cancel := context.WithCancelCause(t.Context())
		n, err := each(ctx, t, c, 10, func(i int) bool {
			if i == 0 {
				time.AfterFunc(time.Minute, func() { cancel(why) })
			}
			return true
		})
		if n != 10 || !errors.Is(err, why) || !errors.Is(err, context.Canceled) {
			t.Errorf("%d items, %v", n, err)
		}
	})
}
