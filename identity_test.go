package kube

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"testing"
)

// R15: who the server takes the program for.
func TestWhoAmIR15(t *testing.T) {
	inLab(t, says(201, `{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1","status":{"userInfo":{
		"username":"jane","uid":"7","groups":["dev","system:authenticated"],"extra":{"scopes":["a","b"]}}}}`), func(t *testing.T, l *lab) {
		u, err := l.WhoAmI(t.Context())
		if err != nil || u.Name() != "jane" || u.UID() != "7" {
			t.Fatalf("got %v, %v", u, err)
		}
		for range 2 { // what is given out can be overwritten
			groups, extra := u.Groups(), u.Extra()
			if !slices.Equal(groups, []string{"dev", "system:authenticated"}) || len(extra) != 1 || !slices.Equal(extra["scopes"], []string{"a", "b"}) {
				t.Errorf("got %v, %v", groups, extra)
			}
			groups[0], extra["scopes"][0] = "x", "x"
			clear(extra)
		}
		if got := l.requests(); !slices.Equal(got, []string{"POST /apis/authentication.k8s.io/v1/selfsubjectreviews"}) ||
			l.bodies[0] != `{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}` {
			t.Errorf("got %v %v", got, l.bodies)
		}
	})
	var nobody User
	if nobody.Name() != "" || nobody.UID() != "" || nobody.Groups() != nil || maps.Collect(maps.All(nobody.Extra())) == nil {
		t.Errorf("got %v", nobody)
	}
}

func TestCan(t *testing.T) {
	for action, want := range map[Action]string{
		{Verb: "get", Group: "apps", Resource: "deployments", Subresource: "scale", Namespace: "ns", Name: "a"}: `{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":` +
			`{"group":"apps","name":"a","namespace":"ns","resource":"deployments","subresource":"scale","verb":"get","version":"*"}}}`,
		{Verb: "get", Path: "/metrics"}: `{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"nonResourceAttributes":{"path":"/metrics","verb":"get"}}}`,
	} {
		for answer, allowed := range map[string]bool{`{"allowed":true}`: true, `{"allowed":false,"denied":true}`: false} {
			inLab(t, says(201, `{"kind":"SelfSubjectAccessReview","status":`+answer+`}`), func(t *testing.T, l *lab) {
				if got, err := l.Can(t.Context(), action); err != nil || got != allowed || l.bodies[0] != want {
					t.Errorf("got %v, %v for %s", got, err, l.bodies)
				}
			})
		}
	}
	inLab(t, says(201, `{}`), func(t *testing.T, l *lab) {
		for _, action := range []Action{{}, {Verb: "get"}, {Resource: "pods"}, {Verb: "get", Resource: "pods", Path: "/x"}} {
			if may, err := l.Can(t.Context(), action); may || !errors.As(err, new(*ArgumentError)) {
				t.Errorf("%v: got %v", action, err)
			}
		}
		if n := len(l.requests()); n != 0 {
			t.Errorf("%d requests", n)
		}
	})
}

// R15: what the server is.
func TestVersionR15(t *testing.T) {
	inLab(t, says(200, `{"major":"1","minor":"36","gitVersion":"v1.36.3","gitCommit":"c","gitTreeState":"clean",
		"buildDate":"2026-01-01T00:00:00Z","goVersion":"go1.26","compiler":"gc","platform":"linux/amd64"}`), func(t *testing.T, l *lab) {
		want := Version{"1", "36", "v1.36.3", "c", "clean", "2026-01-01T00:00:00Z", "go1.26", "gc", "linux/amd64"}
		if v, err := l.Version(t.Context()); v != want || v.String() != "v1.36.3" || err != nil {
			t.Errorf("got %+v, %v", v, err)
		}
	})
}

// Answers that say something else are errors, not nobody and no.
func TestBadReviews(t *testing.T) {
	for _, handler := range []http.HandlerFunc{says(201, `{}`), says(201, podText), says(201, `{"kind":"SelfSubjectReview"}`),
		says(201, `{"kind":"SelfSubjectAccessReview"}`), says(404, failed(404, "NotFound")), says(200, "[]")} {
		c := at(t, handler)
		if _, err := c.WhoAmI(t.Context()); !errors.As(err, new(Error)) {
			t.Errorf("got %v", err)
		}
		if may, err := c.Can(t.Context(), Action{Verb: "get", Resource: "pods"}); may || !errors.As(err, new(Error)) {
			t.Errorf("got %v", err)
		}
	}
	var zero Cluster
	if _, err := zero.Version(t.Context()); !errors.As(err, new(*ArgumentError)) {
		t.Errorf("got %v", err)
	}
	if _, err := zero.WhoAmI(t.Context()); !errors.As(err, new(*ArgumentError)) {
		t.Errorf("got %v", err)
	}
}
