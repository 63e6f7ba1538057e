package judge

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kubeviews/kube/fieldpath"
	"github.com/kubeviews/kube/raw"
	smd "sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

var (
	fieldNames = []string{"a", "b", "app", "example.com/x", "", ".", "f:a", `"`, "ü\n", "0"}
	keyScalars = []any{int64(0), int64(1), int64(-7), 1.5, 2e30, 0.00000001, "", "1", "x y", `]"`, true, false, nil}
	atoms      = append([]any{[]any{int64(1), "x"}, map[string]any{"b": nil, "a": []any{}}}, keyScalars...)
)

// K43: a set of fields that structured-merge-diff writes has the same leaves to both,
// and the same places are in it.
func TestFieldSetsK43(t *testing.T) {
	for seed := range uint64(1000) {
		random := rand.New(rand.NewPCG(seed, 0))
		theirs := smd.NewSet()
		for range random.IntN(6) {
			theirs.Insert(theirPath(random))
		}
		text, err := theirs.ToJSON()
		if err != nil {
			t.Fatal(err)
		}
		checkLeaves(t, text, theirs)
		checkHas(t, text, theirs, theirPath(random))
	}
}

// FuzzFieldSet compares what both make of any text. Differences: of a name that comes
// twice, structured-merge-diff takes one; it reads what it can of a malformed element,
// and leaves out those whose form it does not know, where we tell of an error.
func FuzzFieldSet(f *testing.F) {
	f.Add([]byte(`{"f:a":{".":{},"k:{\"name\":\"x\",\"port\":1}":{"f:b":{}}},"f:s":{"v:\"x\"":{},"i:3":null}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var tree raw.Value
		var theirs smd.Set
		if tree.UnmarshalJSON(text) != nil || theirs.FromJSON(bytes.NewReader(text)) != nil {
			return
		}
		for _, err := range fieldpath.SetOf(tree).Leaves() {
			if err != nil {
				return
			}
		}
		if written, err := theirs.ToJSON(); err != nil || !tree.Equal(valueOf(t, json.RawMessage(written))) {
			return // a text that it would not write
		}
		checkLeaves(t, text, &theirs)
	})
}

func theirPath(random *rand.Rand) (p smd.Path) {
	for range 1 + random.IntN(4) {
		p = append(p, theirElement(random))
	}
	return p
}

func theirElement(random *rand.Rand) smd.PathElement {
	switch random.IntN(6) {
	case 0:
		return smd.IndexElement(random.IntN(4) - 1)
	case 1:
		return smd.ValueElement(value.NewValueInterface(pick(random, atoms)))
	case 2:
		return smd.KeyElementByFields("name", pick(random, keyScalars))
	case 3:
		return smd.KeyElementByFields("port", pick(random, keyScalars), "protocol", pick(random, []any{"TCP", "UDP"}), "a b", pick(random, keyScalars))
	}
	return smd.FieldNameElement(pick(random, fieldNames))
}

// ourPath is their path as our own building makes it.
func ourPath(t *testing.T, theirs smd.Path) (p fieldpath.Path) {
	for _, e := range theirs {
		switch {
		case e.FieldName != nil:
			p = p.Field(*e.FieldName)
		case e.Index != nil:
			p = p.Index(*e.Index)
		case e.Value != nil:
			p = p.Value(valueOf(t, (*e.Value).Unstructured()))
		default:
			keys, names := map[string]any{}, []string{}
			for _, k := range *e.Key {
				keys[k.Name] = k.Value.Unstructured()
				names = append(names, k.Name)
			}
			p = p.Key(valueOf(t, keys), names...)
		}
	}
	return p
}

func valueOf(t *testing.T, v any) (made raw.Value) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = made.UnmarshalJSON(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func checkLeaves(t *testing.T, text []byte, theirs *smd.Set) {
	t.Helper()
	var want, got []fieldpath.Path
	theirs.Leaves().Iterate(func(p smd.Path) { want = append(want, ourPath(t, p)) })
	for p, err := range fieldpath.SetOf(valueOf(t, json.RawMessage(text))).Leaves() {
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got = append(got, p)
		if again, err := fieldpath.Parse(p.String()); again != p || err != nil {
			t.Fatalf("%s is parsed as %s, %v", p, again, err)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("%s:\ngot  %q\nwant %q", text, got, want)
	}
}

// checkHas asks for members, for what is within leaves, and for another path. A leaf has
// all that is in it: to structured-merge-diff, that is for the schema to say.
func checkHas(t *testing.T, text []byte, theirs *smd.Set, other smd.Path) {
	t.Helper()
	set, leaves := fieldpath.SetOf(valueOf(t, json.RawMessage(text))), theirs.Leaves()
	check := func(p smd.Path) {
		want, under := theirs.Has(p), false
		for i := range p {
			want = want || leaves.Has(p[:i+1])
		}
		theirs.Iterate(func(q smd.Path) { under = under || len(q) >= len(p) && q[:len(p)].Equals(p) })
		place := ourPath(t, p)
		has, err1 := set.Has(place, raw.Value{})
		hasUnder, err2 := set.HasUnder(place, raw.Value{})
		if err1 != nil || err2 != nil || has != want || hasUnder != (want || under) {
			t.Fatalf("%s: %s: %v, %v, want %v, %v; %v, %v", text, p, has, hasUnder, want, want || under, err1, err2)
		}
	}
	check(other)
	theirs.Iterate(func(p smd.Path) {
		p = p.Copy()
		check(p)
		check(p[:len(p)-1])
		check(append(p, other...))
	})
}
