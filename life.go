package kube

import (
	"context"
	"sync"

	"github.com/kubeviews/kube/internal/rest"
)

// life is how long a cluster answers: until it is closed, or the cluster is that
// it is a variant of.
type life struct {
	done chan struct{} // closed when the life is over

	mu       sync.Mutex
	closed   bool
	live     map[*context.CancelCauseFunc]struct{} // requests under way
	variants map[*life]struct{}
}

func newLife() *life {
	return &life{
		done:     make(chan struct{}),
		live:     make(map[*context.CancelCauseFunc]struct{}),
		variants: make(map[*life]struct{}),
	}
}

// begin makes a request a part of the life.
func (l *life) begin(ctx context.Context) (context.Context, *context.CancelCauseFunc, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, nil, rest.ErrClosed
	}
	ctx, cancel := context.WithCancelCause(ctx)
	l.live[&cancel] = struct{}{}
	return ctx, &cancel, nil
}

func (l *life) over(request *context.CancelCauseFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.live, request)
}

// variant returns a life that ends with this one, or before.
func (l *life) variant() (*life, error) {
	v := newLife()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, rest.ErrClosed
	}
	l.variants[v] = struct{}{}
	return v, nil
}

func (l *life) forget(variant *life) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.variants, variant)
}

func (l *life) end() {
	for v := range l.endOwn() {
		v.end()
	}
}

// endOwn ends the requests of this life, and returns those of its variants.
func (l *life) endOwn() map[*life]struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.done)
	}
	for cancel := range l.live {
		(*cancel)(rest.ErrClosed)
	}
	variants := l.variants
	l.variants = nil // a closed life gets no more
	return variants
}
