package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/test/cluster"
)

// reachable is an address of this machine that the API server does not refuse, as it
// does loopback ones.
func reachable(t *testing.T) netip.Addr {
	t.Helper()
	all, err := net.InterfaceAddrs()
	do(t, err)
	for _, a := range all {
		if at, err := netip.ParsePrefix(a.String()); err == nil && at.Addr().IsGlobalUnicast() {
			return at.Addr()
		}
	}
	t.Skip("this machine has no address but its loopback ones")
	return netip.Addr{}
}

// application is a pod of which a program on this machine answers the requests.
func application(t *testing.T, c *kube.Cluster, ns string, h http.HandlerFunc) items.Pod {
	t.Helper()
	ip := reachable(t)
	l, err := net.Listen("tcp", netip.AddrPortFrom(ip, 0).String())
	do(t, err)
	srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
	srv.Start()
	t.Cleanup(srv.Close)
	pod, err := c.Pods().In(ns).Create(t.Context(), fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0"},
		"spec":{"nodeName":"of-nobody","containers":[{"name":"main","image":"x","ports":[{"name":"http","containerPort":%d}]}]}}`, l.Addr().(*net.TCPAddr).Port))
	do(t, err)
	_, err = c.Proxy().As(kube.MergePatch).Patch(t.Context(), fmt.Appendf(nil, `{"status":{"phase":"Running","podIP":%q,"podIPs":[{"ip":%q}]}}`, ip, ip), pod.Link()+"/status")
	do(t, err)
	return pod
}

func clusterAt(t *testing.T, url string) *kube.Cluster {
	t.Helper()
	c, err := kube.NewCluster(kube.WithURL(url))
	do(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// askBy makes one request to the pod's port, by way of another proxy.
func askBy(ctx context.Context, url string, pod items.Pod, path string) (string, error) {
	c, err := kube.NewCluster(kube.WithURL(url))
	if err != nil {
		return "", err
	}
	defer c.Close()
	web, err := kube.Bind(c, pod).HTTP("http")
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, "GET", path, nil)
	if err != nil {
		return "", err
	}
	resp, err := web.Client().Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

// TestServiceProxyR14 goes by several proxies: below a path, at a socket, one that
// rejects, and one whose user may not.
func TestServiceProxyR14(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ns := namespace(t, c)
	pod := application(t, clusterAt(t, c.ProxyURL()), ns, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/from" {
			http.Redirect(w, r, "/to?x=1", http.StatusFound)
			return
		}
		http.Error(w, r.RequestURI, http.StatusForbidden)
	})
	prefixed := proxy(t, c, "--api-prefix=/k8s/clusters/one/")
	for _, url := range []string{c.ProxyURL(), "unix://" + c.ProxySocket(), prefixed.URL() + "/k8s/clusters/one"} {
		if got, err := askBy(t.Context(), url, pod, "/from"); err != nil || got != "/to?x=1\n" {
			t.Errorf("%s: got %q, %v", url, got, err)
		}
	}
	for what, url := range map[string]string{
		"kubectl":    proxy(t, c, "--reject-paths=^/api/.*/proxy/").URL(),
		"the server": proxy(t, c, "--context="+cluster.Developer).URL(),
	} {
		if _, err := askBy(t.Context(), url, pod, "/"); !errors.As(err, new(*kube.ForbiddenError)) {
			t.Errorf("%s rejects: %v", what, err)
		}
	}
	down := proxy(t, c)
	do(t, down.Stop())
	if _, err := askBy(t.Context(), down.URL(), pod, "/"); !errors.As(err, new(*kube.UnreachableError)) {
		t.Errorf("without a proxy: %v", err)
	}
}
