package collection

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// Each hands the objects to a function, page by page, in the order in which they
// come, until it returns false; begin makes that function for the group version
// that they are of. It returns the version of the list. All of the pages are of
// one version; an error may come after objects have been handed out.
func (c Collection) Each(ctx context.Context, pageSize int, begin func(gv string) func(raw.Object) bool) (version string, err error) {
	var late error // after objects went out, which must not go out again
	err = c.onServed(ctx, func(gv string) (err error) {
		begun, f := false, begin(gv)
		version, err = c.eachOf(ctx, gv, pageSize, func(doc raw.Object) bool {
			begun = true
			return f(doc)
		})
		if begun {
			late, err = err, nil
		}
		return err
	})
	return version, cmp.Or(err, late)
}

func (c Collection) eachOf(ctx context.Context, gv string, pageSize int, f func(raw.Object) bool) (string, error) {
	l := lister{c: c, gv: gv, r: c.request(gv, "PartialObjectMetadataList"), limit: pageSize, yield: f}
	defer l.close()
	if pageSize > 0 {
		l.r.Query.Set("limit", strconv.Itoa(pageSize))
	}
	for {
		more, err := l.page(ctx)
		if err != nil || !more {
			return l.version, err
		}
	}
}

// relists is how often All starts over when its pages expire.
const relists = 3

// All hands over all objects at once: it returns them as they were at one
// version. A list whose pages expire, or whose connection breaks, is thrown away
// and started over, at last in one piece: it is never partial, and never mixed of
// two versions.
func All[T any](ctx context.Context, c Collection, pageSize int, maker func(gv string) func(raw.Object) T) (all []T, version string, err error) {
	for try := 1; ; try++ {
		all = nil
		version, err = c.Each(ctx, pageSize, func(gv string) func(raw.Object) bool {
			item := maker(gv)
			return func(doc raw.Object) bool {
				all = append(all, item(doc))
				return true
			}
		})
		if try > relists || !c.startOver(ctx, err) {
			break
		}
		if try == relists {
			pageSize = 0 // one answer has no pages that could expire
		}
	}
	if err != nil {
		return nil, "", err
	}
	return all, version, nil
}

// startOver reports whether a list may go well when it is begun anew: its pages
// expired, or the connection broke while the answer came.
func (c Collection) startOver(ctx context.Context, err error) bool {
	var answer *rest.APIError
	var broken *rest.UnreachableError
	expired := errors.As(err, &answer) && (answer.Code == http.StatusGone || answer.Reason == "Expired")
	again := expired || !c.Once && errors.As(err, &broken) && broken.Code == http.StatusOK
	return again && ctx.Err() == nil
}

// Probe returns the version of the server's state, and whether the collection is
// empty, at the cost of one object.
func (c Collection) Probe(ctx context.Context) (version string, empty bool, err error) {
	empty = true
	err = c.onServed(ctx, func(gv string) error {
		l := lister{c: c, gv: gv, r: c.request(gv, "PartialObjectMetadataList"), yield: func(raw.Object) bool {
			empty = false
			return true
		}}
		l.r.Query.Set("limit", "1")
		_, err := l.page(ctx)
		version = l.version
		return err
	})
	return version, empty, err
}

// lister reads the pages of one list.
type lister struct {
	c       Collection
	gv      string
	r       rest.Request // of the page at hand
	limit   int          // items a page; 0 for all
	yield   func(raw.Object) bool
	version string    // of the first page, and so of all
	begun   time.Time // when the first item of the page was at hand
	ahead   *answer   // the page behind the one at hand, or nil
}

// page reads one page, and reports whether another follows.
func (l *lister) page(ctx context.Context) (more bool, err error) {
	body, err := l.open(ctx)
	if err != nil {
		return false, err
	}
	defer body.Close()
	list := l.c.pages(body, l.gv)
	_, one, _ := l.c.words()
	for n := 0; ; n++ {
		doc, err := list.Next()
		if err == nil && n == 0 || errors.Is(err, io.EOF) {
			if bad := l.checkHead(list, err != nil); bad != nil {
				return false, bad
			}
		}
		if errors.Is(err, io.EOF) {
			return l.next(list.Head())
		}
		if err != nil {
			return false, rest.Broken(ctx, l.r, err)
		}
		if _, bad := l.c.known(l.gv, doc); bad != "" {
			return false, unexpected(l.r, one+" "+bad)
		}
		l.lookAhead(ctx, n, list)
		if !l.yield(doc) {
			return false, nil
		}
	}
}

// checkHead tells whether the answer is a list of the kind, as far as it has
// been read. An item that came before the kind waits for the end.
func (l *lister) checkHead(list pages, whole bool) error {
	head := list.Head()
	want, _, parts := l.c.words()
	kind := rest.String(head, "kind")
	version := rest.String(head, "metadata", "resourceVersion")
	known := kind == want || l.c.Rows == "" && (kind == "List" || l.c.MetadataOnly && kind == "PartialObjectMetadataList")
	switch {
	case rest.IsStatus(head) && rest.String(head, "status") == "Failure":
		return rest.FromStatus(l.r, http.StatusOK, head)
	case !known && (whole || kind != ""):
		return unexpected(l.r, "the answer is of kind "+strconv.Quote(kind)+", not "+want)
	case whole && !list.HasItems():
		return unexpected(l.r, "the answer is a list without "+parts)
	case l.version != "" && version != "" && version != l.version:
		// The server promises that this cannot be; a proxy could.
		return unexpected(l.r, "a page is of version "+version+", those before of "+l.version)
	}
	if whole && l.version == "" {
		l.version = version
	}
	if l.c.Rows != "" {
		if err := l.c.tellColumns(head); err != nil {
			return unexpected(l.r, err.Error())
		}
	}
	return nil
}

// next makes the page after the one whose head is given the one at hand.
func (l *lister) next(head raw.Object) (more bool, err error) {
	token := continuation(head)
	if token == "" {
		return false, nil
	}
	if token == continuationOf(l.r) {
		return false, unexpected(l.r, "the page leads to itself")
	}
	l.r = l.following(token)
	return true, nil
}
