package raw

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

func packed(t *testing.T, p *Packer, texts ...string) (all []Object) {
	t.Helper()
	l := NewListReader(strings.NewReader(`{"items":[`+strings.Join(texts, ",")+`]}`), ReadOptions{Packer: p})
	for {
		o, err := l.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
}

func ofApplication(name string) string {
	return fmt.Sprintf(`{"metadata":{"generateName":"%s-"},"spec":{"x":["%s"]}}`, name, strings.Repeat("x", 600))
}

// letters is a number without digits, in which applications may not differ alone.
func letters(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprintf("%06d", n))
}

// What is remembered of applications is bounded; those that are gone go first.
func TestPackerForgetsApplications(t *testing.T) {
	p := NewPacker()
	kept := packed(t, p, ofApplication("here"))
	for n := range 2 * maxCandidates {
		p.candidate(uint64(n))
	}
	if len(p.bases) > maxCandidates {
		t.Errorf("%d applications are remembered", len(p.bases))
	}
	again := packed(t, p, ofApplication("here"))[0]
	if again.v.d.base != kept[0].v.d.base {
		t.Error("one that is there was forgotten before those that are gone")
	}
	for n := range maxCandidates { // all of them are there
		kept = append(kept, packed(t, p, fmt.Sprintf(`{"a%s":{"x":"%s"}}`, letters(n), strings.Repeat("x", 600)))...)
	}
	if len(p.bases) > maxCandidates {
		t.Errorf("%d applications are remembered", len(p.bases))
	}
	runtime.KeepAlive(kept)
}

// An application that comes back after all of it was gone is packed again.
func TestPackerFindsBasesAnew(t *testing.T) {
	p := NewPacker()
	for range 3 {
		for _, o := range packed(t, p, ofApplication("a"), ofApplication("a")) {
			if !o.IsPacked() {
				t.Fatal("it is not packed")
			}
		}
		runtime.GC()
		runtime.GC()
	}
}

// Texts of many levels, which differ in each, are not scanned once for each level.
func TestPackingIsBounded(t *testing.T) {
	nested := func(inner string) string {
		return `{"a":{"b":` + strings.Repeat("[", 1000) + `"` + strings.Repeat("x", 20_000) + `"` + strings.Repeat(inner+"]", 1000) + `}}`
	}
	var like template
	like.setText(nested(",1"))
	var p packing
	text := nested("")
	if p.compare(&like, []byte(text)) || p.scanned > 4*len(text) {
		t.Errorf("%d bytes of %d were scanned", p.scanned, len(text))
	}
}
