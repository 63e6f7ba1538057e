package items_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kubeviews/kube/fieldpath"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

// The judge of Diff applies changes, in plain Go, to the old object.

func plainOf(t testing.TB, v raw.Value) any {
	t.Helper()
	if !v.Exists() {
		return nil
	}
	var plain any
	d := json.NewDecoder(bytes.NewReader(v.Bytes()))
	d.UseNumber()
	if err := d.Decode(&plain); err != nil {
		t.Fatal(err)
	}
	return plain
}

// patch is what changes at a place, and below.
type patch struct {
	step   fieldpath.Element
	change *items.FieldChange
	below  map[string]*patch
}

func patchOf(t testing.TB, changes items.Changes) *patch {
	t.Helper()
	root := &patch{below: map[string]*patch{}}
	for c := range changes.All() {
		if c.Reordered {
			continue
		}
		at := root
		steps := slices.Collect(c.Path.Elements())
		for i, e := range steps {
			name := e.String()
			if i == len(steps)-1 && e.Kind() == fieldpath.Index {
				name += map[bool]string{true: " gone", false: " come"}[!c.New.Exists()]
			} else if e.Kind() == fieldpath.Index {
				name += " come"
			}
			if at.below[name] == nil {
				at.below[name] = &patch{step: e, below: map[string]*patch{}}
			}
			at = at.below[name]
		}
		if at.change != nil || len(at.below) > 0 {
			t.Errorf("%s is told twice", c.Path)
		}
		at.change = &c
	}
	return root
}

func (p *patch) list() []*patch {
	return slices.SortedFunc(maps.Values(p.below), func(a, b *patch) int { return a.step.Index() - b.step.Index() })
}

func (p *patch) isGone() bool { return p.change != nil && !p.change.New.Exists() }

// apply is the value of a place after the patch.
func (p *patch) apply(t testing.TB, v any) any {
	t.Helper()
	if p.change != nil {
		return plainOf(t, p.change.New)
	}
	switch v := v.(type) {
	case nil:
		return p.apply(t, map[string]any{})
	case map[string]any:
		for _, below := range p.list() {
			name := below.step.Name()
			if _, had := v[name]; below.isGone() && !had {
				t.Errorf("%s was not there", name)
			}
			if below.isGone() {
				delete(v, name)
				continue
			}
			v[name] = below.apply(t, v[name])
		}
		return v
	case []any:
		return p.applyToList(t, v)
	}
	if len(p.below) > 0 {
		t.Errorf("there is nothing within %v", v)
	}
	return v
}

func (p *patch) applyToList(t testing.TB, list []any) []any {
	t.Helper()
	find := func(e fieldpath.Element) int {
		return slices.IndexFunc(list, func(v any) bool {
			text, _ := json.Marshal([]any{v})
			var one raw.Value
			if err := one.UnmarshalJSON(text); err != nil {
				t.Fatal(err)
			}
			return e.In(one).Exists()
		})
	}
	all := p.list()
	for _, below := range slices.Backward(all) {
		if i := below.step.Index(); below.isGone() && below.step.Kind() == fieldpath.Index {
			list = slices.Delete(list, i, i+1)
		}
	}
	for _, below := range all {
		if below.step.Kind() == fieldpath.Index && below.change != nil && !below.change.Old.Exists() {
			list = slices.Insert(list, below.step.Index(), plainOf(t, below.change.New))
		}
	}
	for _, below := range all {
		i := below.step.Index()
		switch {
		case below.step.Kind() == fieldpath.Index && (below.change == nil || below.change.Old.Exists() && !below.isGone()):
			list[i] = below.apply(t, list[i])
		case below.step.Kind() == fieldpath.Index:
		case below.isGone():
			i = find(below.step)
			list = slices.Delete(list, i, i+1)
		default:
			if i = find(below.step); i < 0 {
				list = append(list, nil)
				i = len(list) - 1
			}
			list[i] = below.apply(t, list[i])
		}
	}
	return list
}

var unordered = []string{"containers", "initContainers", "env", "conditions", "finalizers", "ports", "widgets"}

// normal sorts what has no order, and gives equal values one form.
func normal(v any, name string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			e = normal(e, k)
			if m, ok := e.(map[string]any); ok && len(m) == 0 && slices.Contains([]string{"metadata", "labels", "annotations"}, k) {
				continue
			}
			out[k] = e
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = normal(e, "")
		}
		if slices.Contains(unordered, name) {
			slices.SortFunc(out, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
		return out
	case json.Number:
		var one raw.Value
		if one.UnmarshalJSON([]byte(v)) == nil {
			return string(fieldpath.Path("").Value(one))
		}
	}
	return v
}

var positions = regexp.MustCompile(`\[\d+\]`)

// tellings is what changes tell, but for positions, back to front if asked for.
func tellings(changes items.Changes, back bool) []string {
	var all []string
	for c := range changes.All() {
		if back {
			c.Old, c.New = c.New, c.Old
		}
		all = append(all, fmt.Sprint(positions.ReplaceAllString(string(c.Path), "[#]"), c.Old, c.New, c.Reordered))
	}
	slices.Sort(all)
	return all
}

// judgeDiff holds the changes between two objects to what they must be.
func judgeDiff(t testing.TB, old, new items.Item) {
	t.Helper()
	changes := items.Diff(old, new, items.WithNoise())
	want := normal(plainOf(t, new.Raw().Value()), "")
	if got := normal(patchOf(t, changes).apply(t, plainOf(t, old.Raw().Value())), ""); !reflect.DeepEqual(got, want) {
		t.Errorf("old %s\nnew %s\nchanges\n%s\nmake %v\nnot  %v", old.Raw(), new.Raw(), changes, got, want)
	}
	if back := items.Diff(new, old, items.WithNoise()); !slices.Equal(tellings(changes, true), tellings(back, false)) {
		t.Errorf("old %s\nnew %s\nchanges\n%s\nand back\n%s", old.Raw(), new.Raw(), changes, back)
	}
	for _, item := range []items.Item{old, new} {
		if same := items.Diff(item, item, items.WithNoise()); !same.IsZero() {
			t.Errorf("an item differs from itself: %s", same)
		}
		again := thing(t, string(item.Raw().Bytes()))
		if same := items.Diff(item, again, items.WithNoise()); !same.IsZero() {
			t.Errorf("an item differs from its copy: %s", same)
		}
	}
	if fewer := items.Diff(old, new); fewer.Len() > changes.Len() {
		t.Errorf("there is more without noise:\n%s\nnot\n%s", fewer, changes)
	}
	_ = changes.String()
}

// anything makes objects that have something in common with those of Kubernetes.
type anything struct{ *rand.Rand }

func (r anything) pick(words ...string) string { return words[r.IntN(len(words))] }

func (r anything) value(depth int, name string) any {
	n := r.IntN(10)
	switch {
	case name == "finalizers":
		return r.list(depth, "", func() any { return r.pick("a", "b", "c", "d") })
	case slices.Contains(unordered, name) && n < 9:
		return r.list(depth, name, func() any {
			o := r.object(depth - 1)
			if n > 0 {
				o["name"], o["type"] = r.pick("a", "b", "c", "d", "e", "f"), r.pick("A", "B", "C", "D", "E")
				o["containerPort"] = r.IntN(5)
			}
			return o
		})
	case depth > 0 && n < 4:
		return r.object(depth - 1)
	case depth > 0 && n < 7:
		return r.list(depth, name, func() any { return r.value(depth-1, "") })
	}
	return []any{nil, true, json.Number("1"), json.Number("1.0"), json.Number("-2e3"), "x", "y\nz\n", "é\u202e", r.pick("p", "q")}[r.IntN(9)]
}

func (r anything) list(depth int, name string, element func() any) []any {
	out := make([]any, r.IntN(5))
	for i := range out {
		out[i] = element()
	}
	if name == "" {
		slices.SortFunc(out, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		out = slices.CompactFunc(out, func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) })
	}
	return out
}

func (r anything) object(depth int) map[string]any {
	out := map[string]any{}
	for range r.IntN(5) {
		name := r.pick("metadata", "spec", "status", "labels", "annotations", "finalizers", "containers", "initContainers",
			"env", "ports", "conditions", "args", "rules", "a b", "", "n", "resourceVersion", "protocol", "stringData")
		out[name] = r.value(depth, name)
	}
	return out
}

// mutate changes a few places.
func (r anything) mutate(v any, name string, depth int) any {
	if r.IntN(12) == 0 {
		return r.value(depth, name)
	}
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if out[k] = r.mutate(v[k], k, depth-1); r.IntN(15) == 0 {
				delete(out, k)
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			if r.IntN(8) > 0 {
				out = append(out, r.mutate(e, "", depth-1))
			}
		}
		if r.IntN(5) == 0 {
			r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
		}
		return out
	}
	return v
}

func TestDiffIsWhatChanges(t *testing.T) {
	for seed := range uint64(400) {
		r := anything{rand.New(rand.NewPCG(seed, 1))}
		old := r.object(3)
		next, ok := r.mutate(old, "", 3).(map[string]any)
		if !ok {
			next = r.object(3)
		}
		a, err := raw.From(old)
		b, err2 := raw.From(next)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if judgeDiff(t, thing(t, string(a.Bytes())), thing(t, string(b.Bytes()))); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzDiff(f *testing.F) {
	f.Add(`{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}`, `{"spec":{"containers":[{"name":"b","x":1},{"name":"a"}]}}`)
	f.Add(`{"a":[[1,2],[3],{"x":[1]}]}`, `{"a":[[3,4],[1,2,5],{"x":[2]}]}`)
	f.Add(`{"kind":"Secret","apiVersion":"v1","data":{"a":"eA=="}}`, `{"kind":"Secret","apiVersion":"v1","data":{"a":"eQ=="}}`)
	f.Add(`{"a":`+strings.Repeat(`[1,`, 1000)+`1`+strings.Repeat(`]`, 1000)+`}`, `{"a":`+strings.Repeat(`[2,`, 1000)+`2`+strings.Repeat(`]`, 1000)+`}`)
	f.Add(`{"metadata":{"managedFields":[{"fieldsV1":{"f:spec":{"f:widgets":{"k:{\"id\":1}":{},"v:1":{}}}}}]},"spec":{"widgets":[{"id":1}]}}`, `{"spec":{"widgets":[{"id":1,"x":2},{"id":2}]}}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		old, err := raw.Parse([]byte(a))
		new, err2 := raw.Parse([]byte(b))
		if err != nil || err2 != nil {
			return
		}
		x, y := thing(t, string(old.Bytes())), thing(t, string(new.Bytes()))
		_ = items.Diff(x, nil).String() + items.Diff(nil, y, items.WithNoise()).String()
		_ = items.Diff(x, y).String() + items.Diff(x, y, items.WithNoise()).String()
	})
}
