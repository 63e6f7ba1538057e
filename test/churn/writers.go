package churn

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// ledger is what the server has acknowledged.
type ledger struct {
	mu      sync.Mutex
	acks    []Ack
	unknown int // writes without an answer: they may have happened, or still do
	marks   atomic.Int64
}

func (l *ledger) add(a Ack) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acks = append(l.acks, a)
}

func (l *ledger) doubt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unknown++
}

// all is what there is by now; what comes later does not change it.
func (l *ledger) all() (acks []Ack, unknown int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acks[:len(l.acks):len(l.acks)], l.unknown
}

// writer makes changes, straight at the server.
type writer struct {
	name   string
	server *server
	ledger *ledger
	random *rand.Rand
	keys   []Key
	hot    []Key // where most changes go, so that objects die and return often
}

func (w *writer) key() Key {
	if w.random.IntN(2) == 0 {
		return w.hot[w.random.IntN(len(w.hot))]
	}
	return w.keys[w.random.IntN(len(w.keys))]
}

// run makes changes, one a tick, until ctx is done.
func (w *writer) run(ctx context.Context, pace time.Duration) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			w.change(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// change does one of what can be done to an object. What the server refuses, such
// as to change what another writer has deleted, is no change.
func (w *writer) change(ctx context.Context) {
	switch key, dice := w.key(), w.random.IntN(100); {
	case dice < 55:
		w.note(w.update(ctx, key))
	case dice < 70:
		w.note(w.delete(ctx, key))
	case dice < 90:
		w.note(w.create(ctx, key))
	default:
		w.note(w.delete(ctx, key))
		w.note(w.create(ctx, key))
	}
}

// note counts writes of which nobody knows whether they happened.
func (w *writer) note(err error) {
	var refusal *statusError
	if err != nil && !(errors.As(err, &refusal) && refusal.code < 500) {
		w.ledger.doubt()
	}
}

func (w *writer) object() configMap {
	mark := fmt.Sprintf("%s-%d", w.name, w.ledger.marks.Add(1))
	m := configMap{Data: map[string]string{markField: mark, groupField: "g" + strconv.Itoa(w.random.IntN(20))}}
	m.Metadata.Labels = map[string]*string{selectedLabel: nil, teamLabel: new("t" + strconv.Itoa(w.random.IntN(7)))}
	if w.random.IntN(3) == 0 {
		m.Metadata.Labels[selectedLabel] = new("yes")
	}
	return m
}

func (w *writer) create(ctx context.Context, key Key) error {
	m := w.object()
	m.APIVersion, m.Kind = "v1", "ConfigMap"
	m.Metadata.Name = key.Name
	if m.Metadata.Labels[selectedLabel] == nil {
		delete(m.Metadata.Labels, selectedLabel)
	}
	return w.send(ctx, http.MethodPost, "/api/v1/namespaces/"+key.Namespace+"/configmaps", jsonType, m)
}

func (w *writer) update(ctx context.Context, key Key) error {
	return w.send(ctx, http.MethodPatch, path(key), mergePatch, w.object())
}

func (w *writer) send(ctx context.Context, method, path, contentType string, m configMap) error {
	var answer configMap
	if err := w.server.do(context.WithoutCancel(ctx), method, path, contentType, m, &answer); err != nil {
		return err
	}
	r, err := answer.revision()
	if err != nil {
		return err
	}
	w.ledger.add(Ack{Revision: r})
	return nil
}

func (w *writer) delete(ctx context.Context, key Key) error {
	var answer struct{ Details struct{ UID string } }
	if err := w.server.do(context.WithoutCancel(ctx), http.MethodDelete, path(key), jsonType, nil, &answer); err != nil {
		return err
	}
	w.ledger.add(Ack{Revision: Revision{Key: key, UID: answer.Details.UID}, Deleted: true})
	return nil
}

// put creates an object, or changes it where it is there, until the server has
// acknowledged that.
func (w *writer) put(ctx context.Context, key Key, selected bool) (Revision, error) {
	for {
		m := w.object()
		m.Metadata.Labels[selectedLabel] = nil
		if selected {
			m.Metadata.Labels[selectedLabel] = new("yes")
		}
		err := w.send(ctx, http.MethodPatch, path(key), mergePatch, m)
		if err == nil {
			acks, _ := w.ledger.all()
			for i := len(acks) - 1; i >= 0; i-- {
				if acks[i].Mark == m.Data[markField] {
					return acks[i].Revision, nil
				}
			}
		}
		w.note(err)
		w.note(w.create(ctx, key))
		if !pause(ctx, 20*time.Millisecond) {
			return Revision{}, fmt.Errorf("%s cannot be written: %w", key, err)
		}
	}
}

// fill creates many objects at once.
func (w *writer) fill(ctx context.Context, keys []Key) error {
	for _, key := range keys {
		err := w.create(ctx, key)
		if refusal := (*statusError)(nil); errors.As(err, &refusal) && refusal.code == http.StatusConflict {
			continue // the herald was here first
		}
		if err != nil {
			return fmt.Errorf("create %s: %w", key, err)
		}
	}
	return nil
}

// pause waits, and reports whether it was not in vain.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
