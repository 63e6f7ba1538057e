package live

import (
	"net/http"
	"slices"
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
	if contact := c.Contact(); contact.Live || !contact.Last.IsZero() || contact.Behind != nil {
		t.Errorf("never reached: %+v", contact)
	}
	outage.Remove()
	until(t, c, "contact", func() bool { return c.Contact().Live })
	up := c.Contact()
	if up.Err != nil || up.Last.IsZero() {
		t.Errorf("live: %+v", up)
	}

	outage = server.Inject(kubetest.Fault{Cut: true})
	server.CutConnections()
	until(t, c, "the loss of contact", func() bool { return !c.Contact().Live && c.Contact().Err != nil })
	down := c.Contact()
	if down.Last.Before(up.Last) || down.Last.After(time.Now()) || down.Behind != nil {
		t.Errorf("stale: %+v, after %+v", down, up)
	}
	outage.Remove()
	until(t, c, "contact again", func() bool { return c.Contact().Live && c.Contact().Behind == nil })
	if again := c.Contact(); again.Err != nil || !again.Last.After(down.Last) {
		t.Errorf("live again: %+v", again)
	}
}

// While some kinds are still being read, nothing has gone wrong with them.
func TestContactWhileReading(t *testing.T) {
	server := kubetest.NewServer(t)
	hold := server.Inject(kubetest.Fault{Path: "/api/v1/pods", Freeze: true})
	defer hold.Remove()
	all := server.Inject(kubetest.Fault{Freeze: true})
	c := start(t, server, "configmaps", "pods")
	if contact := c.Contact(); contact.Live || contact.Err != nil {
		t.Errorf("at first: %+v", contact)
	}
	all.Remove()
	synced(t, c, "configmaps")
	if contact := c.Contact(); !contact.Live || contact.Behind != nil {
		t.Errorf("%+v", contact)
	}
}

// A kind that fails alone is behind, and the others are not. One that the server does
// not show from the start is not expected to be there.
func TestContactOfOneKind(t *testing.T) {
	for _, test := range []struct {
		name            string
		status          int
		body            []byte
		refused, behind bool
	}{
		{"forbidden", http.StatusForbidden, kubetest.StatusBody(403, "Forbidden", "no"), true, false},
		{"absent", http.StatusNotFound, kubetest.StatusBody(404, "NotFound", "none"), true, false},
		{"failing", http.StatusInternalServerError, kubetest.StatusBody(500, "InternalError", "broken"), false, true},
		{"nonsense", http.StatusOK, []byte(`{"kind":"SecretList","apiVersion":"v1","items":7}`), false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := kubetest.NewServer(t)
			server.Inject(kubetest.Fault{Path: "/api/v1/secrets", Status: test.status, Body: test.body})
			c := start(t, server, "pods", "secrets")
			synced(t, c, "pods")
			secrets, _ := c.Resource("secrets")
			until(t, c, "an answer", func() bool { return secrets.Status().Err != nil })
			if err, refused := secrets.Fault(); err == nil || refused != test.refused {
				t.Errorf("refused: %v, %v", err, refused)
			}
			contact := c.Contact()
			if !contact.Live || contact.Err != nil || slices.Contains(contact.Behind, secrets) != test.behind || len(contact.Behind) > 1 {
				t.Errorf("%+v", contact)
			}
			pods, _ := c.Resource("pods")
			if err, refused := pods.Fault(); err != nil || refused {
				t.Errorf("pods are faulty: %v, %v", err, refused)
			}
		})
	}
}

// A kind that was shown and is refused then is behind.
func TestContactOfAKindThatIsRefusedLater(t *testing.T) {
	server := kubetest.NewServer(t)
	c := start(t, server, "pods", "secrets")
	synced(t, c, "pods", "secrets")
	defer server.Forbid(kubetest.Access{Resource: "secrets"})()
	server.CutConnections()
	secrets, _ := c.Resource("secrets")
	until(t, c, "it to be behind", func() bool {
		contact := c.Contact()
		return contact.Live && slices.Equal(contact.Behind, []*Resource{secrets})
	})
}

// All kinds go with a connection that is cut, also where one has failed before: then
// the contact is lost, says so by what cut it, and does not come and go until the
// server is back.
func TestContactOfManyKinds(t *testing.T) {
	server := kubetest.NewServer(t)
	server.Inject(kubetest.Fault{Path: "/api/v1/secrets", Status: http.StatusInternalServerError, Body: kubetest.StatusBody(500, "InternalError", "broken")})
	names := []string{"secrets", "pods", "configmaps", "nodes", "services", "deployments", "jobs", "events"}
	c := start(t, server, names...)
	synced(t, c, names[1:]...)
	until(t, c, "one to be behind", func() bool { return c.Contact().Live && len(c.Contact().Behind) == 1 })
	outage := server.Inject(kubetest.Fault{Cut: true})
	server.CutConnections()
	until(t, c, "the loss of contact", func() bool { return !c.Contact().Live })
	looks := len(server.Requests()) + 40
	until(t, c, "more attempts", func() bool {
		if contact := c.Contact(); contact.Live || contact.Behind != nil || strings.Contains(contact.Err.Error(), "500") {
			t.Fatalf("while it is cut: %+v", contact)
		}
		return len(server.Requests()) > looks
	})
	outage.Remove()
	until(t, c, "all but one", func() bool { return c.Contact().Live && len(c.Contact().Behind) == 1 })
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
