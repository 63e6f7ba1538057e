package cluster_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/test/cluster"
)

func asAdmin(t *testing.T, c *cluster.Cluster, options ...kube.Option) *kube.Cluster {
	t.Helper()
	k, err := kube.NewCluster(append([]kube.Option{kube.WithURL(c.ProxyURL())}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

// R15: the server sees whom the library impersonates, to the byte.
func TestImpersonationR15(t *testing.T) {
	c := shared(t)
	own := asAdmin(t, c)
	if user, err := own.WhoAmI(t.Context()); err != nil || user.Name() != cluster.Admin || user.UID() != "1" ||
		!slices.Contains(user.Groups(), "system:masters") {
		t.Errorf("got %v, %v", user, err)
	}
	for _, as := range []kube.Impersonation{
		{User: "jane"},
		{User: "żółw \"a\" b,c", UID: "u-1", Groups: []string{"dev team", "ops, more"}},
		{User: "jane", Extra: map[string][]string{"scopes": {"a", "b"}, "example.com/ä%41_x": {"é"}, "UPPER": {"X"}}},
		{User: "system:serviceaccount:default:robot"},
	} {
		variant, err := own.With(kube.WithImpersonation(as))
		do(t, err)
		user, err := variant.WhoAmI(t.Context())
		do(t, err)
		if user.Name() != as.User || user.UID() != as.UID || !maps.EqualFunc(user.Extra(), as.Extra, slices.Equal) {
			t.Errorf("got %q %q %v, want %+v", user.Name(), user.UID(), user.Extra(), as)
		}
		for _, group := range append(as.Groups, "system:authenticated") {
			if !slices.Contains(user.Groups(), group) {
				t.Errorf("%s is not among %q", group, user.Groups())
			}
		}
	}
	// Who may not impersonate is told so.
	_, err := launch(t, c, kube.WithContext(cluster.Developer), kube.WithImpersonation(kube.Impersonation{User: "jane"})).WhoAmI(t.Context())
	if !errors.As(err, new(*kube.ForbiddenError)) {
		t.Errorf("got %v", err)
	}
}

// The rights are those of the impersonated, in all kinds of requests.
func TestImpersonatedRights(t *testing.T) {
	c := shared(t)
	grant(t, c, cluster.Rule{Namespace: "kube-public", Resource: "configmaps", Verbs: []string{"list"}})
	own := asAdmin(t, c, kube.WithImpersonation(kube.Impersonation{User: cluster.Developer}))
	for action, want := range map[kube.Action]bool{
		{Verb: "list", Resource: "configmaps", Namespace: "kube-public"}:  true,
		{Verb: "watch", Resource: "configmaps", Namespace: "kube-public"}: false,
		{Verb: "list", Resource: "configmaps"}:                            false,
		{Verb: "get", Path: "/version"}:                                   true,
		{Verb: "get", Path: "/metrics"}:                                   false,
	} {
		if may, err := own.Can(t.Context(), action); err != nil || may != want {
			t.Errorf("%+v: %v, %v", action, may, err)
		}
	}
	at := []string{"api/v1/namespaces", "kube-public", "configmaps"}
	_, err := own.Proxy().Get(t.Context(), at...)
	do(t, err)
	stream, err := own.Proxy().Watch(t.Context(), at...)
	do(t, err)
	defer stream.Close()
	if _, err = stream.Next(t.Context()); !errors.As(err, new(*kube.ForbiddenError)) {
		t.Errorf("a watch: %v", err)
	}
	for _, err = range own.Pods().All(t.Context()) {
	}
	if !errors.As(err, new(*kube.ForbiddenError)) {
		t.Errorf("a list: %v", err)
	}
}

// R15: the server's version is what kubectl says it is.
func TestVersionR15(t *testing.T) {
	c := shared(t)
	version, err := asAdmin(t, c).Version(t.Context())
	do(t, err)
	said := kubectl(t, c, "version", "-o", "json")
	for _, part := range []string{version.GitVersion, version.Major, version.Minor, version.GoVersion, version.Platform, version.Compiler} {
		do(t, contains(said, fmt.Sprintf("%q", part)))
	}
}

// Warnings of a real server: of a request that works, of one that fails, and of a watch.
func TestWarnings(t *testing.T) {
	c := shared(t)
	var mu sync.Mutex
	var told []kube.Warning
	own := asAdmin(t, c, kube.WithWarnings(func(w kube.Warning) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, w)
	}))
	check := func(verb, part string) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if len(told) == 0 || told[0].Code != 299 || told[0].Verb != verb || !strings.Contains(told[0].Text, part) {
			t.Errorf("%s: got %+v", verb, told)
		}
		told = nil
	}
	at := []string{"api/v1/namespaces", "default", "configmaps"}
	odd := map[string]any{"metadata": map[string]any{"name": "odd"}, `field "a\b"`: 1}
	_, err := own.Proxy().Query("fieldValidation", "Warn").Query("dryRun", "All").Post(t.Context(), odd, at...)
	do(t, err)
	check("POST", `unknown field "field \"a\\b\""`)
	odd["metadata"] = map[string]any{"name": "odd", "unknown": 1, "labels": map[string]any{"a": "!"}}
	_, err = own.Proxy().Query("fieldValidation", "Warn").Query("dryRun", "All").Post(t.Context(), odd, at...)
	if !errors.As(err, new(*kube.InvalidError)) {
		t.Errorf("got %v", err)
	}
	check("POST", "unknown field")
	_, err = own.Proxy().Get(t.Context(), "api/v1/componentstatuses")
	do(t, err)
	check(http.MethodGet, "deprecated")
}
