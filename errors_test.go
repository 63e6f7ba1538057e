package kube_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/views"
)

// answer is a cluster whose server says one thing.
func answer(t *testing.T, code int, body string, options ...kube.Option) *kube.Cluster {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body != "" && body[0] == '{' {
			w.Header().Set("Content-Type", "application/json")
		} else {
			w.Header().Set("Content-Type", "text/plain")
		}
		w.WriteHeader(code)
		io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	c, err := kube.NewCluster(append([]kube.Option{kube.WithURL(srv.URL), kube.WithRetries(0)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func status(code int, reason, message string) string {
	return fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","message":%q,"reason":%q,"code":%d}`, message, reason, code)
}

const pod = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0","namespace":"default","uid":"u"},` +
	`"spec":{"containers":[]},"status":{"podIP":"ten","startTime":"now","phase":7}}`

// failures cause each error of the library by a real call, with the text that
// its user sees.
func failures(t *testing.T) map[string]error {
	ctx, all := t.Context(), map[string]error{}
	say := func(code int, reason, message string) error {
		_, err := answer(t, code, status(code, reason, message)).Pods().In("default").Fetch(ctx, "web-0")
		return err
	}
	const at = "kube: GET /api/v1/namespaces/default/pods/web-0: "
	all[at+`404 NotFound: pods "web-0" not found`] = say(404, "NotFound", `pods "web-0" not found`)
	all[at+`409 AlreadyExists: pods "web-0" already exists`] = say(409, "AlreadyExists", `pods "web-0" already exists`)
	all[at+`409 Conflict: the object has been modified`] = say(409, "Conflict", "the object has been modified")
	all[at+`422 Invalid: bad`] = say(422, "Invalid", "bad")
	all[at+`400 BadRequest: worse`] = say(400, "BadRequest", "worse")
	all[at+`401 Unauthorized: Unauthorized`] = say(401, "Unauthorized", "Unauthorized")
	all[at+`403 Forbidden: pods is forbidden`] = say(403, "Forbidden", "pods is forbidden")
	all[at+`429 TooManyRequests: later`] = say(429, "TooManyRequests", "later")
	all[at+`410 Expired: too old`] = say(410, "Expired", "too old")
	all[at+`405 MethodNotAllowed: no`] = say(405, "MethodNotAllowed", "no")
	_, all[at+`500 Internal Server Error: dial tcp: refused`] = answer(t, 500, "dial tcp: refused").Pods().In("default").Fetch(ctx, "web-0")
	_, all[at+`200 OK: bad JSON at offset 1: unexpected end of the text`] = answer(t, 200, `{`).Pods().In("default").Fetch(ctx, "web-0")
	_, all[at+`200 OK: larger than the limit of 10 bytes`] = answer(t, 200, pod, kube.WithMaxObject(10)).Pods().In("default").Fetch(ctx, "web-0")

	c := answer(t, 200, pod)
	item, err := c.Pods().In("default").Fetch(ctx, "web-0")
	if err != nil {
		t.Fatal(err)
	}
	_, all[`kube: Pod default/web-0: status.hostIP is not set`] = item.HostIP()
	_, all[`kube: Pod default/web-0: status.podIP is malformed: not an IP address`] = item.IP()
	_, all[`kube: Pod default/web-0: status.startTime is malformed: want an RFC 3339 time, got a string: text of 3 bytes`] = item.StartTime()
	_, all[`kube: Pod default/web-0: status.phase is malformed: want a string, got a number`] = item.Phase()
	_, all[`want a string, got a number`] = item.Status().Get("phase").Text()
	_, all[`no JSON form for a func(): json: unsupported type: func()`] = raw.From(func() {})
	_, all[`cannot change /kind: it is a string, not an object`] = item.Raw().With(1, "kind", "x")
	_, all[`kube: Pod web-0: a namespace is needed; none is assumed`] = c.Pods().Fetch(ctx, "web-0")
	_, all[`kube: Node with namespace "a": the kind is not namespaced`] = c.Nodes().In("a").List(ctx)
	_, all[`kube: Pod web-0 with namespace "other": the manifest says "default"`] = c.Create(ctx, "other", []byte(pod))
	_, all[`kube: unknown kind "Podd"; did you mean pods?`] = c.Lookup("Podd")
	_, all[`kube: unknown kind "v1 Podd"; did you mean pods?`] = c.Create(ctx, "", map[string]any{"apiVersion": "v1", "kind": "Podd", "metadata": map[string]any{"name": "a"}})
	kind, _ := kinds.Builtin().Lookup("Pod")
	_, all[`kube: kind Pod is declared already: core/Pod is taken; the first declaration stays`] = kube.Declare[items.Generic](c, kind)
	_, all[`kube: bad kind definition: Name must start with a letter and go on with letters, digits and '-', at most 63 in all`] = kinds.New(kinds.Definition{})
	_, all[`kube: bad name "..": must not be '.' or '..'`] = c.Pods().In("a").Fetch(ctx, "..")
	_, all[`kube: bad namespace "A/b": must consist of lower case letters, digits and '-', and start and end with a letter or digit`] = c.Pods().In("A/b").Fetch(ctx, "a")
	_, all[`kube: bad manifest: bad name "a/b": must not contain '/' or '%'`] = c.Create(ctx, "", map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "a/b"}})
	_, all[`kube: bad manifest: it is not a JSON object: bad JSON at offset 0: expected an object`] = c.Create(ctx, "", nil)
	_, all[`kube: bad manifest: it is not a JSON object: no JSON form for a func(): json: unsupported type: func()`] = c.Create(ctx, "", func() {})
	_, all[`kube: bad manifest: kind is missing`] = c.Create(ctx, "", map[string]any{"apiVersion": "v1"})
	_, all[`kube: bad patch type "text/plain": not one that the API knows`] = item.Patch(ctx, "text/plain", nil)
	_, all[`kube: bad patch: it has no JSON form: json: unsupported type: func()`] = item.MergePatch(ctx, func() {})
	_, all[`kube: bad body: it has no JSON form: json: unsupported type: func()`] = c.Proxy().Post(ctx, func() {}, "api")
	_, all[`kube: bad label key "a b": must consist of letters, digits, '-', '_' and '.', and start and end with a letter or digit`] = item.Labels().Set(ctx, "a b", "")
	_, all[`kube: bad labels: at least one is needed`] = item.Labels().Delete(ctx)
	_, all[`kube: bad item: the zero item is no object of a cluster`] = items.Pod{}.Fetch(ctx)
	all[`kube: bad view: the zero View shows nothing`] = views.View[items.Pod]{}.Err()
	_, all[`kube: bad quantity "x": must be a decimal number with one of the suffixes n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei, or an exponent such as e3`] = items.ParseQuantity("x")
	_, all[`kube: bad path "api/..": a part of it is ..`] = c.Proxy().Get(ctx, "api", "..")

	less, err := answer(t, 200, `{"kind":"PodList","items":[{"metadata":{"name":"a","managedFields":[]}}]}`).Pods().WithoutManagedFields().List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := less.Get("", "a")
	_, all[`kube: the item was read without this field`] = first.Meta().Managers()

	over, cancel := context.WithCancel(ctx)
	cancel()
	_, all[at+`context canceled`] = c.Pods().In("default").Fetch(over, "web-0")
	s, err := answer(t, 429, "busy", kube.WithRetries(1)).Proxy().Watch(ctx, "api/v1/pods")
	if err != nil {
		t.Fatal(err)
	}
	_, all[`kube: nothing happened: context canceled`] = s.Next(over)
	s.Close()
	c.Close()
	_, all[`kube: the connection is closed`] = item.Fetch(ctx)
	return all
}

// K09: one check tells the library's errors, each of which says what its user
// needs, once.
func TestErrorTextsK09(t *testing.T) {
	types := map[string]bool{}
	for text, err := range failures(t) {
		if err == nil || err.Error() != text {
			t.Errorf("\ngot  %v\nwant %s", err, text)
		}
		var ours kube.Error
		if !errors.As(err, &ours) {
			t.Errorf("%T is none of ours: %v", err, err)
		}
		if wrapped := fmt.Errorf("while testing: %w", err); !errors.As(wrapped, &ours) {
			t.Errorf("%T does not survive wrapping", err)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			types[fmt.Sprintf("%T", e)] = true
		}
	}
	for _, e := range []error{
		&kube.ArgumentError{}, &kube.NamespaceError{}, &kube.StatusError{}, &kube.KindError{}, &kube.DuplicateKindError{},
		&kube.APIError{}, &kube.NotFoundError{}, &kube.AlreadyExistsError{}, &kube.ConflictError{}, &kube.InvalidError{},
		&kube.ForbiddenError{}, &kube.TooManyRequestsError{}, &kube.ExpiredError{}, &kube.UnreachableError{}, &kube.WaitError{},
		&kube.SyntaxError{}, &kube.SizeError{}, &kube.TypeError{}, &raw.ConvertError{}, &raw.PathError{},
	} {
		if name := fmt.Sprintf("%T", e); !types[name] {
			t.Errorf("no call fails with a %s", name)
		}
		if _, ok := e.(kube.Error); !ok {
			t.Errorf("%T is none of ours", e)
		}
	}
	for _, e := range []error{io.EOF, context.Canceled, errors.New("kube: x")} {
		if errors.As(e, new(kube.Error)) {
			t.Errorf("%v is ours", e)
		}
	}
}

// K13: each special fault is an APIError too, the same one.
func TestSpecialFaultsAreAPIErrorsK13(t *testing.T) {
	n := 0
	for _, err := range failures(t) {
		special := []bool{
			errors.As(err, new(*kube.NotFoundError)), errors.As(err, new(*kube.AlreadyExistsError)), errors.As(err, new(*kube.ConflictError)),
			errors.As(err, new(*kube.InvalidError)), errors.As(err, new(*kube.ForbiddenError)), errors.As(err, new(*kube.TooManyRequestsError)),
			errors.As(err, new(*kube.ExpiredError)), errors.As(err, new(*kube.UnreachableError)),
		}
		found := 0
		for _, is := range special {
			if is {
				found++
			}
		}
		var api *kube.APIError
		if found > 1 || found == 1 && !errors.As(err, &api) {
			t.Errorf("%v is of %d types", err, found)
		}
		if n += found; found == 1 && api.Verb != "GET" {
			t.Errorf("got %+v", api)
		}
	}
	if n < 10 {
		t.Errorf("only %d were special", n)
	}
}

// K10: the fields of an APIError.
func TestAPIErrorK10(t *testing.T) {
	body := `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"m","reason":"TooManyRequests","details":{"retryAfterSeconds":40,"name":"x"},"code":429}`
	_, err := answer(t, 429, body).Pods().In("ns").Fetch(t.Context(), "x")
	var api *kube.APIError
	if !errors.As(err, &api) {
		t.Fatal(err)
	}
	if api.Verb != "GET" || api.URL != "/api/v1/namespaces/ns/pods/x" || api.Code != 429 || api.Reason != "TooManyRequests" ||
		api.Message != "m" || api.RetryAfter != 40*time.Second || api.Status.String() != body || api.Err != nil {
		t.Errorf("got %+v", api)
	}
	for _, odd := range []string{"-1", "0", `"5"`, "99999999999999", "1e3", "null"} {
		body := `{"kind":"Status","details":{"retryAfterSeconds":` + odd + `},"code":418}`
		_, err := answer(t, 418, body).Pods().In("ns").Fetch(t.Context(), "x")
		if !errors.As(err, &api) || api.RetryAfter != 0 {
			t.Errorf("%s: %v", odd, api.RetryAfter)
		}
	}
}

func TestOr(t *testing.T) {
	c := answer(t, 200, pod)
	item, err := c.Pods().In("default").Fetch(t.Context(), "web-0")
	if err != nil {
		t.Fatal(err)
	}
	if got := kube.Or(kinds.PodUnknown)(item.Phase()); got != kinds.PodUnknown {
		t.Errorf("got %v", got)
	}
	if got := kube.Or("none")("some", nil); got != "some" {
		t.Errorf("got %v", got)
	}
}
