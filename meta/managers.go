package meta

import (
	"errors"
	"iter"
	"strconv"
	"time"

	"github.com/kubeviews/kube/fieldpath"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// FieldManager tells who set fields of the object, and when.
//
// See https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management.
type FieldManager struct {
	Manager     string    `json:"manager"`
	Operation   string    `json:"operation"`  // "Apply" or "Update"
	APIVersion  string    `json:"apiVersion"` // of the object that was sent
	Time        time.Time `json:"time,omitzero"`
	Subresource string    `json:"subresource,omitzero"` // "status", "scale", or "" for the object itself
}

// Managers tells who owns which fields of one revision of an object. It is immutable,
// and reads of the fields only what it is asked for; the zero Managers is empty.
type Managers struct {
	object  raw.Object
	entries []managed // never written to
}

// managed is one of the managedFields.
type managed struct {
	manager FieldManager
	fields  fieldpath.Set
}

// Managers are the managers of the object's fields; there are none where the server
// does not track them. Possible errors: ErrFieldsDropped when the item was read without
// them, *StatusError when they are malformed, which says where.
func (m ObjectMeta[T]) Managers() (Managers, error) {
	if m.doc.ManagedFieldsDropped() {
		return Managers{}, rest.ErrFieldsDropped
	}
	list := m.doc.Get("metadata", "managedFields")
	if list.IsSet() && list.Kind() != raw.KindArray {
		return Managers{}, rest.Malformed(m.doc, &raw.TypeError{Want: "an array", Got: list.Kind()}, "metadata", "managedFields")
	}
	managers := Managers{object: m.doc}
	for e := range list.Elements() {
		r := entryReader{m.doc, e, len(managers.entries), nil}
		entry := r.read()
		if r.err != nil {
			return Managers{}, r.err
		}
		managers.entries = append(managers.entries, entry)
	}
	return managers, nil
}

// entryReader reads one of the managedFields. What is missing is empty, as everywhere
// in Kubernetes.
type entryReader struct {
	object raw.Object
	entry  raw.Value
	at     int
	err    error // the first
}

func (r *entryReader) read() managed {
	if r.entry.Kind() != raw.KindObject {
		r.fail(&raw.TypeError{Want: "an object", Got: r.entry.Kind()})
		return managed{}
	}
	m := FieldManager{r.text("manager"), r.text("operation"), r.text("apiVersion"), r.time("time"), r.text("subresource")}
	if form := r.text("fieldsType"); form != "" && form != "FieldsV1" {
		r.fail(errors.New("only FieldsV1 is known"), "fieldsType")
	}
	return managed{m, fieldpath.SetOf(r.entry.Get("fieldsV1"))}
}

func (r *entryReader) text(name string) string {
	v := r.entry.Get(name)
	if !v.IsSet() {
		return ""
	}
	text, err := v.Text()
	r.fail(err, name)
	return text
}

func (r *entryReader) time(name string) time.Time {
	v := r.entry.Get(name)
	if !v.IsSet() {
		return time.Time{}
	}
	t, err := v.Time()
	r.fail(err, name)
	return t
}

func (r *entryReader) fail(err error, below ...string) {
	if err != nil && r.err == nil {
		r.err = malformedEntry(r.object, err, r.at, below...)
	}
}

func malformedEntry(object raw.Object, err error, at int, below ...string) error {
	return rest.Malformed(object, err, append([]string{"metadata", "managedFields", strconv.Itoa(at)}, below...)...)
}

// Len is the number of managers. Who has written in several ways, such as by Apply and
// by Update, or to a subresource, counts for each.
func (m Managers) Len() int { return len(m.entries) }

// All yields the managers in the order of the object. The sequence can be ranged over
// any number of times.
func (m Managers) All() iter.Seq[FieldManager] {
	return func(yield func(FieldManager) bool) {
		for _, e := range m.entries {
			if !yield(e.manager) {
				return
			}
		}
	}
}

// Of returns who owns the field at a path, in the order of the object: those who have
// set it, and those who have set, as a whole, something that it is part of, such as a
// selector or another atomic map or list. An object or list whose fields have owners
// may well have none itself: that is for [Managers.Under].
//
// Elements of lists are found in the object, however the path names them:
// spec.containers[0].image and spec.containers[name="web"].image are one place; so are
// metadata.finalizers[0] and metadata.finalizers[="example.com/x"]. Several managers
// may own a field: they have applied the same value. What nobody owns is a default of
// the server's, or not there. The slice is the caller's.
//
// Possible errors: *ArgumentError for a text that is no path; *StatusError when the
// fields of a manager are malformed; *StatusError with ErrFieldsDropped for an element
// by its position in what the item was read without.
func (m Managers) Of(path fieldpath.Path) ([]FieldManager, error) {
	return m.who(path, fieldpath.Set.Has)
}

// Under returns who owns the field at a path or any below it, in the order of the
// object; of "", who owns anything. It takes paths, and fails, as [Managers.Of] does.
func (m Managers) Under(path fieldpath.Path) ([]FieldManager, error) {
	return m.who(path, fieldpath.Set.HasUnder)
}

func (m Managers) who(path fieldpath.Path, has func(fieldpath.Set, fieldpath.Path, raw.Value) (bool, error)) (who []FieldManager, err error) {
	if path, err = fieldpath.Parse(path.String()); err != nil {
		return nil, err
	}
	if err := m.mustSee(path); err != nil {
		return nil, err
	}
	for i, e := range m.entries {
		found, err := has(e.fields, path, m.object.Value())
		if err == nil && found {
			found, err = m.isOwn(i, path)
		}
		if err != nil {
			return nil, malformedEntry(m.object, err, i, "fieldsV1")
		}
		if found {
			who = append(who, e.manager)
		}
	}
	return who, nil
}

// isOwn reports whether what a manager has around a place counts as owning it. Where
// others have set what is in a map, and none of it is left to who has made the map, the
// map itself looks like one that is set as a whole.
func (m Managers) isOwn(manager int, path fieldpath.Path) (bool, error) {
	object := m.object.Value()
	leaf, within, err := m.entries[manager].fields.Around(path, object)
	if err != nil || !within {
		return true, err
	}
	if !m.object.MetadataOnly() && !path.In(object).Exists() {
		return false, nil
	}
	for _, e := range m.entries {
		if parts, err := e.fields.HasBelow(leaf, object); parts || err != nil {
			return false, err
		}
	}
	return true, nil
}

// mustSee refuses a position in a list that the item was read without: the managers
// know its elements by their keys.
func (m Managers) mustSee(path fieldpath.Path) error {
	if !m.object.MetadataOnly() {
		return nil
	}
	first := ""
	for e := range path.Elements() {
		if first == "" {
			first = e.Name()
		}
		if e.Kind() == fieldpath.Index && first != "metadata" {
			return rest.Malformed(m.object, rest.ErrFieldsDropped, path.String())
		}
	}
	return nil
}

// Fields yields the paths that a manager owns, without those of objects and lists whose
// fields it owns, in the order of the object. They name elements of lists by keys or by
// value. Possible error: *StatusError, for each part of the fields that is malformed;
// the sequence goes on. It can be ranged over any number of times.
func (m Managers) Fields(of FieldManager) iter.Seq2[fieldpath.Path, error] {
	return func(yield func(fieldpath.Path, error) bool) {
		for i, e := range m.entries {
			if !e.manager.Equal(of) {
				continue
			}
			for path, err := range e.fields.Leaves() {
				if err != nil {
					err = malformedEntry(m.object, err, i, "fieldsV1")
				}
				if !yield(path, err) {
					return
				}
			}
		}
	}
}

// Equal reports whether both are the same. go-cmp uses it.
func (m FieldManager) Equal(other FieldManager) bool {
	sameTime := m.Time.Equal(other.Time)
	m.Time, other.Time = time.Time{}, time.Time{}
	return sameTime && m == other
}
