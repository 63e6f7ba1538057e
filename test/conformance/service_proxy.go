package conformance

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
)

func serviceProxyTests() map[string]func(*place) {
	return map[string]func(*place){
		"R14 service HTTP":                 spoken,
		"R14 service HTTP, nobody answers": spokenToNobody,
		"R14 service port forward":         serviceForwarded,
		"R14 service port forward, no pod": serviceForwardedNowhere,
	}
}

// serviceWith makes a Service with these ports.
func (p *place) serviceWith(name string, selector object, ports ...object) items.Service {
	p.Helper()
	spec := object{"ports": ports}
	if selector != nil {
		spec["selector"] = selector
	}
	p.post(p.path("v1", "services"), object{"apiVersion": "v1", "kind": "Service", "metadata": p.named(name), "spec": spec})
	return must[items.Service](p)(p.cluster.Services().In(p.namespace).Fetch(p.ctx, name))
}

// application listens where the API server goes: it refuses loopback addresses, and
// wants the endpoint to be a pod's. kubetest goes to no endpoint at all.
func (p *place) application(service string, h http.HandlerFunc) {
	p.Helper()
	if !p.env.Lives {
		p.Skip("the server reaches no endpoints")
	}
	ip := p.reachable()
	l, err := net.Listen("tcp", netip.AddrPortFrom(ip, 0).String())
	p.must(err)
	srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
	srv.Start()
	p.root.Cleanup(srv.Close)
	spec := running()
	spec["nodeName"] = "of-nobody" // so that nobody else writes the status
	p.post(p.path("v1", "pods"), object{"apiVersion": "v1", "kind": "Pod", "metadata": p.named(service), "spec": spec})
	p.mergePatch(p.path("v1", "pods", service, "status"), object{"status": object{
		"phase": "Running", "podIP": ip.String(), "podIPs": []object{{"ip": ip.String()}},
	}})
	p.post(p.path("v1", "endpoints"), object{"apiVersion": "v1", "kind": "Endpoints", "metadata": p.named(service), "subsets": []object{{
		"addresses": []object{{"ip": ip.String(), "targetRef": object{"kind": "Pod", "namespace": p.namespace, "name": service}}},
		"ports":     []object{{"name": "http", "port": l.Addr().(*net.TCPAddr).Port}, {"name": "dead", "port": 1}},
	}}})
}

func (p *place) reachable() netip.Addr {
	p.Helper()
	all, err := net.InterfaceAddrs()
	p.must(err)
	for _, a := range all {
		if at, err := netip.ParsePrefix(a.String()); err == nil && at.Addr().IsGlobalUnicast() {
			return at.Addr()
		}
	}
	p.Skip("this machine has no address but its loopback ones")
	return netip.Addr{}
}

// asked is the answer to one request, and its body.
func asked(p *place, proxy *items.HTTPProxy, method, url, body string) (*http.Response, string) {
	p.Helper()
	req, err := http.NewRequestWithContext(p.ctx, method, url, strings.NewReader(body))
	p.must(err)
	resp, err := proxy.Client().Do(req)
	p.must(err)
	text, err := io.ReadAll(resp.Body)
	p.must(errors.Join(err, resp.Body.Close()))
	return resp, string(text)
}

func spoken(p *place) {
	service := p.serviceWith("web", nil, object{"name": "http", "port": 80}, object{"name": "dead", "port": 81}, object{"name": "none", "port": 82})
	p.application("web", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch to := r.URL.Query().Get("to"); {
		case r.URL.Path == "/cut":
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, strings.Repeat("x", 500))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case to != "":
			w.Header().Set("Location", strings.ReplaceAll(to, "HOST", r.Host))
			w.WriteHeader(http.StatusFound)
		default:
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprintf(w, "%s %s %d", r.Method, r.RequestURI, len(body))
		}
	})
	for _, port := range []string{"http", "80"} {
		proxy := must[*items.HTTPProxy](p)(service.HTTP(port))
		long := strings.Repeat("x", 1<<20)
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			resp, text := asked(p, proxy, method, "http://web/a%20b/%3F%25/?x=1;y=%zz&path=q", long)
			same(p, "the answer", text, method+" /a%20b/%3F%25/?x=1;y=%zz&path=q 1048576")
			same(p, "the code", resp.StatusCode, http.StatusNotFound)
		}
		for to, want := range map[string]string{
			"/": "/", "/login%3Fa=b": "/login?a=b", "next/": "/dir/next/", "http://HOST/there": "/there", "http://web:80/x": "/x",
		} {
			_, text := asked(p, proxy, "GET", "/dir/page?to="+to, "")
			same(p, "redirected to "+to, text, "GET "+want+" 0")
		}
	}
	proxy := must[*items.HTTPProxy](p)(service.HTTP("http"))
	_, err := proxy.Client().Get("/?to=https://example.com/")
	refused[*kube.ArgumentError](p, "a redirect elsewhere", err)
	if resp, err := proxy.Client().Get("/cut"); err == nil {
		_, err = io.ReadAll(resp.Body)
		refused[*kube.UnreachableError](p, "an answer that breaks", errors.Join(err, resp.Body.Close()))
	} else {
		refused[*kube.UnreachableError](p, "an answer that breaks", err)
	}
	for _, port := range []string{"dead", "none", "81", "82"} {
		unanswered(p, must[*items.HTTPProxy](p)(service.HTTP(port)))
	}
	unanswered(p, must[*items.HTTPProxy](p)(service.HTTP("80", items.OverTLS()))) // it speaks no TLS
}

// unanswered expects the API server to say that there is no answer.
func unanswered(p *place, proxy *items.HTTPProxy) {
	p.Helper()
	_, err := proxy.Client().Get("")
	e := refused[*kube.UnreachableError](p, "nobody answers", err)
	same(p, "the code", e.Code, http.StatusServiceUnavailable)
	same(p, "the reason", e.Reason, "ServiceUnavailable")
}

func spokenToNobody(p *place) {
	service := p.serviceWith("web", object{"which": "nothing"}, object{"name": "http", "port": 80}, object{"name": "dns", "port": 53, "protocol": "UDP"})
	proxy := must[*items.HTTPProxy](p)(service.HTTP("http"))
	p.eventually(func() error { // the endpoints of a new service are written later
		if _, err := proxy.Client().Get("/"); errors.As(err, new(*kube.NotFoundError)) {
			return err
		}
		return nil
	})
	unanswered(p, proxy)
	for _, port := range []string{"", "81", "dns", "53", "none"} {
		_, err := service.HTTP(port)
		refused[*kube.ArgumentError](p, "the port "+port, err)
	}
	p.send("DELETE", p.path("v1", "services", "web"), "", nil)
	gone := must[*items.HTTPProxy](p)(service.HTTP("80")).Client()
	var err error
	p.eventually(func() error { // the API server's proxy knows a little later, and finds no endpoints
		if _, err = gone.Get("/"); !errors.As(err, new(*kube.NotFoundError)) {
			return fmt.Errorf("no service: %v", err)
		}
		return nil
	})
	refused[*kube.NotFoundError](p, "no service", err)
}

func serviceForwarded(p *place) {
	service := p.serviceWith("web", object{"which": "one"}, object{"name": "echo", "port": 8080, "targetPort": 80},
		object{"name": "dns", "port": 53, "protocol": "UDP"}, object{"name": "lost", "port": 81, "targetPort": "lost"})
	p.live("one")
	if !p.env.Lives {
		p.mergePatch(p.path("v1", "pods", "one", "status"), object{"status": object{
			"phase": "Running", "conditions": []object{{"type": "Ready", "status": "True"}},
		}})
	}
	var f *items.PortForward
	p.eventually(func() (err error) {
		f, err = service.PortForward(p.ctx)
		return err
	})
	defer f.Close()
	for _, port := range []string{"8080", "echo"} {
		echoed(p, must[net.Conn](p)(f.DialContext(p.ctx, "tcp", "web:"+port)), strings.Repeat("x\x00\xff\n", 20_000))
	}
	for _, port := range []string{"80", "53", "81", "none", "0"} {
		_, err := f.DialContext(p.ctx, "tcp", "web:"+port)
		refused[*kube.ArgumentError](p, "the port "+port, err)
	}
	l := must[*items.PortListener](p)(f.Listen("127.0.0.1:0", 8080))
	echoed(p, must[io.ReadWriteCloser](p)(dialed(p.ctx, l.Addr().String())), "hello")
	p.must(l.Close())
}

func serviceForwardedNowhere(p *place) {
	_, err := p.serviceWith("empty", object{"which": "nothing"}, object{"port": 80}).PortForward(p.ctx)
	refused[*kube.UnreachableError](p, "no pod", err)
	_, err = p.serviceWith("bare", nil, object{"port": 80}).PortForward(p.ctx)
	refused[*kube.StatusError](p, "no selector", err)
}
