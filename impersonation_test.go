package kube

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

var jane = Impersonation{User: "jane", UID: "7", Groups: []string{"dev", "ops team"},
	Extra: map[string][]string{"scopes": {"a", "b"}, "Exämple.com/x%": {""}}}

// Every kind of request carries who makes it, and one that is passed on no other.
func TestImpersonation(t *testing.T) {
	var seen http.Header
	c := at(t, func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header
		text(404, "")(w, r)
	}, WithImpersonation(jane))
	want := http.Header{
		"Impersonate-User": {"jane"}, "Impersonate-Uid": {"7"}, "Impersonate-Group": {"dev", "ops team"},
		"Impersonate-Extra-Scopes": {"a", "b"},
		http.CanonicalHeaderKey("Impersonate-Extra-%45x%C3%A4mple.com%2Fx%25"): {""},
	}
	check := func(name string, want http.Header) {
		t.Helper()
		got := http.Header{}
		for key, values := range seen {
			if strings.HasPrefix(key, "Impersonate-") {
				got[key] = values
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v", name, got)
		}
		seen = nil
	}
	for name, call := range calls {
		call(t.Context(), c)
		check(name, want)
	}
	stream, err := c.Proxy().Watch(t.Context(), "api/v1/pods")
	if err != nil {
		t.Fatal(err)
	}
	stream.Next(t.Context())
	stream.Close()
	check("watch", want)
	pass := func(c *Cluster) {
		req, _ := http.NewRequestWithContext(t.Context(), "GET", "http://x/api", nil)
		req.Header["impersonate-user"] = []string{"root"}
		req.Header.Set("Impersonate-Extra-More", "x")
		resp, err := c.conn.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	pass(c)
	check("passed on", want)
	pass(variantOf(t, c, WithImpersonation(Impersonation{})))
	check("passed on by nobody", http.Header{"Impersonate-User": {"root"}, "Impersonate-Extra-More": {"x"}})
	variantOf(t, c, WithImpersonation(Impersonation{User: "joe"})).Proxy().Get(t.Context(), "api")
	check("another", http.Header{"Impersonate-User": {"joe"}})
}

func TestBadImpersonation(t *testing.T) {
	extra := func(key string, values ...string) Impersonation {
		return Impersonation{User: "a", Extra: map[string][]string{key: values}}
	}
	for text, as := range map[string]Impersonation{
		`kube: bad impersonated user: without one there are no groups, uid or extras to impersonate`: {Groups: []string{"g"}},
		`kube: bad impersonated user "a\r\nX: y": must be text without control characters`:           {User: "a\r\nX: y"},
		`kube: bad impersonated user " a": must not start or end with a space`:                       {User: " a"},
		`kube: bad impersonated uid "\x00": must be text without control characters`:                 {User: "a", UID: "\x00"},
		`kube: bad impersonated group: it is empty`:                                                  {User: "a", Groups: []string{""}},
		`kube: bad impersonated group "\xff": must be text without control characters`:               {User: "a", Groups: []string{"\xff"}},
		`kube: bad impersonated extra key: must be text, and not empty`:                              extra("", "x"),
		`kube: bad impersonated extra key "\xff": must be text, and not empty`:                       extra("\xff", "x"),
		`kube: bad impersonated extra key "k": it has no value`:                                      extra("k"),
		`kube: bad impersonated extra "k" "a\n": must be text without control characters`:            extra("k", "a\n"),
	} {
		_, err := NewCluster(WithImpersonation(as))
		if !errors.As(err, new(*ArgumentError)) || err.Error() != text {
			t.Errorf("got  %v\nwant %s", err, text)
		}
	}
	for _, as := range []Impersonation{{UID: "1"}, {Extra: map[string][]string{"k": {"v"}}}} {
		if _, err := NewCluster(WithImpersonation(as)); !errors.As(err, new(*ArgumentError)) {
			t.Errorf("got %v", err)
		}
	}
}

// What was given cannot be changed afterwards.
func TestImpersonationIsCopied(t *testing.T) {
	var seen http.Header
	groups, values := []string{"dev"}, []string{"x"}
	extra := map[string][]string{"k": values}
	c := at(t, func(w http.ResponseWriter, r *http.Request) { seen = r.Header },
		WithImpersonation(Impersonation{User: "jane", Groups: groups, Extra: extra}))
	groups[0], values[0], extra["l"] = "root", "y", []string{"z"}
	c.Proxy().Text(t.Context(), "version")
	if seen.Get("Impersonate-Group") != "dev" || seen.Get("Impersonate-Extra-K") != "x" || seen.Get("Impersonate-Extra-L") != "" {
		t.Errorf("got %v", seen)
	}
}
