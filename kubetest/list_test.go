package kubetest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

func configMap(name string, labels ...string) Object {
	cm := Object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": "default"}}
	for i := 0; i+1 < len(labels); i += 2 {
		cm.Put(labels[i+1], "metadata", "labels", labels[i])
	}
	return cm
}

const configMaps = "/api/v1/namespaces/default/configmaps"

func TestListIsOrderedAsKeysAre(t *testing.T) {
	c := start(t)
	for _, key := range []string{"a/b", "a-b/a", "a/a", "ab/a"} {
		ns, name, _ := strings.Cut(key, "/")
		if err := c.srv.Seed(Object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": ns}}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, item := range listAt(c.get("/api/v1/configmaps").must(200).doc, "items") {
		got = append(got, text(asMap(item), "metadata", "namespace")+"/"+text(asMap(item), "metadata", "name"))
	}
	if want := "a-b/a a/a a/b ab/a"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestListItemsOfBuiltinKindsCarryNoKind(t *testing.T) {
	c := start(t, WithObjects(configMap("a")))
	a := c.get(configMaps).must(200)
	if !strings.HasPrefix(a.text, `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"`) {
		t.Errorf("got %s", a.text)
	}
	item := asMap(listAt(a.doc, "items")[0])
	if item["kind"] != nil || item["apiVersion"] != nil {
		t.Errorf("got %v", item)
	}
}

func TestPagesShowTheStateOfTheFirst(t *testing.T) {
	c := start(t)
	for i := range 5 {
		put1(t, c.srv, configMap(fmt.Sprint("c", i)))
	}
	first := c.get(configMaps+"?limit=2").must(200).has(`3`, "metadata", "remainingItemCount")
	version, next := first.doc.Version(), first.doc.Text("metadata", "continue")

	put1(t, c.srv, configMap("c25"))
	put1(t, c.srv, configMap("c3", "changed", "later"))
	if err := c.srv.Remove("cm", "default", "c4"); err != nil {
		t.Fatal(err)
	}
	second := c.get(configMaps + "?limit=2&continue=" + next)
	if got := second.names(); got != "c2 c3" {
		t.Errorf("got %q", got)
	}
	if labels := at(asMap(listAt(second.doc, "items")[1]), "metadata", "labels"); labels != nil {
		t.Errorf("a later page shows a later state: %v", labels)
	}
	if got := second.doc.Version(); got != version {
		t.Errorf("got version %s, want %s", got, version)
	}
	last := c.get(configMaps + "?limit=2&continue=" + second.doc.Text("metadata", "continue"))
	if got := last.names(); got != "c4" {
		t.Errorf("got %q", got)
	}
	last.has(`null`, "metadata", "continue").has(`null`, "metadata", "remainingItemCount")
}

func TestPagesOfASelectionDoNotCountTheRest(t *testing.T) {
	c := start(t)
	for i := range 4 {
		put1(t, c.srv, configMap(fmt.Sprint("c", i), "odd", fmt.Sprint(i%2 == 1)))
	}
	a := c.get(configMaps + "?limit=1&labelSelector=odd%3Dtrue")
	if got := a.names(); got != "c1" {
		t.Errorf("got %q", got)
	}
	a.has(`null`, "metadata", "remainingItemCount")
	b := c.get(configMaps + "?limit=1&labelSelector=odd%3Dtrue&continue=" + a.doc.Text("metadata", "continue"))
	if got := b.names(); got != "c3" {
		t.Errorf("got %q", got)
	}
}

func TestAnExpiredTokenOffersAnotherOne(t *testing.T) {
	now := time.Now()
	expire := map[string]func(*Server){
		"by compaction": (*Server).Compact,
		"by age":        func(*Server) { now = now.Add(5 * time.Minute) },
	}
	for name, act := range expire {
		t.Run(name, func(t *testing.T) {
			c := start(t, WithClock(func() time.Time { return now }), WithObjects(configMap("a"), configMap("b")))
			next := c.get(configMaps+"?limit=1").must(200).doc.Text("metadata", "continue")
			put1(t, c.srv, configMap("c"))
			act(c.srv)
			gone := c.get(configMaps+"?limit=1&continue="+next).fails(410, "Expired", tokenOld)
			rest := c.get(configMaps + "?continue=" + gone.doc.Text("metadata", "continue"))
			if got := rest.names(); got != "b c" {
				t.Errorf("the offered token continues with what is there now: got %q", got)
			}
		})
	}
}

func TestListRefusesBrokenTokens(t *testing.T) {
	c := start(t)
	for _, tok := range []string{"foo", "e30", "!", token{RV: 1, Start: "../x"}.encode(), token{Start: "x"}.encode()} {
		c.get(configMaps + "?continue=" + url.QueryEscape(tok)).must(400)
	}
	c.get(configMaps+"?resourceVersion=1&continue="+token{RV: 101, Start: "x"}.encode()).
		fails(400, "BadRequest", "specifying resource version is not allowed when using continue")
}

func TestListAtAVersion(t *testing.T) {
	c := start(t, WithObjects(configMap("a")))
	old := c.srv.Version()
	put1(t, c.srv, configMap("b"))
	for query, want := range map[string]string{
		"":                   "a b",
		"?resourceVersion=0": "a b",
		"?resourceVersion=" + old + "&resourceVersionMatch=Exact":        "a",
		"?resourceVersion=" + old + "&resourceVersionMatch=NotOlderThan": "a b",
		"?resourceVersion=" + old:                                        "a b",
		"?resourceVersion=" + old + "&limit=5":                           "a", // the old exact form
		"?resourceVersion=0&limit=1":                                     "a b",
	} {
		if got := c.get(configMaps + query).names(); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	c.srv.Compact()
	c.get(configMaps+"?resourceVersionMatch=Exact&resourceVersion="+old).fails(410, "Expired", listExpired)
}

func TestListAheadOfTheServerTimesOut(t *testing.T) {
	c := start(t)
	a := c.get(configMaps+"?resourceVersion=999999").must(504).has(`"Timeout"`, "reason").has(`1`, "details", "retryAfterSeconds")
	if want := "Timeout: Too large resource version: 999999, current: " + c.srv.Version(); a.doc.Text("message") != want {
		t.Errorf("got %q, want %q", a.doc.Text("message"), want)
	}
	if a.header.Get("Retry-After") != "1" {
		t.Errorf("got Retry-After %q", a.header.Get("Retry-After"))
	}
	c.get(configMaps + "/x?resourceVersion=999999").must(504)
}

func TestListRefusesOptionsThatDoNotGoTogether(t *testing.T) {
	c := start(t)
	const prefix = `ListOptions.meta.k8s.io "" is invalid: `
	for query, message := range map[string]string{
		"resourceVersionMatch=Exact":                   "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
		"resourceVersionMatch=Exact&resourceVersion=0": `resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"`,
		"resourceVersionMatch=No&resourceVersion=1":    `resourceVersionMatch: Unsupported value: "No": supported values: "Exact", "NotOlderThan", ""`,
		"sendInitialEvents=true":                       "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list",
	} {
		c.get(configMaps+"?"+query).fails(422, "Invalid", prefix+message)
	}
	c.get(configMaps+"?limit=x").fails(400, "BadRequest", `strconv.ParseInt: parsing "x": invalid syntax`)
	c.get(configMaps + "?resourceVersion=x").must(400)
}

func TestListByFields(t *testing.T) {
	running := pod("b")
	running.Put("n1", "spec", "nodeName")
	running.Put(map[string]any{"phase": "Running"}, "status")
	c := start(t, WithObjects(pod("a"), running))
	for selector, want := range map[string]string{
		"status.phase=Running":                 "b",
		"status.phase!=Running":                "a",
		"spec.nodeName=":                       "a",
		"spec.host=n1":                         "b",
		"spec.hostNetwork=false":               "a b",
		"metadata.name=a,status.phase=Pending": "a",
		"metadata.namespace=other":             "",
	} {
		if got := c.get(pods + "?fieldSelector=" + url.QueryEscape(selector)).names(); got != want {
			t.Errorf("%s: got %q, want %q", selector, got, want)
		}
	}
	c.get(pods+"?fieldSelector=spec.foo%3D1").fails(400, "BadRequest", "field label not supported: spec.foo")
	c.get(configMaps+"?fieldSelector=foo%3D1").fails(400, "BadRequest",
		`"foo" is not a known field selector: only "metadata.name", "metadata.namespace"`)
	c.get(pods+"?fieldSelector=foo").fails(400, "BadRequest", "invalid selector: 'foo'; can't understand 'foo'")
}

func TestListByLabels(t *testing.T) {
	c := start(t, WithObjects(configMap("a", "n", "1", "g", "x"), configMap("b", "n", "5", "g", "y"), configMap("c")))
	for selector, want := range map[string]string{
		"g=x": "a", "g==x": "a", "g!=x": "b c", "g": "a b", "!g": "c",
		"g in (x,y)": "a b", "g notin (x)": "b c", "n>2": "b", "n<2": "a",
		"g,n in (1)": "a", "g in ()": "", " g = x ": "a", "g in (,x)": "a",
	} {
		if got := c.get(configMaps + "?labelSelector=" + url.QueryEscape(selector)).names(); got != want {
			t.Errorf("%s: got %q, want %q", selector, got, want)
		}
	}
	for selector, message := range map[string]string{
		"g in (":  "unable to parse requirement: found '', expected: ',', ')' or identifier",
		"g in x":  "unable to parse requirement: found 'x' expected: '('",
		"=x":      "found '=', expected: !, identifier, or 'end of string'",
		"g=x,":    "found '', expected: identifier after ','",
		"a b":     "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
		"n>x":     "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
		"g=(odd)": "unable to parse requirement: found '(', expected: identifier",
	} {
		c.get(configMaps+"?labelSelector="+url.QueryEscape(selector)).fails(400, "BadRequest", message)
	}
}

func TestGetIsPrettyForPeople(t *testing.T) {
	c := start(t, WithObjects(configMap("a")))
	if a := c.get(configMaps + "/a?pretty=true"); !strings.HasPrefix(a.text, "{\n  \"kind\"") {
		t.Errorf("got %s", a.text)
	}
	if a := c.get(configMaps+"/a", "User-Agent", "curl/8"); !strings.HasPrefix(a.text, "{\n  \"kind\"") {
		t.Errorf("got %s", a.text)
	}
	if a := c.get(configMaps+"/a", "Accept", "application/yaml"); !strings.HasPrefix(a.text, "apiVersion: v1\nkind: ConfigMap\n") {
		t.Errorf("got %s", a.text)
	}
	c.get(configMaps+"/a", "Accept", "text/html").must(406)
}

func TestLargeAnswersAreCompressedOnRequest(t *testing.T) {
	big := configMap("big")
	big.Put(strings.Repeat("x", gzipFrom), "data", "x")
	c := start(t, WithObjects(big, configMap("small")))
	if a := c.get(configMaps+"/big", "Accept-Encoding", "gzip"); a.header.Get("Content-Encoding") != "gzip" || len(a.text) > gzipFrom/2 {
		t.Errorf("got %d bytes, encoding %q", len(a.text), a.header.Get("Content-Encoding"))
	}
	if a := c.get(configMaps+"/small", "Accept-Encoding", "gzip"); a.header.Get("Content-Encoding") != "" {
		t.Error("a small answer was compressed")
	}
	if a := c.get(configMaps+"/big", "Accept-Encoding", "identity"); a.header.Get("Content-Encoding") != "" {
		t.Error("a client that takes no gzip got it")
	}
}

func TestListSharesNothingWithLaterWrites(t *testing.T) {
	c := start(t, WithObjects(configMap("a"), configMap("b"), configMap("c")))
	c.srv.store.mu.Lock()
	before := c.srv.store.kinds.find("", "v1", "configmaps").table.snapshot()
	c.srv.store.mu.Unlock()
	_ = c.srv.Remove("cm", "default", "a")
	put1(t, c.srv, configMap("d"))
	put1(t, c.srv, configMap("b", "x", "y"))
	var names []string
	for _, rev := range before {
		names = append(names, rev.name)
	}
	if strings.Join(names, " ") != "a b c" || at(before[1].doc, "metadata", "labels") != nil {
		t.Errorf("a snapshot changed: %v", names)
	}
}
