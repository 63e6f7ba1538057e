package live

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/kubetest"
)

func TestContact(t *testing.T) {
	server := kubetest.NewServer(t)
	outage := server.Inject(kubetest.Fault{Cut: true})
	c := start(t, server, "pods", "configmaps")
	if contact := c.Contact(); contact.Live || !contact.Last.IsZero() {
		t.Errorf("at first: %+v", contact)
	}
	until(t, c, "a fault", func() bool { return c.Contact().Err != nil })
	if contact := c.Contact(); contact.Live || !contact.Last.IsZero() || contact.Since.IsZero() {
		t.Errorf("never reached: %+v", contact)
	}
	outage.Remove()
	until(t, c, "contact", func() bool { return c.Contact().Live })
	up := c.Contact()
	if up.Err != nil || up.Last.IsZero() || up.Since.IsZero() {
		t.Errorf("live: %+v", up)
	}

	outage = server.Inject(kubetest.Fault{Cut: true})
	server.CutConnections()
	until(t, c, "the loss of contact", func() bool { return !c.Contact().Live && c.Contact().Err != nil })
	down := c.Contact()
	if down.Since.Before(up.Since) || down.Last.IsZero() || down.Last.After(time.Now()) {
		t.Errorf("stale: %+v, after %+v", down, up)
	}
	outage.Remove()
	until(t, c, "contact again", func() bool { return c.Contact().Live })
	if again := c.Contact(); again.Err != nil || again.Since.Before(down.Since) {
		t.Errorf("live again: %+v", again)
	}
}

// While some kinds are still being read, nothing has gone wrong yet.
func TestContactWhileReading(t *testing.T) {
	server := kubetest.NewServer(t)
	hold := server.Inject(kubetest.Fault{Path: "/api/v1/pods", Freeze: true})
	defer hold.Remove()
	c := start(t, server, "configmaps", "pods")
	synced(t, c, "configmaps")
	if contact := c.Contact(); contact.Live || contact.Err != nil {
		t.Errorf("%+v", contact)
	}
}

// A kind that the server refuses to show, or does not have, does not make all others
// stale; one that it fails to show does.
func TestContactOfOneKind(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault kubetest.Fault
		live  bool
	}{
		{"forbidden", kubetest.Fault{Path: "/api/v1/secrets", Status: http.StatusForbidden, Body: kubetest.StatusBody(403, "Forbidden", "no")}, true},
		{"absent", kubetest.Fault{Path: "/api/v1/secrets", Status: http.StatusNotFound, Body: kubetest.StatusBody(404, "NotFound", "none")}, true},
		{"failing", kubetest.Fault{Path: "/api/v1/secrets", Status: http.StatusInternalServerError, Body: kubetest.StatusBody(500, "InternalError", "broken")}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := kubetest.NewServer(t)
			server.Inject(test.fault)
			c := start(t, server, "pods", "secrets")
			synced(t, c, "pods")
			secrets, _ := c.Resource("secrets")
			until(t, c, "an answer", func() bool { return secrets.Status().Err != nil && c.Contact().Live == test.live })
			if test.live != (secrets.Refused() != nil) {
				t.Errorf("refused: %v", secrets.Refused())
			}
			if contact := c.Contact(); !test.live && !strings.Contains(contact.Err.Error(), "500") {
				t.Errorf("it says %v", contact.Err)
			}
		})
	}
}

func TestContactWhereAllIsForbidden(t *testing.T) {
	server := kubetest.NewServer(t)
	defer server.Forbid(kubetest.Access{})()
	c := start(t, server, "pods", "secrets")
	until(t, c, "a refusal", func() bool { return c.Contact().Err != nil })
	if contact := c.Contact(); contact.Live || !contact.Last.IsZero() {
		t.Errorf("%+v", contact)
	}
}
