package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/raw"
)

// sideWith is a config map with some data, "a=1 b=2", and the managers that an API server
// notes with it: "alice :05 a b" has set a and b five seconds after the minute. "alice/status"
// did it by the subresource, "alice!" by Apply; "alice - a" has no time.
func sideWith(t *testing.T, data string, managers ...string) store.Side {
	t.Helper()
	content := map[string]string{}
	for _, pair := range strings.Fields(data) {
		key, value, _ := strings.Cut(pair, "=")
		content[key] = value
	}
	var entries []any
	for _, m := range managers {
		entries = append(entries, entryOf(strings.Fields(m)))
	}
	text, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "data": content, "metadata": map[string]any{
			"name": "c", "namespace": "n", "uid": "u", "creationTimestamp": "2026-05-01T10:00:01Z", "managedFields": entries}})
	do(t, err)
	doc, err := raw.Parse(text)
	do(t, err)
	return sideOf(doc)
}

func entryOf(words []string) map[string]any {
	manager, sub, _ := strings.Cut(words[0], "/")
	fields := map[string]any{".": map[string]any{}}
	for _, name := range words[2:] {
		fields["f:"+name] = map[string]any{}
	}
	e := map[string]any{"manager": strings.TrimSuffix(manager, "!"), "operation": "Update", "apiVersion": "v1",
		"fieldsType": "FieldsV1", "fieldsV1": map[string]any{"f:data": fields}}
	if strings.HasSuffix(manager, "!") {
		e["operation"] = "Apply"
	}
	if words[1] != "-" {
		e["time"] = "2026-05-01T10:00" + words[1] + "Z"
	}
	if sub != "" {
		e["subresource"] = sub
	}
	return e
}

// TestAuthorsOfDocuments has documents before and after a change, as an API server
// writes them.
func TestAuthorsOfDocuments(t *testing.T) {
	type side struct {
		data     string
		managers []string
	}
	of := func(data string, managers ...string) side { return side{data, managers} }
	for name, row := range map[string]struct {
		old, new side
		who      string
	}{
		"another second":    {of("a=1", "alice :05 a"), of("a=2", "alice :06 a"), "alice"},
		"another manager":   {of("a=1", "alice :05 a"), of("a=1 b=1", "alice :05 a", "bob :06 b"), "bob"},
		"bookkeeping alone": {of("a=1", "alice! :05 a"), of("a=1", "alice! :05 a", "bob! :06 a"), "bob"},
		"taken over":        {of("a=1", "alice :05 a"), of("a=2", "bob :06 a"), "bob"},
		"subresource":       {of("a=1", "alice :05 a"), of("a=2", "alice/status :06 a"), "alice/status"},
		"several in a gap":  {of("a=1 b=1", "alice :05 a", "bob :05 b"), of("a=2 b=2", "alice :09 a", "bob :07 b"), "alice, bob"},

		"same second, new manager":               {of("a=1", "alice :05 a"), of("a=1 b=1", "alice :05 a", "bob :05 b"), "bob"},
		"same second, other manager":             {of("a=1 b=1", "alice :05 a", "bob :01 b"), of("a=1 b=2", "alice :05 a", "bob :05 b"), "bob"},
		"same second, same manager":              {of("a=1 b=1", "alice :05 a", "bob :01 b"), of("a=2 b=1", "alice :05 a", "bob :01 b"), "alice"},
		"same second, one more field":            {of("a=1", "alice :05 a"), of("a=1 b=1", "alice :05 a b"), "alice"},
		"same second, of two with that time":     {of("a=1 b=1", "alice :05 a", "bob :05 b"), of("a=1 b=2", "alice :05 a", "bob :05 b"), "bob"},
		"same second, the last field of another": {of("a=1 b=1", "alice :05 a", "bob :05 b"), of("a=1 b=2", "alice :05 a b"), "alice"},
		"same second, by another operation":      {of("a=1 b=1", "alice :05 a", "alice! :05 b"), of("a=1 b=2", "alice :05 a", "alice! :05 b"), "alice"},

		"removed":                  {of("a=1 b=1", "alice :05 a", "bob :04 b"), of("a=1", "alice :05 a"), "-"},
		"removed, own":             {of("a=1 b=1", "alice :05 a b"), of("a=1", "alice :05 a"), "-"},
		"removed, with all others": {of("a=1 b=1", "alice :05 a", "bob :05 b"), of("", "alice :05"), "-"},
		"removed by Apply":         {of("a=1 b=1", "alice! :05 a b"), of("a=1", "alice! :06 a"), "alice"},
		"removed and set":          {of("a=1 b=1", "alice :05 a", "bob :04 b"), of("a=2", "bob :06 a"), "bob"},

		"nobody's, beside earlier owners": {of("a=1 b=1", "alice :04 a", "bob :05 b"), of("a=2 b=1", "alice :04 a", "bob :05 b"), "-"},
		"nobody's":                        {of("a=1 c=1", "alice :05 a"), of("a=1 c=2", "alice :05 a"), "-"},
		"managers taken away":             {of("a=1", "alice :05 a"), of("a=2"), "-"},

		"ancient changes":                  {of("a=1 b=1", "alice :01 a", "bob :05 b"), of("a=1 b=2", "ancient-changes :01 a", "carol :06 b"), "carol"},
		"ancient changes, within a second": {of("a=1 b=1", "ancient-changes :05 a", "bob :05 b"), of("a=2 b=1", "ancient-changes :05 a", "bob :05 b"), "-"},
		"ancient changes, later":           {of("a=1", "ancient-changes :01 a", "bob :05 b"), of("a=1 c=1", "ancient-changes :05 a b", "carol :06 c"), "carol"},
		"before the first apply":           {of("a=1"), of("a=1 b=1", "before-first-apply :06 a", "alice! :06 b"), "alice"},
		"without a time":                   {of("a=1", "alice :05 a"), of("a=1 b=1 c=1", "alice :05 a", "bob - b", "carol :06 c"), "carol"},
		"only one without a time":          {of("a=1", "alice :05 a"), of("a=1 b=1", "alice :05 a", "bob - b"), "-"},
		"written back":                     {of("a=1", "alice :08 a"), of("a=0", "bob :03 a", "carol :09 a"), "carol"},
		"written back, and no more":        {of("a=1", "alice :08 a"), of("a=0", "bob :03 a"), "-"},
	} {
		t.Run(name, func(t *testing.T) {
			if who := whoOf(sideWith(t, row.old.data, row.old.managers...), sideWith(t, row.new.data, row.new.managers...)); who != row.who {
				t.Errorf("by %s, not %s", who, row.who)
			}
		})
	}
}

// An API server notes the managers of a new object before it asks webhooks, and when it was
// created, here at :40, after them.
func TestAuthorsOfCreated(t *testing.T) {
	for name, row := range map[string]struct {
		managers []string
		who      string
	}{
		"at once":                       {[]string{"alice :40 a"}, "alice"},
		"across a second":               {[]string{"alice :39 a"}, "alice"},
		"slowly":                        {[]string{"alice :06 a"}, "alice"},
		"no request is so slow":         {[]string{"alice :05 a"}, "-"},
		"by several":                    {[]string{"alice :39 a", "alice/status :39 b"}, "alice, alice/status"},
		"from a copy":                   {[]string{"bob :40 a", "alice :39 b"}, "bob"},
		"from a copy, across a second":  {[]string{"alice :38 b", "bob :39 a"}, "bob"},
		"from a copy, the other way":    {[]string{"bob :39 a", "alice :38 b"}, "bob"},
		"from an old copy":              {[]string{"alice :01 a"}, "-"},
		"from a copy, with placeholder": {[]string{"bob :38 a", "ancient-changes :39 b"}, "bob"},
		"and changed in a gap":          {[]string{"alice :39 a", "bob :45 b"}, "alice, bob"},
		"without a time":                {[]string{"alice - a"}, "-"},
		"without managers":              {nil, "-"},
	} {
		t.Run(name, func(t *testing.T) {
			created := sideWith(t, "a=1 b=1", row.managers...)
			created.Document = with(t, created.Document, "2026-05-01T10:00:40Z", "metadata", "creationTimestamp")
			earlier := store.Side{Document: with(t, created.Document, "another", "metadata", "uid"), Managed: created.Managed}
			for name, old := range map[string]store.Side{"nothing": {}, "another of that name": earlier} {
				if who := whoOf(old, created); who != row.who {
					t.Errorf("after %s by %s, not %s", name, who, row.who)
				}
			}
		})
	}
}

// with is a document with another value at a path.
func with(t *testing.T, document raw.Value, value any, path ...string) raw.Value {
	t.Helper()
	doc, err := document.Object()
	do(t, err)
	doc, err = doc.With(value, path...)
	do(t, err)
	return doc.Value()
}

// Who only puts the containers in another order owns none of them.
func TestAuthorsOfAnotherOrder(t *testing.T) {
	pod := func(first, second string) store.Side {
		entry := func(manager, container string) string {
			return fmt.Sprintf(`{"manager":%q,"operation":"Update","apiVersion":"v1","time":"2026-05-01T10:00:05Z","fieldsType":"FieldsV1",`+
				`"fieldsV1":{"f:spec":{"f:containers":{"k:{\"name\":\"%s\"}":{".":{},"f:name":{},"f:image":{}}}}}}`, manager, container)
		}
		doc, err := raw.Parse(fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","uid":"u","creationTimestamp":"2026-05-01T10:00:00Z","managedFields":[%s,%s]},`+
			`"spec":{"containers":[{"name":%q,"image":"i"},{"name":%q,"image":"i"}]}}`, entry("alice", "a"), entry("bob", "b"), first, second))
		do(t, err)
		return sideOf(doc)
	}
	if who := whoOf(pod("a", "b"), pod("b", "a")); who != "-" {
		t.Errorf("another order is by %s", who)
	}
}
