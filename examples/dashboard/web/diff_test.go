package web

import (
	"strings"
	"testing"

	"github.com/kubeviews/kube/examples/dashboard/live"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
)

// What differs is seen in a change, however long the values are.
func TestChangesAreSeen(t *testing.T) {
	server := kubetest.NewServer(t)
	long := strings.Repeat("long ", 100)
	var lines strings.Builder
	for range 50 {
		lines.WriteString("same\n")
	}
	state := func(name, end string, containers ...any) {
		put(t, server, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": "default"},
			"data": map[string]any{"long": long + end, "text": lines.String() + "<" + end + ">\nlast\n", "short": end}})
		put(t, server, map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": name, "namespace": "default"},
			"spec": map[string]any{"containers": containers}})
	}
	a, b := map[string]any{"name": "a", "image": "x"}, map[string]any{"name": "b", "image": "x"}
	s := serve(t, server.URL(), "configmaps", "pods")
	state("c", "one", a, b)
	state("c", "two", b, a)
	until(t, s.cluster, func() bool { return s.cluster.Seq() >= 4 })
	configMap, pod := get(t, s, 200, "/configmaps/default/c"), get(t, s, 200, "/pods/default/c")
	for _, want := range []string{
		`<del>…`, `long one (505 bytes)</del>`, `<ins>…`, `long two (505 bytes)</ins>`, `<del>one</del>`, `<ins>two</ins>`,
		`<li class="lines"><code>data.text</code> <del>…` + "\nsame\nsame\n&lt;one&gt;\nlast", `<ins>…` + "\nsame\nsame\n&lt;two&gt;\nlast",
	} {
		if !strings.Contains(configMap, want) {
			t.Errorf("it lacks %s", want)
		}
	}
	if want := `<code>spec.containers</code> <small>order:</small> <del>a, b</del> <span aria-label="became">→</span> <ins>b, a</ins>`; !strings.Contains(pod, want) {
		t.Errorf("it lacks %s", want)
	}
	if t.Failed() {
		t.Log(strings.Split(strings.Split(configMap, `id="changes"`)[1], "</ol>")[0])
		t.Log(strings.Split(strings.Split(pod, `id="changes"`)[1], "</ol>")[0])
	}
}

func TestPlainNames(t *testing.T) {
	for names, want := range map[string]string{
		`"a", "b-c.d/e", 80`:       `a, b-c.d/e, 80`,
		`"a, b", "c"`:              `"a, b", c`,
		`"", " "`:                  `"", " "`,
		`"x\", \"y", "z"`:          `"x\", \"y", "z"`,
		`"a", "cut i… (505 bytes)`: `a, "cut i… (505 bytes)`,
		`?`:                        `?`,
	} {
		if got := plainNames(names); got != want {
			t.Errorf("%s is shown as %s, not %s", names, got, want)
		}
	}
}

// A number that was a text is told from one that was a number.
func TestTypesThatDiffer(t *testing.T) {
	of := func(port any) items.Item {
		item, err := items.From[items.Service](object{"metadata": object{"name": "a"}, "spec": object{"targetPort": port}})
		if err != nil {
			t.Fatal(err)
		}
		return item
	}
	for _, test := range []struct {
		old, new any
		want     string
	}{
		{"80", 80, `"80" → 80`}, {80, "80", `80 → "80"`}, {80, 81, `80 → 81`}, {"80", "81", `80 → 81`}, {"http", 80, `"http" → 80`},
		{"true", true, `"true" → true`}, {nil, "null", `null → "null"`},
	} {
		old, new := of(test.old), of(test.new)
		change := live.Change{Item: new, Old: old, Diff: items.Diff(old, new)}
		lines := linesOf(change, 10)
		if len(lines) != 1 || lines[0].Old+" → "+lines[0].New != test.want {
			t.Errorf("%+v, not %s", lines, test.want)
		}
	}
}
