package raw_test

import (
	"slices"
	"testing"

	"github.com/kubeviews/kube/raw"
)

func TestPluck(t *testing.T) {
	const text = `{"x":[{"a":1},{"b":{"a":2},"a":[3]},[],"a",{"a":4,"c":"\"","a":5},{"\u0061":6},{"a\\":7},null,{}],"o":{"a":1},"n":[]}`
	o, err := raw.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for v := range o.Get("x").Pluck("a") {
		got = append(got, string(v.Bytes()))
	}
	if want := []string{"1", "[3]", "null", "null", "5", "6", "null", "null", "null"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, none := range []raw.Value{o.Get("o"), o.Get("n"), o.Get("nothing")} {
		for v := range none.Pluck("a") {
			t.Errorf("%v yields %v", none, v)
		}
	}
	for range o.Get("x").Pluck("a") {
		break // it ends when it is told
	}
}

// FuzzPluck compares with how it can be said by other methods.
func FuzzPluck(f *testing.F) {
	f.Add([]byte(`{"x":[{"a":1},{"b":{"a":2},"a":[3,[{"a":[]}]]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if o, err := raw.Parse(text); err == nil {
			checkPluck(t, o.Value())
		}
	})
}

func checkPluck(t *testing.T, v raw.Value) {
	var got, want []raw.Value
	for name := range v.Members() {
		checkPluck(t, v.Get(name))
	}
	for e := range v.Elements() {
		checkPluck(t, e)
		want = append(want, e.Get("a"))
		if e.Kind() != raw.KindObject {
			want[len(want)-1] = raw.Value{} // of an array, a name could be a position
		}
	}
	for p := range v.Pluck("a") {
		got = append(got, p)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
