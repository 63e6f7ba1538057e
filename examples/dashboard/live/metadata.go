package live

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
)

// metadata is what the server has told of objects beyond what their mirror holds: of
// the latest revision that was asked for of each. One request for an object is under
// way at a time, however many readers wait for it.
type metadata struct {
	mu    sync.Mutex
	told  map[string]*answer
	names []string // of told, the oldest first
}

// rememberedAnswers is of how many objects a kind's answers are remembered.
const rememberedAnswers = 200

// answer is what the server says of one revision.
type answer struct {
	uid, version string
	done         chan struct{} // closed when what follows is there
	item         items.Item
	err          error
	left         bool // by who asked, before there was an answer
}

// Metadata is the metadata of an object with the managers of its fields, which the
// mirror leaves out, as the server tells it; and nothing else, so that the content of a
// Secret is not read here either. The server is asked once for each revision that the
// mirror shows, and not while the mirror is stale. Possible errors are those of
// a fetch, and two that say that the kind is not current and that the object is gone.
func (r *Resource) Metadata(ctx context.Context, item items.Item) (items.Item, error) {
	for {
		a, mine := r.managed.answer(item, r.Status().Live)
		switch {
		case a == nil:
			return nil, errStale
		case mine:
			a.item, a.err = r.ask(ctx, item)
			a.left = isLeft(ctx, a.err)
			r.managed.tell(item, a)
			return a.item, a.err
		}
		select {
		case <-a.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if a.isOf(item) && !a.left {
			return a.item, a.err
		}
	}
}

// isLeft reports whether who asked has left before there was an answer. An answer that
// has come is one, also for others.
func isLeft(ctx context.Context, err error) bool { return err != nil && ctx.Err() != nil }

var (
	errStale = errors.New("the kind is not current, and its mirror leaves them out")
	errGone  = errors.New("it is no longer there")
)

// ask asks for the metadata of an object, and nothing else of it.
func (r *Resource) ask(ctx context.Context, item items.Item) (items.Item, error) {
	view := r.view.Metadata()
	if r.kind.Namespaced() {
		view = view.In(item.Namespace())
	}
	told, err := view.Fetch(ctx, item.Name())
	if gone := (*kube.NotFoundError)(nil); errors.As(err, &gone) || err == nil && told.UID() != item.UID() {
		return nil, errGone
	}
	return told, err
}

// answer is the answer that is there or under way for an object: also of another
// revision, while that is under way. mine says that the caller is the one to ask; nil is
// for who may not.
func (m *metadata) answer(item items.Item, mayAsk bool) (a *answer, mine bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := nameOf(item)
	if a := m.told[name]; a != nil && (a.isOf(item) || !a.isThere()) {
		return a, false
	}
	if !mayAsk {
		return nil, false
	}
	a = &answer{uid: item.UID(), version: item.Version(), done: make(chan struct{})}
	m.forget(name)
	m.names = append(m.names, name)
	if m.told == nil {
		m.told = map[string]*answer{}
	}
	m.told[name] = a
	if len(m.names) > rememberedAnswers {
		m.forget(m.names[0])
	}
	return a, true
}

// tell gives the answer to who waits for it. A fault is not remembered.
func (m *metadata) tell(item items.Item, a *answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if name := nameOf(item); a.err != nil && m.told[name] == a {
		m.forget(name)
	}
	close(a.done)
}

func (m *metadata) forget(name string) {
	if _, ok := m.told[name]; !ok {
		return
	}
	delete(m.told, name)
	m.names = slices.DeleteFunc(m.names, func(n string) bool { return n == name })
}

func nameOf(item items.Item) string { return item.Namespace() + "/" + item.Name() }

// isOf reports whether it was asked for a revision.
func (a *answer) isOf(item items.Item) bool {
	return a.uid == item.UID() && a.version == item.Version()
}

func (a *answer) isThere() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}
