package views

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

// All yields the view's objects, in the order in which the server sends them,
// while they arrive: nothing is kept. Ranging again lists again.
//
// All pages show the cluster at one version. An error ends the sequence, as
// its last pair: those of [View.Fetch], and *ExpiredError when the server has
// forgotten that version before the last page: start over then, or use
// [View.List], which does.
func (v View[T]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		stopped := false
		_, err := v.each(ctx, v.pageSize, func(item T) bool {
			stopped = !yield(item, nil)
			return !stopped
		})
		if err != nil && !stopped {
			var zero T
			yield(zero, err)
		}
	}
}

// relists is how often List starts over when its pages expire.
const relists = 3

// List returns the view's objects as they were at one version. A list whose
// pages expire, or whose connection breaks, is thrown away and started over, at
// last in one piece: it is never partial, and never mixed of two versions.
// Errors are those of [View.Fetch].
func (v View[T]) List(ctx context.Context) (Snapshot[T], error) {
	for try, pageSize := 1, v.pageSize; ; try++ {
		var all []T
		version, err := v.each(ctx, pageSize, func(item T) bool {
			all = append(all, item)
			return true
		})
		if try <= relists && startOver(ctx, err) {
			if try == relists {
				pageSize = 0 // one answer has no pages that could expire
			}
			continue
		}
		if err != nil {
			return Snapshot[T]{}, err
		}
		return newSnapshot(version, all), nil
	}
}

// startOver reports whether a list may go well when it is begun anew: its pages
// expired, or the connection broke while the answer came.
func startOver(ctx context.Context, err error) bool {
	var expired *rest.ExpiredError
	var broken *rest.UnreachableError
	again := errors.As(err, &expired) || errors.As(err, &broken) && broken.Code == http.StatusOK
	return again && ctx.Err() == nil
}

// each hands the objects to f, page by page, until f returns false. It returns
// the version that they are of.
func (v View[T]) each(ctx context.Context, pageSize int, f func(T) bool) (version string, err error) {
	if err := v.Err(); err != nil {
		return "", err
	}
	var late error // after objects went out, which must not go out again
	err = v.onServed(ctx, func(gv string) (err error) {
		begun := false
		version, err = v.eachOf(ctx, gv, pageSize, func(item T) bool {
			begun = true
			return f(item)
		})
		if begun {
			late, err = err, nil
		}
		return err
	})
	return version, cmp.Or(err, late)
}

func (v View[T]) eachOf(ctx context.Context, gv string, pageSize int, f func(T) bool) (string, error) {
	l := lister[T]{
		view:  v,
		gv:    gv,
		query: v.query(),
		maker: items.NewMaker[T](items.NewOrigin(v.conn, v.kind, gv)),
		yield: f,
	}
	if pageSize > 0 {
		l.query.Set("limit", strconv.Itoa(pageSize))
	}
	for {
		more, err := l.page(ctx)
		if err != nil || !more {
			return l.version, err
		}
	}
}

// lister reads the pages of one list.
type lister[T items.Typed[T]] struct {
	view    View[T]
	gv      string
	query   url.Values
	maker   items.Maker[T]
	yield   func(T) bool
	version string // of the first page, and so of all
}

// page reads one page, and reports whether another follows.
func (l *lister[T]) page(ctx context.Context) (more bool, err error) {
	r := l.view.request(http.MethodGet, l.gv, "")
	r.Query = l.query
	body, err := l.view.conn.Open(ctx, r)
	if err != nil {
		return false, err
	}
	defer body.Close()
	list := raw.NewListReader(body, raw.ReadOptions{
		Kind:              string(l.view.kind.Name()),
		APIVersion:        l.gv,
		DropManagedFields: l.view.drop,
		Sensitive:         r.Sensitive,
		MaxItem:           l.view.conn.Limits().MaxObject,
	})
	for first := true; ; first = false {
		doc, err := list.Next()
		if err == nil && first || errors.Is(err, io.EOF) {
			if bad := l.checkHead(r, list, err != nil); bad != nil {
				return false, bad
			}
		}
		if errors.Is(err, io.EOF) {
			return l.next(r, list.Head())
		}
		if err != nil {
			return false, rest.Broken(ctx, r, err)
		}
		if bad := l.checkItem(r, doc); bad != nil {
			return false, bad
		}
		if !l.yield(l.maker.Make(doc)) {
			return false, nil
		}
	}
}

// checkHead tells whether the answer is a list of the view's kind, as far as it
// has been read. An item that came before the kind waits for the end.
func (l *lister[T]) checkHead(r rest.Request, list *raw.ListReader, whole bool) error {
	head := list.Head()
	kind, want := rest.String(head, "kind"), string(l.view.kind.ListName())
	version := rest.String(head, "metadata", "resourceVersion")
	bad := func(text string) error { return unexpected(r, text) }
	switch {
	case rest.IsStatus(head) && rest.String(head, "status") == "Failure":
		return rest.FromStatus(r, http.StatusOK, head)
	case kind != want && kind != "List" && (whole || kind != ""):
		return bad("the answer is of kind " + strconv.Quote(kind) + ", not " + want)
	case whole && !list.HasItems():
		return bad("the answer is a list without items")
	case l.version != "" && version != "" && version != l.version:
		// The server promises that this cannot be; a proxy could.
		return bad("a page is of version " + version + ", those before of " + l.version)
	}
	if whole && l.version == "" {
		l.version = version
	}
	return nil
}

// checkItem keeps what is of another kind or namespace from being taken for the view's.
func (l *lister[T]) checkItem(r rest.Request, doc raw.Object) error {
	if got, want := rest.String(doc, "kind"), string(l.view.kind.Name()); got != want {
		return unexpected(r, "an item is of kind "+strconv.Quote(got)+", not "+want)
	}
	if l.view.namespace != "" {
		if got := rest.String(doc, "metadata", "namespace"); got != l.view.namespace {
			return unexpected(r, "an item is of namespace "+strconv.Quote(got)+", not "+l.view.namespace)
		}
	}
	return nil
}

// unexpected is the error of an answer that went well and makes no sense.
func unexpected(r rest.Request, text string) error {
	return &rest.APIError{Verb: r.Verb, URL: r.URL(), Code: http.StatusOK, Message: text}
}

// next prepares the request of the page after the one whose head is given.
func (l *lister[T]) next(r rest.Request, head raw.Object) (more bool, err error) {
	token := rest.String(head, "metadata", "continue")
	if token == "" {
		return false, nil
	}
	if token == l.query.Get("continue") {
		return false, unexpected(r, "the page leads to itself")
	}
	l.query.Set("continue", token)
	return true, nil
}
