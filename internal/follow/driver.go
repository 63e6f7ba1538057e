package follow

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/internal/sorted"
	"github.com/kubeviews/kube/raw"
)

// Source is where changes come from. It is for the rooms that make watchers.
type Source[T any] struct {
	Collection collection.Collection
	PageSize   int
	// Make makes items of the documents that a group version serves.
	Make func(groupVersion string) func(raw.Object) T
	// MustExist makes a watch end when its namespace is gone.
	MustExist bool
	// PlainList asks for the state in the form of a list, not of a stream.
	PlainList bool
}

// follower drives a machine: it does what the machine's phase asks for.
type follower[T any] struct {
	source Source[T]
	m      machine[T]
	status *Tracker
	events *collection.Events      // what a streamed list goes on with, and
	cancel context.CancelCauseFunc // what frees it
	tell   func(machine[T], []output[T])
	more   bool // the step after this one follows at once
}

// run returns why the machine is closed.
func (f *follower[T]) run(ctx context.Context) error {
	defer f.release()
	f.status.set(false, time.Now(), nil) // not yet
	for f.m.phase != closed {
		var in input
		switch f.m.phase {
		case listing:
			in = f.list(ctx)
		case probing:
			in = f.probe(ctx)
		case streaming:
			in = f.stream(ctx)
		case waiting:
			in = f.wait(ctx)
		}
		if err := rest.Cause(ctx); errors.Is(err, rest.ErrClosed) {
			return rest.ErrClosed // and not that a context was cancelled for it
		} else if err != nil {
			return err
		}
		if in != nil {
			f.step(in)
		}
	}
	return f.m.closed
}

func (f *follower[T]) step(in input) {
	var out []output[T]
	err := faultOf(in)
	if errors.Is(err, rest.ErrClosed) {
		f.m = f.m.end(rest.ErrClosed)
	} else {
		f.m, out = f.m.step(in)
	}
	if err != nil {
		f.status.fault(err)
	}
	for _, o := range out {
		if o.Type == Missed {
			f.status.gaps.Add(1)
		}
	}
	f.more = f.more && f.m.phase == streaming // what follows a pause or a request does not follow at once
	f.tell(f.m, out)
}

// streamEnd is how a stream ended.
func streamEnd(err error, heard bool, lived time.Duration) input {
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return ended{err, heard, lived}
}

// faultOf is what an input says of the connection or the server.
func faultOf(in input) error {
	switch in := in.(type) {
	case listFailed:
		return in.err
	case probeFailed:
		return in.err
	case refused:
		return in.err
	case ended:
		return in.err
	}
	return nil
}

// collection makes requests that are tried once, because the machine has pauses
// of its own; but for the first, which is the caller's like any other.
func (f *follower[T]) collection() collection.Collection {
	c := f.source.Collection
	c.Once = f.m.began || f.m.tenacious
	return c
}

func (f *follower[T]) list(ctx context.Context) input {
	f.status.lists.Add(1)
	if f.m.streamList {
		return f.streamedList(ctx)
	}
	all, version, err := collection.All(ctx, f.collection(), f.source.PageSize, f.source.Make)
	if err == nil && version == "" {
		err = errNoVersion
	}
	if err == nil {
		err = f.namespace(ctx, len(all) == 0)
	}
	if err != nil {
		return listFailed{err}
	}
	f.status.contact()
	return listed[T]{all, version}
}

var errNoVersion = rest.Sentinel("kube: the list has no resource version")

// streamedList reads the objects off a stream, and keeps what comes behind them.
// A stream that ends before it has told them all has told nothing. A server that
// is behind tells the changes up to the version at which it says so, too.
func (f *follower[T]) streamedList(ctx context.Context) input {
	ctx, cancel := context.WithCancelCause(ctx)
	silence := time.AfterFunc(longestSilence, func() { cancel(errNoEnd) })
	defer silence.Stop()
	events, err := f.collection().Watch(ctx, "", f.source.lasts())
	if err != nil {
		cancel(nil)
		return listFailed{err}
	}
	item := f.source.Make(events.GroupVersion())
	var all initialItems[T]
	for {
		silence.Reset(longestSilence)
		event, err := events.Next()
		switch {
		case err != nil:
			events.Close()
			cancel(nil)
			return listFailed{err}
		case collection.IsInitialEnd(event):
			silence.Stop() // what comes behind it may be silent
			f.events, f.cancel = events, cancel
			there := all.there()
			if err := f.namespace(ctx, len(there) == 0); err != nil {
				return listFailed{err}
			}
			f.status.contact()
			return listed[T]{there, rest.String(event.Object, "metadata", "resourceVersion")}
		case event.Type == string(Deleted):
			all.delete(item(event.Object))
		case event.Type != "BOOKMARK":
			all.told = append(all.told, item(event.Object)) // of one key, the last counts
		}
	}
}

// longestSilence is for how long a stream may be silent before it has told all
// objects. Servers before 1.27 do not know what they were asked for, and never
// say that they have.
const longestSilence = 10 * time.Second

var errNoEnd = errors.New("the server does not say that it has told all objects")

func (f *follower[T]) probe(ctx context.Context) input {
	version, empty, err := f.collection().Probe(ctx)
	if err == nil {
		err = f.namespace(ctx, empty)
	}
	if err != nil {
		return probeFailed{err}
	}
	f.status.contact()
	return probed{version}
}

// namespace looks for the namespace of a view that shows nothing: the API lists
// and watches one that is not there, and says nothing.
func (f *follower[T]) namespace(ctx context.Context, empty bool) error {
	c := f.collection()
	if !f.source.MustExist || !empty || c.Namespace == "" {
		return nil
	}
	_, err := c.Conn.Send(ctx, rest.Request{Verb: http.MethodGet, Path: rest.Path("v1", "", "namespaces", c.Namespace), Once: c.Once})
	if absent := (*rest.NotFoundError)(nil); errors.As(err, &absent) {
		return &rest.NamespaceError{Kind: string(c.Kind.Name()), Namespace: c.Namespace, Reason: "there is no such namespace"}
	}
	return nil // what else goes wrong here says nothing of the view
}

// stream opens a watch, or goes on with that of a streamed list, and steps with
// each event until it ends.
func (f *follower[T]) stream(ctx context.Context) input {
	events, began := f.events, time.Now()
	f.events = nil
	defer f.release()
	if events == nil {
		var err error
		if events, err = f.collection().Watch(ctx, f.m.version, f.source.lasts()); err != nil {
			return refused{err}
		}
	}
	defer events.Close()
	f.status.opened()
	item := f.source.Make(events.GroupVersion())
	heard, held := false, time.Duration(0) // by the consumer
	for f.m.phase == streaming {
		event, err := events.Next()
		f.more = events.Ready()
		var bad *rest.ObjectError
		switch {
		case err == nil:
			heard = true
			f.status.contact()
			before := time.Now()
			f.step(f.input(event, item))
			held += time.Since(before)
		case errors.As(err, &bad):
			f.step(unreadable{bad})
		case errors.Is(err, collection.ErrSilent) && held > collection.Margin(f.source.lasts()):
			return streamEnd(nil, heard, time.Since(began)) // it was not the server who was silent
		default:
			return streamEnd(err, heard, time.Since(began))
		}
		if ctx.Err() != nil {
			return nil
		}
	}
	return nil // what has come takes the machine elsewhere
}

func (f *follower[T]) input(event raw.Event, item func(raw.Object) T) input {
	if event.Type == "BOOKMARK" {
		return bookmarked{rest.String(event.Object, "metadata", "resourceVersion")}
	}
	return observed[T]{Type(event.Type), item(event.Object)}
}

// lasts is how long the server is asked to hold a watch.
func (s Source[T]) lasts() time.Duration {
	if s.Collection.Conn == nil {
		return 0
	}
	return s.Collection.Conn.Limits().Watch
}

// Pauses double from failure to failure, between these.
const (
	leastPause   = 100 * time.Millisecond
	longestPause = 15 * time.Second
	// longestWish bounds the pause that a server may ask for.
	longestWish = 5 * time.Minute
)

// wait spreads the pauses, so that many clients do not come back at once.
func (f *follower[T]) wait(ctx context.Context) input {
	p := f.m.pause
	var d time.Duration
	if p.failures > 0 {
		d = min(longestPause, leastPause<<min(p.failures-1, 16))
		d = d/2 + rand.N(d/2)
	}
	timer := time.NewTimer(max(d, min(p.least, longestWish)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-f.closed(): // the next request says so
	case <-ctx.Done():
	}
	return woken{}
}

// closed is closed with the connection, if that can tell.
func (f *follower[T]) closed() <-chan struct{} {
	if conn, ok := f.source.Collection.Conn.(interface{ Done() <-chan struct{} }); ok {
		return conn.Done()
	}
	return nil
}

// release frees what a streamed list has left, if it was not gone on with.
func (f *follower[T]) release() {
	if f.events != nil {
		f.events.Close()
	}
	if f.cancel != nil {
		f.cancel(nil)
		f.cancel = nil
	}
}

// Step is what one step of following has brought.
type Step[T any] struct {
	Events  []Event[T]
	Objects sorted.Map[Key, T] // all there is, behind the events
	Version string             // that the objects are of
}

// Follow hands each step of following a source to a function, one at a time,
// until ctx is done or the connection is closed, and returns why. It does not
// give up before. It is for mirrors.
func Follow[T any](ctx context.Context, source Source[T], status *Tracker, tell func(Step[T])) error {
	f := follower[T]{
		source: source,
		m:      machine[T]{policy: policy{tellState: true, tenacious: true, lasts: source.lasts()}},
		status: status,
		tell: func(m machine[T], out []output[T]) {
			step := Step[T]{Objects: m.known, Version: m.version}
			for _, o := range out {
				if o.Type != "" {
					step.Events = append(step.Events, o.Event)
				}
			}
			tell(step)
		},
	}
	err := f.run(ctx)
	status.fault(err)
	return err
}
