package items

import (
	"bytes"
	"encoding/json"
	"iter"
	"reflect"
	"slices"

	"github.com/kubeviews/kube/fieldpath"
	"github.com/kubeviews/kube/raw"
)

// Diff tells what differs between two items, which most often are two revisions of one
// object. A nil or zero item stands for an object that is not there: then all members
// of the other are added or removed.
//
// Only what means something is told. Left out are metadata.managedFields,
// resourceVersion and generation, the times of heartbeats (lastHeartbeatTime and
// lastProbeTime of conditions, renewTime and pingTime of leases and their candidates),
// the annotation last-applied-configuration of kubectl as long as it says nothing but
// what the object itself does, and a new order of the keyed lists of a status, such as
// the conditions, and of sets, such as the finalizers. [WithNoise] asks for all of it.
// What was not read on one side, of an item that is metadata only or came without
// managedFields, is not compared.
//
// The elements of a list are matched by their keys where it has some: containers,
// volumes and variables by name, ports by number and protocol, conditions by type, as
// the API server has it, and the statuses of containers by name. For kinds of one's own
// managedFields tell the keys, if they were read; without, only conditions and owners
// are matched so. Where an element of such a list stands is not told, but that those on
// both sides change places is, as one change of the list. All other lists, and those in
// which a key is missing or there twice, are aligned, so that an element that comes or
// goes does not make changes of all behind it. Of elements that change places, some are
// told as removed and added.
//
// A value that comes or goes is one change, however large it is; labels, annotations
// and the other members of metadata come and go one by one. Values are compared as
// [raw.Value.Equal] does it, so 1 and 1.0 are the same, but the quantities "1" and
// "1000m" are not; an absent member and a null are not the same either.
//
// Of a Secret, and of all that is [raw.Object.Sensitive], the content is told as
// fingerprints: see [FieldChange.Hidden]. [WithContent] asks for the content.
//
// Diff takes any two items, also of different objects and kinds. The same two have the
// same changes wherever they are compared. Its cost follows what differs, beyond looking
// through both texts once. It compares less finely, but misses nothing, 64 levels deep, and
// in lists without keys by position: of more than 4,096 elements in a row of which none is
// there once on both sides, and of more than 2,048 in a row that are not there at all on the
// other side. So many lines of a text are shown as removed and added.
func Diff(old, new Item, options ...DiffOption) Changes {
	d := differ{old: documentIn(old), new: documentIn(new)}
	for _, o := range options {
		o.diff(&d)
	}
	d.hide = !d.content && (isSecret(d.old) || isSecret(d.new))
	d.object("", d.old.Value(), d.new.Value())
	return Changes{d.changes}
}

func documentIn(item Item) raw.Object {
	if v := reflect.ValueOf(item); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() || item.inner() == nil {
		return raw.Object{}
	}
	return item.inner().doc
}

// DiffOption is an option of [Diff].
type DiffOption interface{ diff(*differ) }

type diffFunc func(*differ)

func (f diffFunc) diff(d *differ) { f(d) }

// WithNoise has [Diff] tell also what changes without meaning anything.
func WithNoise() DiffOption { return diffFunc(func(d *differ) { d.noise = true }) }

// WithContent has [Diff] tell the content of Secrets, and of all that is sensitive,
// instead of fingerprints. It is for programs that keep such content apart, or have
// replaced it. What they print of the changes shows it.
func WithContent() DiffOption { return diffFunc(func(d *differ) { d.content = true }) }

// FieldChange is one difference between two items.
type FieldChange struct {
	// Path is where the values are. An element of a list without keys is known by its
	// position: among the old ones if it was removed, else among the new ones.
	Path fieldpath.Path `json:"path"`
	// Old and New are the values; missing when there was none, or there is none.
	Old raw.Value `json:"old,omitzero"`
	New raw.Value `json:"new,omitzero"`
	// Hidden says that the values are sensitive, and Old and New are their fingerprints
	// instead: strings such as "fp:5f0c3b1e9a7d2468". In one process, equal values have
	// equal fingerprints, and different values different ones; another process makes
	// others of the same values. They do not tell what the values are, nor how long.
	Hidden bool `json:"hidden,omitzero"`
	// Reordered says that the elements of a keyed list or a set have changed places. Old and New
	// are the whole list; what else changes in it is told separately.
	Reordered bool `json:"reordered,omitzero"`
}

// Equal reports whether both tell the same. go-cmp uses it.
func (c FieldChange) Equal(other FieldChange) bool {
	return c.Path == other.Path && c.Hidden == other.Hidden && c.Reordered == other.Reordered &&
		c.Old.Equal(other.Old) && c.New.Equal(other.New)
}

// Changes is what [Diff] found: an immutable sequence, in the order of the new
// document, with what was removed where it stood. The zero Changes are none.
type Changes struct{ all []FieldChange }

// All yields the changes. It can be ranged over any number of times.
func (c Changes) All() iter.Seq[FieldChange] { return slices.Values(c.all) }

// MarshalJSON returns the changes as an array.
func (c Changes) MarshalJSON() ([]byte, error) {
	if c.all == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(c.all)
}

// Len is how many changes there are.
func (c Changes) Len() int { return len(c.all) }

// IsZero reports whether there are none.
func (c Changes) IsZero() bool { return len(c.all) == 0 }

// Equal reports whether both tell the same, in the same order. go-cmp uses it.
func (c Changes) Equal(other Changes) bool {
	return slices.EqualFunc(c.all, other.all, FieldChange.Equal)
}

// differ finds the differences between two documents.
type differ struct {
	old, new raw.Object
	noise    bool // is to be told
	content  bool // is to be told, whatever it is
	hide     bool // the content
	applied  bool // the documents are last-applied configurations
	// kindKnown says that builtin is: both are of kinds that come with Kubernetes.
	kindKnown, builtin bool
	changes            []FieldChange

	trail   []string // members from the top to where it is; "" for a list in a list
	keys    *keysTold
	classes classes
	scratch [2][]byte
}

func (d *differ) add(c FieldChange) { d.changes = append(d.changes, c) }

// maxDiffDepth bounds the cost of documents that are deeper than any of Kubernetes'.
const maxDiffDepth = 64

// compare tells what differs between two values, of which one may be missing.
func (d *differ) compare(at fieldpath.Path, old, new raw.Value) {
	deep := len(d.trail) >= maxDiffDepth
	switch {
	case d.isOpaque(old, new):
		d.hidden(at, old, new)
	case !deep && d.areObjects(old, new):
		d.object(at, old, new)
	case !deep && old.Kind() == raw.KindArray && new.Kind() == raw.KindArray:
		d.list(at, old, new)
	case !old.Equal(new):
		d.add(FieldChange{Path: at, Old: d.shown(old), New: d.shown(new)})
	}
}

// areObjects also takes an object that comes or goes, where its members do one by one.
func (d *differ) areObjects(old, new raw.Value) bool {
	a, b := old.Kind() == raw.KindObject, new.Kind() == raw.KindObject
	switch {
	case a && b:
		return true
	case !a && old.Exists() || !b && new.Exists():
		return false
	}
	return d.comesByMember() && old.Len()+new.Len() > 0
}

// comesByMember is so for the containers of what is told apart, left out or hidden.
func (d *differ) comesByMember() bool {
	switch len(d.trail) {
	case 1:
		return d.trail[0] == "metadata" || d.hide
	case 2:
		return d.trail[0] == "metadata" && (d.trail[1] == "labels" || d.trail[1] == "annotations")
	}
	return false
}

// same reports, at the price of two copies, whether values are spelled alike, or are
// equal and no containers.
func (d *differ) same(a, b raw.Value) bool {
	if a == b {
		return true
	}
	kind := a.Kind()
	if kind != b.Kind() {
		return false
	}
	if kind != raw.KindObject && kind != raw.KindArray {
		return a.Equal(b)
	}
	d.scratch[0], d.scratch[1] = a.AppendTo(d.scratch[0][:0]), b.AppendTo(d.scratch[1][:0])
	return bytes.Equal(d.scratch[0], d.scratch[1])
}

// object compares member by member.
func (d *differ) object(at fieldpath.Path, old, new raw.Value) {
	for _, p := range pairUp(membersOf(old), membersOf(new)) {
		if d.same(p.old, p.new) {
			continue
		}
		d.trail = append(d.trail, p.name)
		if d.isCompared(p.old, p.new) {
			d.compare(at.Field(p.name), p.old, p.new)
		}
		d.trail = d.trail[:len(d.trail)-1]
	}
}
