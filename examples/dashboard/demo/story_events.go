package demo

import "slices"

// keptNotes is how many Events the cluster remembers, as if they had expired.
const keptNotes = 160

// emit tells of a happening: anew, or once more.
func (w *World) emit(h happening) error {
	for _, n := range w.notes {
		if n.happening == h {
			return w.repeat(n)
		}
	}
	n := w.newNote(h, w.now(), w.now(), 1)
	w.notes = append(w.notes, n)
	if _, err := w.client.create(h.by, n.document()); err != nil {
		return err
	}
	return w.expire()
}

func (w *World) repeat(n *note) error {
	n.count++
	n.last = w.now()
	_, err := w.client.patch(n.by, mergePatch, n.target(), object{"count": n.count, "lastTimestamp": stamp(n.last)})
	return err
}

func (n *note) target() target {
	return target{apiVersion: "v1", kind: "Event", ns: n.namespace(), name: n.object}
}

// expire deletes the Event that was last seen the longest ago.
func (w *World) expire() error {
	if len(w.notes) <= keptNotes {
		return nil
	}
	i := 0
	for k, n := range w.notes {
		if n.last.Before(w.notes[i].last) {
			i = k
		}
	}
	old := w.notes[i]
	w.notes = slices.Delete(w.notes, i, i+1)
	return w.remove(old.target(), 0)
}
