package web

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/kubeviews/kube/kubetest"
)

func configMap(namespace, name string) map[string]any {
	return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": namespace}}
}

// The form shows the namespace that is chosen, also one that is not there: what it does
// not show is lost with its next use.
func TestChosenNamespaceIsInTheForm(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithObjects(configMap("default", "a"),
		map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "default"}},
		map[string]any{"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": "n1"}}))
	s := serve(t, server.URL(), "configmaps", "namespaces", "nodes")
	for chosen, selected := range map[string]string{"": "", "default": "default", "nope": "nope"} {
		body := get(t, s, 200, "/configmaps?ns="+chosen)
		found := regexp.MustCompile(`<option selected>([^<]*)`).FindStringSubmatch(body)
		if (found == nil) != (selected == "") || found != nil && found[1] != selected {
			t.Errorf("%q: selected is %v", chosen, found)
		}
		if n := strings.Count(body, ">default</option>"); n != 1 {
			t.Errorf("%q: default is there %d times", chosen, n)
		}
	}
	if body := get(t, s, 200, "/nodes?ns=default"); !strings.Contains(body, `role="alert">these are in no namespace`) || strings.Contains(body, `href="/nodes/n1"`) {
		t.Error("a namespace of what has none is taken")
	}
}

// The link to a namespace leaves the rest of the query as it is, but for the page.
func TestNamespaceLinks(t *testing.T) {
	server := kubetest.NewServer(t)
	for i := range 4 {
		doc := configMap("default", fmt.Sprint("c", i))
		doc["metadata"].(map[string]any)["labels"] = map[string]any{"app": "web"}
		put(t, server, doc)
	}
	s := serve(t, server.URL(), "configmaps")
	link := regexp.MustCompile(`class="quiet" href="([^"]*)"`)
	for query, want := range map[string]string{
		"":       "?ns=default",
		"page=2": "?ns=default",
		"ns=&q=c&sort=-name&labels=app%3Dweb&fields=metadata.name!%3Dx&size=2&page=2": "?fields=metadata.name%21%3Dx&labels=app%3Dweb&ns=default&q=c&size=2&sort=-name",
	} {
		found := link.FindStringSubmatch(get(t, s, 200, "/configmaps?"+query))
		if found == nil || html.UnescapeString(found[1]) != want {
			t.Errorf("%q: %v, not %s", query, found, want)
		}
	}
}

// What is not shown of Secrets cannot be found out by asking which have it.
func TestSecretsCannotBeFoundByAnnotations(t *testing.T) {
	meta := map[string]any{"name": "s1", "namespace": "default", "annotations": map[string]any{"tool/copy": "X"}}
	secret := map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": meta}
	other := map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}
	s := serve(t, kubetest.NewServer(t, kubetest.WithObjects(secret, other)).URL(), "secrets", "configmaps")
	const row = `data-key="default/s1"`
	for _, fields := range []string{"metadata.annotations.tool/copy=X", "metadata.annotations.tool/copy==X", "metadata.annotations.tool/copy!=X", "metadata.annotations.tool/copy!=Y",
		"metadata.name=s1,metadata.annotations.tool/copy!=Y", `metadata.name!=\,,metadata.annotations.tool/copy=X`, "metadata.annotations!=x"} {
		body := get(t, s, 200, "/secrets?fields="+url.QueryEscape(fields))
		if strings.Contains(body, row) || !strings.Contains(body, `role="alert">the annotations of Secrets are not shown`) || !strings.Contains(body, "The filter cannot be used.") {
			t.Errorf("%s tells of annotations, or not what is wrong", fields)
		}
	}
	for _, target := range []string{"/secrets?fields=metadata.name%3Ds1", "/configmaps?fields=metadata.annotations.tool/copy%3DX"} {
		if !strings.Contains(get(t, s, 200, target), row) {
			t.Errorf("%s finds none", target)
		}
	}
}

// A query stands in every link of a page: one that is too long is refused, and not
// repeated.
func TestLongQueries(t *testing.T) {
	s := serve(t, kubetest.NewServer(t, kubetest.WithObjects(configMap("default", "a"))).URL(), "configmaps")
	for _, name := range []string{"q", "labels", "fields", "ns", "sort"} {
		for _, long := range []string{strings.Repeat("x", 900_000), strings.Repeat("x", longestQuery), strings.Repeat("%2C", longestQuery/3)} {
			body := get(t, s, 414, "/configmaps?"+name+"="+long)
			if !strings.Contains(body, "Too long") || strings.Contains(body, "xxxx") || len(body) > 10_000 {
				t.Errorf("%s of %d: %d bytes", name, len(long), len(body))
			}
		}
		get(t, s, 200, "/configmaps?"+name+"="+strings.Repeat("x", longestQuery-10))
	}
	get(t, s, 414, "/configmaps?q="+strings.Repeat("x", longestQuery/2)+"&ns="+strings.Repeat("x", longestQuery/2))
}
