package meta

import (
	"context"
	"encoding/json"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// Labels are the labels of one revision of an item: an immutable map from
// string to string. Setting and deleting return the item's next revision.
type Labels[T any] struct {
	pairs
	owner Owner[T]
}

// Annotations are the annotations of one revision of an item: an immutable map
// from string to string. Setting and deleting return the item's next revision.
type Annotations[T any] struct {
	pairs
	owner Owner[T]
}

// Set adds or replaces one label, and returns the item's next revision.
// Possible errors: *ArgumentError for a key or value that no label may have,
// *APIError, of which *NotFoundError when the object is gone, and
// *ConflictError when another has taken its name.
func (l Labels[T]) Set(ctx context.Context, key, value string) (T, error) {
	return l.SetAll(ctx, map[string]string{key: value})
}

// SetAll adds or replaces several labels in one request. Errors are those of
// Set; without any label it is an *ArgumentError.
func (l Labels[T]) SetAll(ctx context.Context, labels map[string]string) (T, error) {
	if err := ValidateLabels(labels); err != nil {
		var zero T
		return zero, err
	}
	return patch(ctx, l.owner, l.field, toAny(labels))
}

// Delete removes labels in one request, and returns the item's next revision.
// A label that is not there stays so. Errors are those of Set.
func (l Labels[T]) Delete(ctx context.Context, keys ...string) (T, error) {
	return change(ctx, l.owner, l.field, nil, keys, ValidateLabelKey)
}

// Change adds or replaces some labels and removes others, in one request, so that
// nobody sees the one without the other. A label to remove that is not there stays so.
// Errors are those of Set; nothing to do, or a key in both, is an *ArgumentError.
//
//	pod, err = pod.Labels().Change(ctx, map[string]string{"tier": "web"}, "draft", "owner")
func (l Labels[T]) Change(ctx context.Context, set map[string]string, remove ...string) (T, error) {
	if err := ValidateLabels(set); err != nil {
		var zero T
		return zero, err
	}
	return change(ctx, l.owner, l.field, set, remove, ValidateLabelKey)
}

// Set adds or replaces one annotation, and returns the item's next revision.
// Possible errors: *ArgumentError for a key that no annotation may have, or too
// large a value, *APIError, of which *NotFoundError when the object is gone,
// and *ConflictError when another has taken its name.
func (a Annotations[T]) Set(ctx context.Context, key, value string) (T, error) {
	return a.SetAll(ctx, map[string]string{key: value})
}

// SetAll adds or replaces several annotations in one request. Errors are those
// of Set; without any annotation it is an *ArgumentError.
func (a Annotations[T]) SetAll(ctx context.Context, annotations map[string]string) (T, error) {
	if err := ValidateAnnotations(annotations); err != nil {
		var zero T
		return zero, err
	}
	return patch(ctx, a.owner, a.field, toAny(annotations))
}

// Delete removes annotations in one request, and returns the item's next
// revision. One that is not there stays so. Errors are those of Set.
func (a Annotations[T]) Delete(ctx context.Context, keys ...string) (T, error) {
	return change(ctx, a.owner, a.field, nil, keys, ValidateAnnotationKey)
}

// Change adds or replaces some annotations and removes others, in one request, so that
// nobody sees the one without the other. One to remove that is not there stays so.
// Errors are those of Set; nothing to do, or a key in both, is an *ArgumentError.
func (a Annotations[T]) Change(ctx context.Context, set map[string]string, remove ...string) (T, error) {
	if err := ValidateAnnotations(set); err != nil {
		var zero T
		return zero, err
	}
	return change(ctx, a.owner, a.field, set, remove, ValidateAnnotationKey)
}

// pairs is an immutable map from string to string in an object's metadata. A
// member that is not a string counts as absent.
type pairs struct {
	at    raw.Value
	doc   raw.Object // the whole
	field string     // "labels" or "annotations"
}

// Get returns the value of a key, and whether it is there.
func (p pairs) Get(key string) (value string, ok bool) {
	value, err := p.at.Get(key).Text()
	return value, err == nil
}

// Has reports whether a key is there.
func (p pairs) Has(key string) bool {
	_, ok := p.Get(key)
	return ok
}

// Equal reports whether both have the same keys and values. go-cmp uses it.
func (l Labels[T]) Equal(other Labels[T]) bool { return maps.Equal(l.Map(), other.Map()) }

// Equal reports whether both have the same keys and values. go-cmp uses it.
func (a Annotations[T]) Equal(other Annotations[T]) bool { return maps.Equal(a.Map(), other.Map()) }

// Len is the number of keys.
func (p pairs) Len() (n int) {
	for range p.All() {
		n++
	}
	return n
}

// All yields the keys and values, sorted by key.
func (p pairs) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, key := range p.keys() {
			if value, ok := p.Get(key); ok && !yield(key, value) {
				return
			}
		}
	}
}

func (p pairs) keys() []string {
	var keys []string
	for key := range p.at.Members() {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Map returns a copy, which is the caller's to change. It is never nil.
func (p pairs) Map() map[string]string {
	m := make(map[string]string)
	for key, value := range p.All() {
		m[key] = value
	}
	return m
}

// lastApplied is where kubectl apply keeps a copy of the whole object.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// String shows the pairs like map[string]string does, sorted by key. Of a
// Secret, the copy of its content that kubectl apply keeps in an annotation is
// shown as a fingerprint.
func (p pairs) String() string {
	var b strings.Builder
	b.WriteString("map[")
	for key, value := range p.All() {
		if b.Len() > len("map[") {
			b.WriteByte(' ')
		}
		if key == lastApplied && p.doc.IsSensitive() {
			value = p.at.Get(key).Fingerprint()
		}
		b.WriteString(key + ":" + value)
	}
	return b.String() + "]"
}

// GoString is String, so that %#v shows no more.
func (p pairs) GoString() string { return p.String() }

// LogValue is String, so that no log handler shows more.
func (p pairs) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalJSON returns a JSON object of the pairs. Those of a Secret with a copy of
// its content among them refuse, with [raw.ErrSensitive]; Map is the explicit way.
func (p pairs) MarshalJSON() ([]byte, error) {
	if p.doc.IsSensitive() && p.Has(lastApplied) {
		return nil, raw.ErrSensitive
	}
	return json.Marshal(p.Map())
}

// patch sets what is given and leaves the rest alone. A merge patch, because
// custom resources refuse the strategic one.
func patch[T any](ctx context.Context, owner Owner[T], field string, changes map[string]any) (T, error) {
	var zero T
	if len(changes) == 0 {
		return zero, &rest.ArgumentError{Arg: field, Reason: "at least one is needed"}
	}
	if owner == nil {
		return zero, &rest.ArgumentError{Arg: "item", Reason: "the zero item cannot be changed"}
	}
	return owner.MergePatch(ctx, map[string]any{"metadata": map[string]any{field: changes}})
}

// change sets what is checked already, and removes keys that are still to be checked.
func change[T any](ctx context.Context, owner Owner[T], field string, set map[string]string, remove []string, check func(string) error) (T, error) {
	changes := toAny(set)
	for _, key := range remove {
		err := check(key)
		if _, both := set[key]; both && err == nil {
			err = &rest.ArgumentError{Arg: field, Value: key, Reason: "it cannot be both set and removed"}
		}
		if err != nil {
			var zero T
			return zero, err
		}
		changes[key] = nil
	}
	return patch(ctx, owner, field, changes)
}

func toAny(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for key, value := range m {
		out[key] = value
	}
	return out
}
