package cluster_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/kubeviews/kube/test/cluster"
)

// asDeveloper starts a proxy for Developer, and returns its URL.
func asDeveloper(t *testing.T, c *cluster.Cluster) string {
	t.Helper()
	proxy, err := c.StartProxy(t.Context(), "--context="+cluster.Developer)
	if err != nil {
		t.Fatal(err)
	}
	return proxy.URL()
}

func grant(t *testing.T, c *cluster.Cluster, rule cluster.Rule) *cluster.Grant {
	t.Helper()
	g, err := c.Grant(t.Context(), rule)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGrantAndRevoke(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Bare: true})
	developer := asDeveloper(t, c)
	rule := cluster.Rule{Namespace: "default", Resource: "configmaps", Verbs: []string{"list", "watch"}}
	refused := func(when string, path string, query ...string) {
		t.Helper()
		code, answer := ask(t, developer, path, query...)
		if code != http.StatusForbidden || answer[0].Kind != "Status" || answer[0].Reason != "Forbidden" {
			t.Errorf("%s %s%v is answered with %d, %+v", when, path, query, code, answer)
		}
	}
	refused("before the grant", configMaps)
	granted := grant(t, c, rule)
	from := version(t, developer, configMaps)
	refused("without a grant", secrets)
	refused("without a grant", "/api/v1/configmaps")

	live := openWatch(t, fmt.Sprintf("%s%s?watch=1&resourceVersion=%d", developer, configMaps, from))
	if err := granted.Revoke(t.Context()); err != nil {
		t.Fatal(err)
	}
	refused("after it was revoked", configMaps)
	refused("after it was revoked", configMaps, "watch=1", "timeoutSeconds=1")
	// What was opened before goes on, and says more.
	createConfigMaps(t, c.ProxyURL(), "secretly", 1)
	if event := live.next(t); event.Type != "ADDED" || event.Object.Metadata.Name != "secretly-0" {
		t.Errorf("the watch goes on with %+v", event)
	}

	grant(t, c, rule)
	version(t, developer, configMaps)
	// Everywhere, of another group, and a part of a resource.
	grant(t, c, cluster.Rule{Resource: "configmaps", Verbs: []string{"list"}})
	version(t, developer, "/api/v1/configmaps")
	grant(t, c, cluster.Rule{Group: "apps", Resource: "deployments/scale", Namespace: "default", Verbs: []string{"get"}})
	if code, _ := ask(t, developer, "/apis/apps/v1/namespaces/default/deployments/none/scale"); code != http.StatusNotFound {
		t.Errorf("the scale of nothing is answered with %d", code)
	}
	if _, err := c.Grant(t.Context(), cluster.Rule{Resource: "pods"}); err == nil {
		t.Error("nothing is granted")
	}
}

// TestOverload lets one request take the only place there is.
func TestOverload(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Bare: true, Flags: map[cluster.Part][]string{
		cluster.APIServer: {"--enable-priority-and-fairness=false", "--max-requests-inflight=1"},
	}})
	developer := asDeveloper(t, c)
	grant(t, c, cluster.Rule{Resource: "configmaps", Verbs: []string{"list", "watch"}})
	if err := c.Freeze(cluster.Etcd); err != nil {
		t.Fatal(err)
	}
	defer c.Thaw(cluster.Etcd)
	held := make(chan error, 1)
	go func() { held <- holdPlace(t.Context(), developer+configMaps) }()
	eventually(t, func() error { return refusedForNow(developer + configMaps + "?resourceVersion=0") })
	// Neither Admin nor a watch needs a place.
	mustGet(t, c.ProxyURL()+configMaps+"?resourceVersion=0", "")
	if code, answer := ask(t, developer, configMaps, "watch=1", "resourceVersion=0", "timeoutSeconds=1"); code != http.StatusOK {
		t.Errorf("a watch is answered with %d, %+v", code, answer)
	}
	if err := c.Thaw(cluster.Etcd); err != nil {
		t.Fatal(err)
	}
	if err := <-held; err != nil {
		t.Errorf("the request that was there first: %v", err)
	}
	eventually(t, func() error { return gotten(t, developer+configMaps, "") })
}

// holdPlace asks for what needs etcd, again as long as there is no place for it.
func holdPlace(ctx context.Context, url string) error {
	for {
		code, body, err := get(ctx, url, "")
		switch {
		case err != nil:
			return err
		case code == http.StatusOK:
			return nil
		case code != http.StatusTooManyRequests:
			return fmt.Errorf("%d: %s", code, body)
		}
	}
}

// refusedForNow wants the answer to be that there are too many requests, which is not
// JSON.
func refusedForNow(url string) error {
	response, err := http.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body := make([]byte, 1000)
	n, _ := response.Body.Read(body)
	text, after := strings.TrimSpace(string(body[:n])), response.Header.Get("Retry-After")
	if response.StatusCode != http.StatusTooManyRequests || after != "1" || text != "Too many requests, please try again later." {
		return fmt.Errorf("%s, Retry-After %q, %q", response.Status, after, text)
	}
	return nil
}
