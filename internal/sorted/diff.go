package sorted

import "iter"

// Change is what differs between two maps under one key. Of Old and New, the one
// that was or is not there is zero.
type Change[K, V any] struct {
	Key               K
	Old, New          V
	WasThere, IsThere bool
}

// Diff yields what differs between two maps of the same order, in that order, as
// often as it is ranged over. Values under one key differ unless same says
// otherwise; it is not asked about what both maps share. That is skipped, so that
// c changes between two revisions of a map of n keys are found in O(c · log n),
// and in O(n) at worst.
func Diff[K, V any](old, new Map[K, V], same func(a, b V) bool) iter.Seq[Change[K, V]] {
	return func(yield func(Change[K, V]) bool) {
		if old.Same(new) {
			return
		}
		d := differ[K, V]{old.cursor(), new.cursor(), new.compare, same, yield}
		for d.step() {
		}
	}
}

type differ[K, V any] struct {
	old, new cursor[K, V]
	compare  func(a, b K) int
	same     func(a, b V) bool
	yield    func(Change[K, V]) bool
}

// step takes one step with the cursor that is behind, and tells whether to go on.
// A node that both maps have is met by both cursors at once, and skipped: the one
// that comes first waits there, as it is the other that is behind.
func (d *differ[K, V]) step() bool {
	switch {
	case d.old.done() && d.new.done():
		return false
	case d.new.done():
		return d.removed()
	case d.old.done():
		return d.added()
	case d.old.shares(&d.new):
		d.old.skip()
		d.new.skip()
		return true
	}
	switch c := d.compare(d.old.low(), d.new.low()); {
	case c < 0:
		return d.removed()
	case c > 0:
		return d.added()
	}
	return d.level()
}

func (d *differ[K, V]) removed() bool {
	if d.old.height > 0 {
		d.old.enter()
		return true
	}
	p := d.old.pair()
	d.old.skip()
	return d.yield(Change[K, V]{Key: p.Key, Old: p.Value, WasThere: true})
}

func (d *differ[K, V]) added() bool {
	if d.new.height > 0 {
		d.new.enter()
		return true
	}
	p := d.new.pair()
	d.new.skip()
	return d.yield(Change[K, V]{Key: p.Key, New: p.Value, IsThere: true})
}

// level goes on where both cursors are at the same key. The one at the taller
// node enters it, since the other's node may be within.
func (d *differ[K, V]) level() bool {
	height := max(d.old.height, d.new.height)
	if height == 0 {
		return d.changed()
	}
	if d.old.height == height {
		d.old.enter()
	}
	if d.new.height == height {
		d.new.enter()
	}
	return true
}

func (d *differ[K, V]) changed() bool {
	was, is := d.old.pair(), d.new.pair()
	d.old.skip()
	d.new.skip()
	if d.same(was.Value, is.Value) {
		return true
	}
	return d.yield(Change[K, V]{is.Key, was.Value, is.Value, true, true})
}
