package rest_test

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

func TestPath(t *testing.T) {
	for want, got := range map[string]string{
		"/api/v1/pods":                          rest.Path("v1", "", "pods", ""),
		"/api/v1/namespaces/a/pods/b":           rest.Path("v1", "a", "pods", "b"),
		"/apis/apps/v1/namespaces/a/x/b/status": rest.Path("apps/v1", "a", "x", "b", "status"),
		"/apis/g/v1/clusterroles/system:node":   rest.Path("g/v1", "", "clusterroles", "system:node"),
		"/api/v1/nodes/a%20b%2F%3F%25":          rest.Path("v1", "", "nodes", "a b/?%"),
		"/api/v1/nodes/a/proxy/b":               rest.Path("v1", "", "nodes", "a", "proxy", "b"),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A token is long, and nobody's affair.
func TestRequestURL(t *testing.T) {
	r := rest.Request{Path: "/api/v1/pods", Query: url.Values{"continue": {"abc"}, "limit": {"5"}}}
	if got := r.URL(); got != "/api/v1/pods?limit=5" {
		t.Errorf("got %s", got)
	}
	if len(r.Query) != 2 {
		t.Error("the request has changed")
	}
	r.Query.Del("limit")
	if got := r.URL(); got != "/api/v1/pods" {
		t.Errorf("got %s", got)
	}
}

func TestCause(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	if err := rest.Cause(ctx); err != nil {
		t.Errorf("got %v", err)
	}
	why := errors.New("why")
	cancel(why)
	if err := rest.Cause(ctx); !errors.Is(err, why) || !errors.Is(err, context.Canceled) || err.Error() != "context canceled: why" {
		t.Errorf("got %v", err)
	}
	plain, stop := context.WithCancel(context.Background())
	stop()
	if err := rest.Cause(plain); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

// conn serves what its functions say.
type conn struct {
	rest.Conn
	served, other string
	looks         int
}

func (c *conn) Served(context.Context, rest.Resource) (string, error) { return c.served, nil }

func (c *conn) Renegotiate(context.Context, rest.Resource, string) (string, error) {
	c.looks++
	if c.other == "" {
		return "", errors.New("no")
	}
	return c.other, nil
}

// K24: only an answer that a version is not served leads to another look, and
// only another version to another try.
func TestOnServedK24(t *testing.T) {
	missing := func(details string) error {
		doc, _ := raw.Parse([]byte(`{"kind":"Status","status":"Failure","code":404,"details":` + details + `}`))
		return rest.FromStatus(rest.Request{}, 404, doc)
	}
	text := rest.Classify(&rest.APIError{Code: 404})
	two, one := []string{"a/v2", "a/v1"}, []string{"a/v2"}
	for name, test := range map[string]struct {
		first    error
		versions []string
		other    string
		tries    int
		looks    int
	}{
		"fine":           {nil, two, "a/v1", 1, 0},
		"text":           {text, two, "a/v1", 2, 1},
		"no object":      {missing(`{}`), two, "a/v1", 2, 1},
		"the object":     {missing(`{"name":"x"}`), two, "a/v1", 1, 0},
		"the same again": {text, two, "a/v2", 1, 1},
		"no other look":  {text, two, "", 1, 1},
		"one version":    {text, one, "a/v1", 1, 0},
		"another fault":  {rest.Classify(&rest.APIError{Code: 500}), two, "a/v1", 1, 0},
	} {
		c := &conn{served: "a/v2", other: test.other}
		tries := 0
		err := rest.OnServed(t.Context(), c, rest.Resource{Plural: "x", GroupVersions: test.versions}, func(gv string) error {
			if tries++; gv == "a/v1" {
				return nil
			}
			return test.first
		})
		if tries != test.tries || c.looks != test.looks || (err == nil) != (test.first == nil || tries == 2) {
			t.Errorf("%s: %d tries, %d looks, %v", name, tries, c.looks, err)
		}
	}
}

func TestStatusError(t *testing.T) {
	doc, _ := raw.Parse([]byte(`{"kind":"K","metadata":{"name":"n"},"a":[{"b":{"1x":1,"2":2}}]}`))
	for want, path := range map[string][]string{
		"a[0].b":    {"a", "0", "b"},
		"a[0].b.1x": {"a", "0", "b", "1x"},
		"a[10]":     {"a", "", "10"},
		"":          nil,
	} {
		var e *rest.StatusError
		if err := rest.NotSet(doc, path...); !errors.As(err, &e) || e.Path != want || e.Kind != "K" || e.Name != "n" || e.Namespace != "" {
			t.Errorf("got %+v, want %s", e, want)
		}
	}
}

// A copy shares nothing that can be written to, and says the same.
func TestCopy(t *testing.T) {
	inner := &raw.SyntaxError{Offset: 1, Msg: "bad"}
	for _, err := range []error{
		&rest.ObjectError{Kind: "Pod", Err: inner},
		rest.Classify(&rest.APIError{Code: 410, Err: inner}),
		&rest.APIError{Code: 500, Err: inner},
		&rest.ArgumentError{Arg: "a"}, &rest.NamespaceError{Kind: "Pod"},
	} {
		text := err.Error()
		copied := rest.Copy(err)
		if copied == err || copied.Error() != text {
			t.Errorf("%v is copied as %v", err, copied)
		}
		var syntax *raw.SyntaxError
		if errors.As(copied, &syntax) {
			syntax.Msg = "overwritten"
		}
		if err.Error() != text {
			t.Errorf("now it is %v", err)
		}
	}
	for _, code := range []int{400, 403, 404, 409, 410, 429, 0} {
		err := rest.Classify(&rest.APIError{Code: code})
		var api *rest.APIError
		if copied := rest.Copy(err); copied == err || !errors.As(copied, &api) || api.Code != code {
			t.Errorf("%v is copied as %v", err, copied)
		}
	}
}
