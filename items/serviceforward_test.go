package items_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
)

// tells has each of these ports of a pod say its number.
func tells(srv *kubetest.Server, pod string, ports ...int) {
	for _, port := range ports {
		srv.SetPort("shop", pod, port, func(c net.Conn) { fmt.Fprint(c, pod, ":", port) })
	}
}

func dialed(t *testing.T, f *items.PortForward, address string) string {
	t.Helper()
	c, err := f.DialContext(t.Context(), "tcp", address)
	do(t, err)
	defer c.Close()
	text, err := io.ReadAll(c)
	do(t, err)
	return string(text)
}

// R14: the ports of a service lead to those of one of its pods.
func TestServicePortForwardR14(t *testing.T) {
	srv, c := serve(t)
	tells(srv, "web-0", 80, 90, 5353, 7000, 8000)
	for service, ports := range map[string]map[string]string{
		"web": {"80": "8000", "http": "8000", "53": "5353", "dns-tcp": "5353", "90": "90"},
		"one": {"7000": "7000"}, // headless: targetPort says nothing
	} {
		f, err := serviceOf(t, c, service).PortForward(t.Context())
		do(t, err)
		for port, want := range ports {
			if got := dialed(t, f, "x:"+port); got != "web-0:"+want {
				t.Errorf("%s:%s leads to %s", service, port, got)
			}
		}
		do(t, f.Close())
	}
	f, err := serviceOf(t, c, "web").PortForward(t.Context())
	do(t, err)
	defer f.Close()
	l, err := f.Listen("127.0.0.1:0", 53)
	do(t, err)
	local, err := net.Dial("tcp", l.Addr().String())
	do(t, err)
	defer local.Close()
	if text, err := io.ReadAll(local); string(text) != "web-0:5353" || err != nil {
		t.Errorf("the listener leads to %q, %v", text, err)
	}
	for port, says := range map[string]string{
		"81": "there are http 80/TCP", "8000": "no such port", "132": "SCTP", "dns": "UDP", "8080": "no such port", "": "",
		"lost": `Pod web-0 does not have: bad port "unknown"`, "91": "there are main 8000",
	} {
		_, err := f.DialContext(t.Context(), "tcp", "x:"+port)
		if e := argument(t, err); e != nil && !strings.Contains(e.Error(), says) {
			t.Errorf("%s: %v", port, err)
		}
	}
	_, err = f.Listen("127.0.0.1:0", 81)
	argument(t, err)
}

// R14: a pod that is not ready, or is not the service's, is not taken.
func TestServicePortForwardPicksR14(t *testing.T) {
	srv, c := serve(t)
	none := func() {
		t.Helper()
		if _, err := serviceOf(t, c, "web").PortForward(t.Context()); !is[*kube.UnreachableError](err) || !strings.Contains(err.Error(), "no pod of the service is ready") {
			t.Errorf("got %v", err)
		}
	}
	change := func(pod string, path string, value any) {
		t.Helper()
		_, err := srv.Update("pods", "shop", pod, func(o kubetest.Object) { o.Put(value, strings.Split(path, ".")...) })
		do(t, err)
	}
	change("web-0", "status.conditions", []any{map[string]any{"type": "Ready", "status": "False"}})
	none()
	change("web-0", "metadata.labels", map[string]any{"app": "other"})
	change("web-0", "status.conditions", []any{map[string]any{"type": "Ready", "status": "True"}})
	none()
	change("web-0", "metadata.labels", map[string]any{"app": "web"})
	twin, err := srv.Get("pods", "shop", "web-0")
	do(t, err)
	twin.Put("web-1", "metadata", "name")
	twin.Put(nil, "metadata", "uid")
	_, err = srv.Put(twin)
	do(t, err)
	change("web-0", "status.conditions", []any{})
	tells(srv, "web-0", 8000)
	tells(srv, "web-1", 8000)
	f, err := serviceOf(t, c, "web").PortForward(t.Context())
	do(t, err)
	defer f.Close()
	if got := dialed(t, f, "x:80"); got != "web-1:8000" {
		t.Errorf("it leads to %s", got)
	}
}

// R14: a pod that goes away between the list and the forward is passed over.
func TestServicePortForwardPassesOverR14(t *testing.T) {
	srv, c := serve(t)
	twin, err := srv.Get("pods", "shop", "web-0")
	do(t, err)
	twin.Put("web-1", "metadata", "name")
	twin.Put(nil, "metadata", "uid")
	_, err = srv.Put(twin)
	do(t, err)
	tells(srv, "web-1", 8000)
	service := serviceOf(t, c, "web")
	srv.Inject(kubetest.Fault{Path: "/api/v1/namespaces/shop/pods/web-0/portforward", Status: 404,
		Body: []byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","details":{"name":"web-0","kind":"pods"},"code":404}`)})
	f, err := service.PortForward(t.Context())
	do(t, err)
	defer f.Close()
	if got := dialed(t, f, "x:80"); got != "web-1:8000" {
		t.Errorf("it leads to %s", got)
	}
}

func TestServicePortForwardRefusesR14(t *testing.T) {
	_, c := serve(t)
	_, err := serviceOf(t, c, "alias").PortForward(t.Context())
	argument(t, err)
	if _, err := serviceOf(t, c, "bare").PortForward(t.Context()); !is[*kube.StatusError](err) {
		t.Errorf("no selector: %v", err)
	}
	var none context.Context
	_, err = serviceOf(t, c, "web").PortForward(none)
	argument(t, err)
	_, err = items.Service{}.PortForward(t.Context())
	argument(t, err)
}

func TestServicePorts(t *testing.T) {
	_, c := serve(t)
	ports, err := serviceOf(t, c, "web").Ports()
	do(t, err)
	if len(ports) != 6 || ports[0].TargetPort.String() != "main" || ports[0].Protocol != "TCP" || ports[1].Protocol != "UDP" || ports[3].TargetPort.String() != "132" {
		t.Errorf("got %+v", ports)
	}
	if n, ok := ports[3].TargetPort.Int(); n != 132 || !ok {
		t.Errorf("got %d, %v", n, ok)
	}
}
