package kube

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseWarnings(t *testing.T) {
	one := func(text string) []Warning { return []Warning{{Code: 299, Agent: "-", Text: text}} }
	bad := func(text string) []Warning { return []Warning{{Agent: "-", Text: text}} }
	for header, want := range map[string][]Warning{
		``:                               nil,
		` `:                              nil,
		`299 - "a"`:                      one("a"),
		` 299 - "" `:                     one(""),
		`299 - "a \"b\\c\" \d"`:          one(`a "b\c" d`),
		`299 - "ü, 299 - x"`:             one("ü, 299 - x"),
		`299 - "a" "Sat, 25 Aug 2012"`:   one("a"),
		`299 - "=?utf-8?q?a?="`:          one("=?utf-8?q?a?="),
		`299 - "a", 123 host:1 "b","x"`:  {{Code: 299, Agent: "-", Text: "a"}, {Code: 123, Agent: "host:1", Text: "b"}, {Agent: "-", Text: `"x"`}},
		`299 - "a" "d" ,199 - "b" "d", `: {{Code: 299, Agent: "-", Text: "a"}, {Code: 199, Agent: "-", Text: "b"}},
		`299 - a`:                        bad(`299 - a`),
		`299 - "a`:                       bad(`299 - "a`),
		`299 - "a\`:                      bad(`299 - "a\`),
		`29 - "a"`:                       bad(`29 - "a"`),
		`2x9 - "a"`:                      bad(`2x9 - "a"`),
		`299  "a"`:                       bad(`299  "a"`),
		`299 - "a" x`:                    bad(`299 - "a" x`),
		`299 - "a" "x`:                   bad(`299 - "a" "x`),
		"299 - \"a\x01\xff\"":            bad("299 - \"a \uFFFD\""),
		`nonsense`:                       bad(`nonsense`),
		strings.Repeat("x", 5000):        bad(strings.Repeat("x", maxWarningText) + "…"),
	} {
		if got := slices.Collect(warnings(header)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %v\nwant %v", header, got, want)
		}
	}
}

func FuzzWarnings(f *testing.F) {
	f.Add(`299 - "a\"b" "date", 199 x "c"`, "text")
	f.Fuzz(func(t *testing.T, header, text string) {
		for w := range warnings(header) {
			if !isText(w.Text) || len(w.Text) > len(header)*utf8.UTFMax || w.Agent == "" || w.Code < 0 || w.Code > 999 {
				t.Errorf("%+v", w)
			}
		}
		if !isText(text) {
			return
		}
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
		want := Warning{Code: 299, Agent: "-", Text: text}
		if got := slices.Collect(warnings(`299 - "` + quoted + `", 299 - "` + quoted + `"`)); !slices.Equal(got, []Warning{want, want}) {
			t.Errorf("%q: got %v", text, got)
		}
	})
}

// Each answer's warnings are told: of attempts that fail, of failures, of streams
// and of what is passed on.
func TestWarnings(t *testing.T) {
	const header = `Warning: 299 - "old"`
	var told []Warning
	tell := WithWarnings(func(w Warning) { told = append(told, w) })
	check := func(name string, want ...string) {
		t.Helper()
		var got []string
		for _, w := range told {
			got = append(got, w.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q", name, got)
		}
		told = nil
	}
	inLab(t, answering(says(503, "", header), says(200, podText, header)), func(t *testing.T, l *lab) {
		if _, err := l.Pods().In("ns").Fetch(t.Context(), "a"); err != nil {
			t.Error(err)
		}
		const line = "GET /api/v1/namespaces/ns/pods/a: old"
		check("tried again", line, line)
	}, tell)
	inLab(t, text(404, "x"), func(t *testing.T, l *lab) {
		l.Proxy().Get(t.Context(), "x")
		check("none")
	}, tell)
	inLab(t, says(404, "", header), func(t *testing.T, l *lab) {
		l.Proxy().Query("token", "secret").Post(t.Context(), nil, "x")
		check("failed", "POST /x: old")
		for range l.Pods().All(t.Context()) {
		}
		check("stream", "GET /api/v1/pods: old")
		req, _ := http.NewRequestWithContext(t.Context(), "GET", "http://x/api?a=secret", nil)
		resp, err := l.conn.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		check("passed on", "GET /api: old")
	}, tell)
	inLab(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Warning"] = []string{`299 - "one"`, `299 - "two", 299 - "three"`, strings.Repeat(`,299 - "more"`, 150)[1:]}
		says(200, podText)(w, r)
	}, func(t *testing.T, l *lab) {
		s, err := l.Proxy().Watch(t.Context(), "api/v1/pods")
		if err != nil {
			t.Fatal(err)
		}
		s.Next(t.Context())
		s.Close()
		if n := len(told); n != maxWarnings+1 || told[0].Text != "one" || told[2].Text != "three" || told[n-1].Text != "53 more warnings" {
			t.Errorf("got %d: %v", n, told)
		}
		told = nil
		silent := variantOf(t, l.Cluster, WithWarnings(nil))
		silent.Proxy().Get(t.Context(), "x")
		check("silent")
	}, tell)
}

func ExampleWithWarnings() {
	cluster, err := NewCluster(WithWarnings(func(w Warning) { fmt.Println(w) }))
	fmt.Println(cluster.Close(), err)
	// Output: <nil> <nil>
}
