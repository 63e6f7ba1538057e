package watch

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/kubeviews/kube/internal/rest"
)

// Watcher follows the changes of a view's objects, or of one item's, through
// whatever happens to the connection and to the server: it tells each change
// once, in order per object, or, at the place where that could not be kept, a
// Missed event with a [Gap], and behind it how the objects differ.
//
// It holds the latest item of each object, so that it can tell that. A consumer
// that is slow holds up its own watcher, and costs no memory: what does not come
// through is asked for again.
type Watcher[T any] struct {
	out    chan numbered[T]
	cancel context.CancelCauseFunc
	begun  chan struct{} // closed when the server has answered
	done   chan struct{} // closed when nothing comes any more
	err    error         // why; written before done is closed
	place  string
	feed   Feed[T]
	open   bool          // begun is closed; the feed's own
	sent   int64         // how many were told; the feed's own
	held   []numbered[T] // told, to be sent with what follows at once; the feed's own
	closed atomic.Bool   // by Close

	mu       sync.Mutex
	position string // the version behind the last event that Next has returned
	returned int64  // the number of that event
}

// numbered is what was told, with its number: goroutines that share Next may come by
// in another order than they were served in.
type numbered[T any] struct {
	Told[T]
	number int64
}

// buffered is how many events wait for Next, and how many more are held to be sent
// together: a watcher reads ahead up to twice as many.
const buffered = 16

// Feed is what a watcher hands out. It is for the rooms that make watchers.
type Feed[T any] interface {
	// Run tells, until ctx is done or nothing more can come, and returns why.
	Run(ctx context.Context, tell func(Batch[T])) error
	Status() Status
}

// Batch is what a feed tells at once.
type Batch[T any] struct {
	Told    []Told[T] // the feed's own, once it has been told
	Begun   bool      // the server has answered
	Version string    // at which it is, behind all that was told
	More    bool      // the next batch, or the end, follows at once
}

// Told is an event, and the version from which a watch can be resumed behind it:
// "" where there is none yet. One without a type tells nothing but that.
type Told[T any] struct {
	Event[T]
	Resume string
}

// New makes a watcher of a feed, and waits until the server has answered. place
// says what is watched. It is for the rooms that make watchers. Its errors are
// those of the feed, and *ArgumentError for a start that cannot be.
func New[T any](ctx context.Context, start Start, place string, feed Feed[T]) (*Watcher[T], error) {
	if ctx == nil {
		return nil, &rest.ArgumentError{Arg: "context", Reason: "it is nil"}
	}
	if start.err != nil {
		return nil, rest.Copy(start.err)
	}
	at := placeOf(place)
	if other := start.checkpoint.place; other != "" && other != at {
		return nil, &rest.ArgumentError{Arg: "checkpoint", Value: start.checkpoint.String(), Reason: "it is of another view than " + place}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	w := &Watcher[T]{
		out: make(chan numbered[T], buffered), cancel: cancel, begun: make(chan struct{}), done: make(chan struct{}),
		place: at, feed: feed, position: start.version,
	}
	go func() { w.end(feed.Run(ctx, func(b Batch[T]) { w.tell(ctx, b) })) }()
	select {
	case <-w.begun:
		return w, nil
	case <-w.done:
	}
	select {
	case <-w.begun: // what it has told comes before its end
		return w, nil
	default:
		return nil, w.err
	}
}

// tell sends on what a step has brought. It waits for the consumer.
func (w *Watcher[T]) tell(ctx context.Context, b Batch[T]) {
	if b.Begun && !w.open {
		w.open = true
		if len(b.Told) == 1 && b.Told[0].Type == "" {
			w.position, b.Told = b.Version, nil // that of 'now'
		}
		close(w.begun)
	}
	for _, o := range b.Told {
		w.sent++
		if w.held = append(w.held, numbered[T]{o, w.sent}); len(w.held) == buffered {
			w.send(ctx)
		}
	}
	if !b.More {
		w.send(ctx)
	}
}

// send hands over what is held. A consumer that is faster is woken once for all of it.
func (w *Watcher[T]) send(ctx context.Context) {
	for i, o := range w.held {
		w.held[i] = numbered[T]{} // items must not live on here
		if ctx.Err() != nil {
			continue // nothing may come behind one that did not
		}
		select {
		case w.out <- o:
		case <-ctx.Done():
		}
	}
	w.held = w.held[:0]
}

func (w *Watcher[T]) end(err error) {
	w.err = err
	w.cancel(err)
	close(w.done)
}

// Next returns the next event. It blocks until there is one, or ctx is done:
// then the error is a *WaitError that wraps ctx's, and the watcher lives on.
// With a ctx that is done already, Next returns an event that waits, if there is
// one.
//
// Possible errors, after which every Next returns the same: ErrClosed after
// Close, the error of the context that the watcher was made with,
// *NamespaceError when the watcher's namespace is gone, *APIError when the
// server refuses the watch for good, because it cannot make sense of it.
func (w *Watcher[T]) Next(ctx context.Context) (Event[T], error) {
	if ctx == nil {
		return Event[T]{}, &rest.ArgumentError{Arg: "context", Reason: "it is nil"}
	}
	event, err := w.next(ctx.Done())
	if err == errGivenUp {
		err = &rest.WaitError{Err: rest.Cause(ctx)}
	}
	return event, err
}

// errGivenUp is the end of a wait, not of the watcher.
var errGivenUp = errors.New("given up")

func (w *Watcher[T]) next(giveUp <-chan struct{}) (Event[T], error) {
	for {
		out, err := w.receive(giveUp)
		if err != nil {
			return Event[T]{}, err
		}
		w.moved(out)
		if out.Type != "" {
			out.Err, out.Gap.Err = rest.Copy(out.Err), rest.Copy(out.Gap.Err)
			return out.Event, nil
		}
	}
}

// moved notes how far Next has come.
func (w *Watcher[T]) moved(out numbered[T]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if out.Resume != "" && out.number > w.returned {
		w.position, w.returned = out.Resume, out.number
	}
}

func (w *Watcher[T]) receive(giveUp <-chan struct{}) (numbered[T], error) {
	if w.closed.Load() {
		return numbered[T]{}, rest.ErrClosed
	}
	select {
	case out := <-w.out:
		return out, nil
	default:
	}
	select {
	case out := <-w.out:
		return out, nil
	case <-w.done:
		return w.last()
	case <-giveUp:
		return numbered[T]{}, errGivenUp
	}
}

// last is what was told before the end, and then the end.
func (w *Watcher[T]) last() (numbered[T], error) {
	if w.closed.Load() {
		return numbered[T]{}, rest.ErrClosed
	}
	select {
	case out := <-w.out:
		return out, nil
	default:
		return numbered[T]{}, rest.Copy(w.err)
	}
}

// All yields the events as Next returns them. Close ends the sequence; any other
// end is an error, its last pair.
func (w *Watcher[T]) All() iter.Seq2[Event[T], error] {
	return func(yield func(Event[T], error) bool) {
		for {
			event, err := w.next(nil)
			if err != nil && w.closed.Load() {
				return
			}
			if !yield(event, err) || err != nil {
				return
			}
		}
	}
}

// Close ends the watcher, frees its connection, and waits until that is done.
// It may be called from any goroutine; Next, wherever it blocks, returns
// ErrClosed. Closing twice is fine.
func (w *Watcher[T]) Close() error {
	w.closed.Store(true)
	w.cancel(rest.ErrClosed)
	<-w.done
	return nil
}

// Version is the resource version up to which Next has told all changes: before
// the first event, the one at which the watch began. It is "" while a watch that
// begins with the state has not told all of it.
func (w *Watcher[T]) Version() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.position
}

// Checkpoint is where another watcher can go on, behind the last event that Next
// has returned. Take it when that event has been dealt with.
func (w *Watcher[T]) Checkpoint() Checkpoint {
	if version := w.Version(); version != "" {
		return Checkpoint{w.place, version}
	}
	return Checkpoint{}
}

// Status tells how the watch is getting on.
func (w *Watcher[T]) Status() Status { return w.feed.Status() }
