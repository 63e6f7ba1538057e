package raw_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/kubeviews/kube/raw"
)

func TestGetDoesNotAllocate(t *testing.T) {
	o := parse(t, string(testdata(t)["pod.json"]))
	for _, path := range [][]string{
		{"kind"}, {"status", "phase"}, {"metadata", "name"}, {"no", "thing"}, {"metadata", "nothing"},
		{"metadata", "labels", "pod-template-hash"}, {"status", "containerStatuses", "0", "restartCount"},
	} {
		if n := testing.AllocsPerRun(100, func() { o.Get(path...) }); n != 0 {
			t.Errorf("Get(%q): %v allocations", path, n)
		}
	}
	if n := testing.AllocsPerRun(100, func() {
		phase, _ := o.Get("status", "phase").Text()
		restarts, _ := o.Get("status", "containerStatuses", "0", "restartCount").Int()
		ready, _ := o.Get("status", "containerStatuses", "0", "ready").Bool()
		if phase != "Running" || restarts != 0 || !ready {
			t.Error(phase, restarts, ready)
		}
	}); n != 0 {
		t.Errorf("conversions: %v allocations", n)
	}
}

func TestItemsCostFewAllocations(t *testing.T) {
	text := podListText(5, 100)
	read := func(text []byte) float64 {
		return testing.AllocsPerRun(5, func() {
			if got := readOnly(t, text); got.Len() == 0 {
				t.Error("an empty pod")
			}
		})
	}
	none := read([]byte(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[{"a":1}]}`))
	if n := (read(text) - none) / 99; n > 5 { // its text, its index, what holds them, and the templates of some
		t.Errorf("%v allocations an item", n)
	}
}

func readOnly(t *testing.T, text []byte) (last raw.Object) {
	l := raw.NewListReader(bytes.NewReader(text), raw.ReadOptions{DropManagedFields: true})
	for {
		o, err := l.Next()
		if err == io.EOF {
			return last
		}
		if err != nil {
			t.Fatal(err)
		}
		last = o
	}
}

// scribble overwrites all that a caller can reach in a value of Go's own types.
func scribble(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			scribble(e)
			v[name] = "scribbled"
		}
		v["scribbled"] = true
	case []any:
		for i, e := range v {
			scribble(e)
			v[i] = "scribbled"
		}
		_ = append(v, "scribbled")
	case []byte:
		for i := range v[:cap(v)] {
			v[:cap(v)][i] = '#'
		}
	case []raw.Value:
		for i := range v {
			v[i] = raw.Value{}
		}
	}
}

func TestCallerCannotChangeDocument(t *testing.T) {
	for file, text := range testdata(t) {
		input := bytes.Clone(text)
		o, err := raw.Parse(input)
		if err != nil {
			t.Fatal(err)
		}
		want := string(o.Bytes())
		scribble(input)
		scribbleObject(t, o)
		for name, v := range o.Members() {
			scribbleValue(t, v)
			if _, err := o.With("x", name); err != nil {
				t.Fatal(err)
			}
		}
		if got := string(o.Bytes()); got != want {
			t.Errorf("%s changed to %s", file, got)
		}
		left := 500
		checkPaths(t, o, nil, decoded(t, text), &left)
	}
}

// scribbleObject overwrites whatever an object gives.
func scribbleObject(t *testing.T, o raw.Object) {
	marshalled, err := o.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var dst map[string]any
	if err := o.Decode(&dst); err != nil {
		t.Fatal(err)
	}
	for _, given := range []any{marshalled, dst, o.Map(), o.Bytes(), o.AppendTo(nil), o.AppendTo(make([]byte, 0, 1<<16))} {
		scribble(given)
	}
	scribbleValue(t, o.Value())
}

func scribbleValue(t *testing.T, v raw.Value) {
	marshalled, err := v.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, given := range []any{marshalled, v.Any(), v.Bytes(), v.AppendTo(nil)} {
		scribble(given)
	}
	if array, err := v.Array(); err == nil {
		scribble(array)
	}
	if inner, err := v.Object(); err == nil {
		scribble(inner.Map())
		scribble(inner.Bytes())
	}
}

func TestValueGivenToWithStaysTheCallers(t *testing.T) {
	given := map[string]any{"list": []any{1, 2}, "text": "x"}
	text := []byte(`{"a":1}`)
	one, err := raw.From(given)
	if err != nil {
		t.Fatal(err)
	}
	two, err := raw.From(text)
	if err != nil {
		t.Fatal(err)
	}
	three, err := two.With(given, "given")
	if err != nil {
		t.Fatal(err)
	}
	scribble(given)
	scribble(text)
	for o, want := range map[*raw.Object]string{
		&one: `{"list":[1,2],"text":"x"}`, &two: `{"a":1}`, &three: `{"a":1,"given":{"list":[1,2],"text":"x"}}`,
	} {
		if got := o.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// scribbler overwrites, before it reads on, what it delivered before.
type scribbler struct {
	text  []byte
	given [][]byte
}

func (s *scribbler) Read(b []byte) (int, error) {
	if len(s.text) == 0 {
		return 0, io.EOF
	}
	n := copy(b, s.text[:min(len(s.text), 1000)])
	s.text = s.text[n:]
	s.given = append(s.given, b[:n])
	return n, nil
}

func TestReaderCannotChangeItems(t *testing.T) {
	text := podListText(4, 20)
	r := &scribbler{text: text}
	l := raw.NewListReader(r, raw.ReadOptions{})
	var items []raw.Object
	for o, err := l.Next(); err == nil; o, err = l.Next() {
		items = append(items, o)
	}
	for _, b := range r.given {
		scribble(b)
	}
	want := readList(bytes.NewReader(text), raw.ReadOptions{}).items
	if len(items) != 20 || len(want) != 20 {
		t.Fatalf("%d and %d items", len(items), len(want))
	}
	for i, o := range items {
		if string(o.Bytes()) != want[i] {
			t.Errorf("item %d changed", i)
		}
	}
}

func TestSequencesCanBeRangedTwice(t *testing.T) {
	o := parse(t, `{"a":{"b":1,"c":2},"l":[1,2,3]}`)
	members, inner, elements := o.Members(), o.Get("a").Members(), o.Get("l").Elements()
	collect := func() (got []string) {
		for name, v := range members {
			got = append(got, name, v.String())
		}
		for name, v := range inner {
			got = append(got, name, v.String())
			break // leaving early must not matter to the next
		}
		for v := range elements {
			got = append(got, v.String())
		}
		return got
	}
	first, second := collect(), collect()
	want := []string{"a", `{"b":1,"c":2}`, "l", "[1,2,3]", "b", "1", "1", "2", "3"}
	if !reflect.DeepEqual(first, want) || !reflect.DeepEqual(second, want) {
		t.Errorf("%q, then %q, want %q", first, second, want)
	}
}

func TestDocumentsCanBeSharedByGoroutines(t *testing.T) {
	o := parse(t, string(testdata(t)["pod.json"]))
	for i := range 4 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			left := 200
			checkPaths(t, o, nil, o.Map(), &left)
			if next, err := o.With(i, "spec", "x"); err != nil || next.Equal(o) || o.Sensitive().String() == o.String() {
				t.Error(err)
			}
		})
	}
}

// Random changes are made to documents and, by obvious means, to plain values.
// All revisions ever made are compared at the end, when the later ones have
// been made of them. The seed is the subtest's name.
func TestRandomChangesAgainstModel(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			m := &model{t, rand.New(rand.NewPCG(seed, 0)), nil}
			m.start()
			for range 100 {
				m.step()
			}
			m.compare()
		})
	}
}

type revision struct {
	o    raw.Object
	text string
	want map[string]any
}

type model struct {
	*testing.T
	*rand.Rand
	revisions []revision
}

func (m *model) start() {
	pod := newPodMaker(m.Uint64()).pod()
	m.keep(parse(m, string(mustMarshal(pod))))
	m.keep(raw.Object{})
	m.keep(parse(m, `{"a":{"b":{"c":1,"c":[{"d":1,"d":{}}]}}}`).Sensitive())
}

func (m *model) keep(o raw.Object) {
	m.revisions = append(m.revisions, revision{o, string(o.Bytes()), o.Map()})
}

// step makes a revision of any that there are.
func (m *model) step() {
	from := m.revisions[m.IntN(len(m.revisions))]
	plain := from.o.Map()
	path := m.path(plain)
	if m.IntN(3) == 0 {
		next, err := from.o.Without(path...)
		m.made(next, err, fmt.Sprintf("Without(%q)", path), remove(plain, path).(map[string]any), nil)
		return
	}
	value := m.value(from)
	next, err := from.o.With(value, path...)
	want, wantErr := set(plain, path, plainOf(m, value))
	result, _ := want.(map[string]any)
	m.made(next, err, fmt.Sprintf("With(%v, %q)", value, path), result, wantErr)
}

func (m *model) made(next raw.Object, err error, how string, want map[string]any, wantErr error) {
	if (err == nil) != (wantErr == nil) {
		m.Fatalf("%s: %v, want %v", how, err, wantErr)
	}
	if err != nil {
		return
	}
	if !reflect.DeepEqual(next.Map(), want) {
		m.Fatalf("%s: %s, want %v", how, next.Bytes(), want)
	}
	m.keep(next)
}

// path goes down from v at random: it mostly ends where something is.
func (m *model) path(v any) (path []string) {
	for {
		var step string
		switch w := v.(type) {
		case map[string]any:
			names := make([]string, 0, len(w)+1)
			for name := range w {
				names = append(names, name)
			}
			names = append(names, m.name())
			slices.Sort(names) // so that the seed decides
			step = names[m.IntN(len(names))]
			v = w[step]
		case []any:
			i := m.IntN(len(w) + 2)
			step, v = "-", nil
			if i < len(w) {
				step, v = strconv.Itoa(i), w[i]
			} else if i > len(w) {
				step = strconv.Itoa(i)
			}
		default:
			step, v = m.name(), nil
		}
		path = append(path, step)
		if m.IntN(4) == 0 {
			return path
		}
	}
}

func (m *model) name() string {
	return []string{"", "a", "b", "é", `q"`, `\`, "a/b", "~", "0", "new\n", "<tag>"}[m.IntN(11)]
}

func (m *model) value(from revision) any {
	switch m.IntN(8) {
	case 0:
		return nil
	case 1:
		return m.name()
	case 2:
		return int64(m.Uint64())
	case 3:
		return m.Float64()
	case 4:
		return []any{m.name(), true, nil, []any{}}
	case 5:
		return map[string]any{m.name(): m.name(), "x": map[string]any{}}
	case 6:
		small := m.revisions[1+m.IntN(min(2, len(m.revisions)-1))] // else they grow without bounds
		return small.o
	}
	return from.o.Get("metadata", "labels")
}

func plainOf(t testing.TB, value any) any {
	switch v := value.(type) {
	case raw.Object:
		return v.Map()
	case raw.Value:
		return v.Any()
	}
	return decoded(t, mustMarshal(value))
}

func (m *model) compare() {
	for i, r := range m.revisions {
		if got := string(r.o.Bytes()); got != r.text {
			m.Errorf("revision %d changed from %s to %s", i, r.text, got)
		}
		if !reflect.DeepEqual(r.o.Map(), r.want) {
			m.Errorf("revision %d decodes to something else", i)
		}
		if again := parse(m, r.text); !again.Equal(r.o) && !r.o.IsZero() {
			m.Errorf("revision %d differs from its text", i)
		}
	}
}
