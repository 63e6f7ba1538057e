package raw

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"weak"
)

// templateOf makes a template of a text, or returns nil if there can be none.
func templateOf(text []byte) *template {
	s := scanner{buf: text}
	end := s.document(0)
	if end < 0 || s.spaced {
		return nil
	}
	t := new(template)
	t.set(&s, 0, end)
	return t
}

// scanned is all that scanning a text tells.
func scanned(text []byte, like *template) (string, int) {
	s := scanner{buf: text, like: like}
	end := s.document(0)
	if end < 0 {
		return fmt.Sprintf("fault %d %q", s.off, s.msg), s.same
	}
	return fmt.Sprint(end, s.first, s.second, s.spaced, s.escaped), s.same
}

// checkAlike checks that comparing finds what scanning finds.
func checkAlike(t *testing.T, like *template, text []byte) (same int) {
	t.Helper()
	want, _ := scanned(text, nil)
	got, same := scanned(text, like)
	if got != want {
		t.Fatalf("compared with\n%s\nthe text\n%s\nis\n%s\nand by itself\n%s", like.text, text, got, want)
	}
	return same
}

func FuzzAlike(f *testing.F) {
	for _, pair := range alikes {
		f.Add([]byte(pair[0]), []byte(pair[1]))
		f.Add([]byte(pair[1]), []byte(pair[0]))
	}
	pod, _ := os.ReadFile("testdata/pod.json")
	f.Add(pod, pod)
	f.Fuzz(func(t *testing.T, a, b []byte) {
		like := templateOf(a)
		if like == nil {
			return
		}
		checkAlike(t, like, b)
		for cut := range b { // the window of a stream ends anywhere
			if cut > 64 {
				break
			}
			checkAlike(t, like, b[:len(b)-cut])
		}
	})
}

const filler = `"filler":"............................................................"`

// alikes are texts that are alike, and differ in each way that comparing tells apart:
// also in values that are long enough for what is in them to be compared by itself.
var alikes = slices.Concat(fewAlike, lengthened(fewAlike))

func lengthened(pairs [][2]string) (long [][2]string) {
	r := strings.NewReplacer(`"a":`, `"`+strings.Repeat("a", 2*leastSplit)+`":`, `[1`, `[1`+strings.Repeat("1", 2*leastSplit))
	for _, pair := range pairs {
		long = append(long, [2]string{r.Replace(pair[0]), r.Replace(pair[1])})
	}
	return long
}

var fewAlike = [][2]string{
	inSpec(`[{"a":1},{"b":2}]`, `[{"a":1},{"b":23}]`),
	inSpec(`[12]`, `[123]`),
	inSpec(`[12,3]`, `[12.5,3]`),
	inSpec(`[12]`, `[12e]`),
	inSpec(`{"a":"x","b":"y"}`, `{"a":"x","c":1,"b":"y"}`),
	inSpec(`{"a":"x","b":"y"}`, `{"a":"x"}`),
	inSpec(`{"a":{"b":{"c":[1,2,{"d":3}]}}}`, `{"a":{"b":{"c":[1,2,{"d":3,"e":4}]},"f":5}}`),
	inSpec(`{"a":{"b":{"c":[1,2,{"d":3}]}}}`, `{"a":{"b":{"c":[1,2,{"d":3}],"e":{}}}}`),
	inSpec(`{"a":"x\"y"}`, `{"a":"x\\"}`),
	inSpec(`{"a":"xyz"}`, `{"a":"xy`+"\xff"+`"}`),
	inSpec(`{"a":"é"}`, `{"a":"è"}`),
	inSpec(`{"a\u0062":1}`, `{"a\u0063":1}`),
	inSpec(`{}`, `{"a":1}`),
	inSpec(`[]`, `{}`),
	inSpec(`[[],[[]]]`, `[[],[[1]]]`),
	inSpec(`[{"a":1},{"b":2}]`, `[{"a":1}, {"b":2}]`),
	inSpec(`[true,null]`, `[true,nul]`),
	inSpec(`{"a":1,"b":2}`, `{"a":1,"b":2]`),
	inSpec(`{"a":[1],"b":2}`, `{"a":[1}`),
	inSpec(`{"a":1}`, `{"a":1,}`),
	inSpec(`{"a":1,"b":3}`, `{"a":1,"a":2}`),
	{`{"spec":{"x":{` + filler + `},"y":{` + filler + `}}}`, `{"spec":{"y":{` + filler + `},"x":{` + filler + `}}}`},
	{`{"spec":{"x":{` + filler + `},"y":{` + filler + `}}}`, `{"spec":{"x":{` + filler + `},"x":{` + filler + `}}}`},
	{`{"spec":{"x":{` + filler + `}},"status":{"x":{` + filler + `}}}`, `{"status":{"x":{` + filler + `}},"spec":{"x":{}}}`},
	{`{"a":{` + filler + `},"b":{"x":1,"y":2}}`, `{"a":{` + filler + `,"x":1},"b":{"x":1,"y":2}}`},
	{`{"a":{"x":1,` + filler + `},"b":{` + filler + `,"x":1}}`, `{"a":{"x":1,` + filler + `,` + filler + `}}`},
	{`{"a":{` + filler + `},"b":{"filler":1}}`, `{"a":{` + filler + `,"filler":1}}`},
	{`{"a":{` + filler + `,"x":"1","y":true,"z":12}}`, `{"a":{` + filler + `,"x":"1", "y":true ,"z":123}}`},
	{`{"a":{` + filler + `,"x":"1","y":true,"z":12}}`, `{"a":{` + filler + `,"x":"1","y":trueX,"z":12}}`},
	{`{"a":{` + filler + `,"x\u0041":"1","xB":true}}`, `{"a":{` + filler + `,"x\u0041":"1","xB":true,"xA":1}}`},
	{`{"a":{"b":` + deep(1000) + `}}`, `{"a":{"b":` + deep(1030) + `}}`},
}

func inSpec(a, b string) [2]string {
	return [2]string{`{"spec":{"x":{` + filler + `,"v":` + a + `,"w":[1]}}}`, `{"spec":{"x":{` + filler + `,"v":` + b + `,"w":[1]}}}`}
}

func deep(n int) string {
	return `{` + filler + `,"v":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
}

func TestAlike(t *testing.T) {
	for _, pair := range alikes {
		for i := range pair {
			if like := templateOf([]byte(pair[i])); like != nil {
				checkAlike(t, like, []byte(pair[1-i]))
				if same := checkAlike(t, like, []byte(pair[i])); same < 60 {
					t.Errorf("of %s, %d bytes are like itself", pair[i], same)
				}
			}
		}
	}
}

// Texts that differ from their template anywhere and by anything.
func TestAlikeMutated(t *testing.T) {
	pod, err := os.ReadFile("testdata/pod.json")
	if err != nil {
		t.Fatal(err)
	}
	o, err := Parse(pod)
	if err != nil {
		t.Fatal(err)
	}
	pod = o.Bytes()
	like, random, same := templateOf(pod), rand.New(rand.NewPCG(1, 2)), 0
	const rounds = 20_000
	for range rounds {
		same += checkAlike(t, like, mutated(random, pod))
	}
	if same < rounds*len(pod)/4 {
		t.Errorf("%d bytes of %d were compared", same/rounds, len(pod))
	}
}

// mutated changes, doubles, moves or takes away some pieces of a text.
func mutated(random *rand.Rand, text []byte) []byte {
	out := append([]byte(nil), text...)
	for range 1 + random.IntN(3) {
		i := random.IntN(len(out))
		j := min(len(out), i+1+random.IntN(1<<random.IntN(8)))
		piece := append([]byte(nil), out[i:j]...)
		switch random.IntN(5) {
		case 0:
			out[i] = byte(random.IntN(256))
		case 1:
			out[i] = `{}[]",:\0e `[random.IntN(11)]
		case 2:
			out = append(out[:i:i], append(piece, out[i:]...)...)
		case 3:
			out = append(out[:i:i], out[j:]...)
		case 4:
			k := random.IntN(i + 1)
			out = append(out[:k:k], append(piece, out[k:]...)...)
		}
		if len(out) == 0 {
			return []byte("{")
		}
	}
	return out
}

// A stream finds templates by itself, whatever it makes of them.
func TestTemplatesOfStreams(t *testing.T) {
	text := `{"items":[`
	var want []string
	for i := range 300 {
		item := fmt.Sprintf(`{"metadata":{"name":"a-%d","generateName":"app%d-"},"spec":{"x":[%d,%q]}}`, i, i/20%7, i, strings.Repeat("x", 100))
		want = append(want, item)
		text += item + ","
	}
	l := NewListReader(strings.NewReader(strings.TrimSuffix(text, ",")+"]}"), ReadOptions{})
	var got []string
	for range want {
		o, err := l.Next()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(o.Bytes()))
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("the items are others")
	}
	if l.alike < 200 {
		t.Errorf("%d of 300 items were compared", l.alike)
	}
	checkRoom(t, &l.templates)
}

// checkRoom checks that templates take no more than they may, and that they know.
func checkRoom(t *testing.T, all *templates) {
	t.Helper()
	held := 0
	for _, s := range all.samples {
		held += s.template.size()
	}
	if most := mostRoom + 4*maxTemplate; held != all.held || held > most {
		t.Errorf("the templates take %d bytes, and say %d, of %d", held, all.held, most)
	}
	if n := len(all.samples); n > maxSamples {
		t.Errorf("%d applications are known", n)
	}
}

// podEvents is a watch that tells of pods, each so many bytes long, in turns.
func podEvents(t *testing.T, pods, rounds, size int) *EventReader {
	filler := strings.Repeat(`"x",`, size/4)
	r, w := io.Pipe()
	go func() {
		for i := range pods * rounds {
			fmt.Fprintf(w, `{"type":"MODIFIED","object":{"metadata":{"name":"a-%d"},"spec":{"x":[%s%d]}}}`+"\n", i%pods, filler, i)
		}
		w.Close()
	}()
	e := NewEventReader(r, ReadOptions{})
	for range pods * rounds {
		if _, err := e.Next(); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func TestTemplatesOfWatches(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // while a watch waits, its templates are the collector's
	for _, test := range []struct {
		what               string
		pods, rounds, size int
		least, most        int // of them are compared
	}{
		{"names that come once", 2 * maxSamples, 1, 100, 0, 0},
		{"names that come back", 500, 10, 100, 8 * 500, 8 * 500},
		{"more than there is room for", 100, 4, 60_000, 70, 150},
	} {
		e := podEvents(t, test.pods, test.rounds, test.size)
		checkRoom(t, e.templates)
		if e.templates.alike < test.least || e.templates.alike > test.most || test.most == 0 && e.templates.held > 0 {
			t.Errorf("%s: %d were compared", test.what, e.templates.alike)
		}
	}
}

// Names of which a template knows that they differ are compared with nothing: what
// comes twice is found all the same, at any place.
func TestAlikeFindsDuplicates(t *testing.T) {
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprintf(`"n%d":%d`, i, i))
	}
	base := `{"a":{` + strings.Join(names, ",") + `},"b":{` + strings.Join(names, ",") + `}}`
	like := templateOf([]byte(base))
	for _, at := range []int{0, 1, 31, 32, 33, 40} {
		for _, again := range []int{0, 20, 39} {
			twice := append(append(append([]string(nil), names[:at]...), names[again]), names[at:]...)
			text := strings.Replace(base, strings.Join(names, ","), strings.Join(twice, ","), 1)
			checkAlike(t, like, []byte(text))
			if got, _ := scanned([]byte(text), like); !strings.Contains(got, msgDuplicate) {
				t.Errorf("the %d-th name at %d: %s", again, at, got)
			}
		}
	}
}

// pausing is a stream that pauses after each piece.
type pausing struct {
	pieces []string
	pause  func()
}

func (p *pausing) Read(b []byte) (int, error) {
	if len(p.pieces) == 0 {
		p.pause()
		return 0, io.EOF
	}
	n := copy(b, p.pieces[0])
	if p.pieces[0] = p.pieces[0][n:]; p.pieces[0] == "" {
		p.pieces = p.pieces[1:]
	}
	return n, nil
}

// A watch that has nothing to tell holds no templates.
func TestIdleEventsHoldNoTemplates(t *testing.T) {
	event := `{"type":"ADDED","object":{"metadata":{"name":"a"},"spec":{"x":["` + strings.Repeat("x", 200) + `"]}}}` + "\n"
	stream := &pausing{pieces: []string{event, event, event}}
	e := NewEventReader(stream, ReadOptions{})
	for range 3 {
		if _, err := e.Next(); err != nil {
			t.Fatal(err)
		}
	}
	all := weak.Make(e.templates)
	if len(all.Value().samples) == 0 {
		t.Fatal("there are no templates")
	}
	stream.pause = func() {
		runtime.GC()
		if all.Value() != nil {
			t.Error("the templates are there")
		}
	}
	if _, err := e.Next(); err != io.EOF {
		t.Error(err)
	}
}
