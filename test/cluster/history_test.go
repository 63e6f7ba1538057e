package cluster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/kubeviews/kube/test/cluster"
)

// A message is any answer of the API server, or one line of a watch.
type message struct {
	Kind     string
	Metadata struct {
		Name, ResourceVersion, Continue string
		RemainingItemCount              int
	}
	Items   []message
	Type    string
	Object  *message
	Code    int
	Reason  string
	Message string
}

// ask makes one GET request and reads the whole answer: one message, or the lines of a
// watch, which should have a timeoutSeconds.
func ask(t *testing.T, base, path string, query ...string) (code int, answer []message) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	values, err := url.ParseQuery(strings.Join(query, "&"))
	if err != nil {
		t.Fatal(err)
	}
	code, body, err := get(ctx, base+path+"?"+values.Encode(), "")
	if err != nil {
		t.Fatal(err)
	}
	for lines := json.NewDecoder(strings.NewReader(body)); lines.More(); {
		var m message
		if err := lines.Decode(&m); err != nil {
			t.Fatalf("%s: %d: %v\n%s", path, code, err, body)
		}
		answer = append(answer, m)
	}
	return code, answer
}

// version is what a list says now.
func version(t *testing.T, base, path string) int64 {
	t.Helper()
	code, answer := ask(t, base, path, "limit=1")
	if code != http.StatusOK || len(answer) != 1 {
		t.Fatalf("%s: %d, %+v", path, code, answer)
	}
	n, err := strconv.ParseInt(answer[0].Metadata.ResourceVersion, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const configMaps, secrets = "/api/v1/namespaces/default/configmaps", "/api/v1/namespaces/default/secrets"

// createConfigMaps makes some with a name in common.
func createConfigMaps(t *testing.T, base, prefix string, count int) {
	t.Helper()
	for i := range count {
		body := fmt.Sprintf(`{"metadata": {"name": "%s-%d"}}`, prefix, i)
		response, err := http.Post(base+configMaps, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusCreated {
			t.Fatalf("%s: %v\n%s", response.Status, err, text)
		}
		response.Body.Close()
	}
}

// A past is what a client may hold of a resource when the server has gone on.
type past struct{ path, version, token string }

// holdPast reads the first page of two objects, and changes them afterwards.
func holdPast(t *testing.T, c *cluster.Cluster, path string) past {
	t.Helper()
	code, answer := ask(t, c.ProxyURL(), path, "limit=1")
	if code != http.StatusOK || len(answer) != 1 || answer[0].Metadata.Continue == "" {
		t.Fatalf("first page: %d, %+v", code, answer)
	}
	kubectl(t, c, "annotate", "--overwrite", "configmap,secret", "--all", "was="+answer[0].Metadata.ResourceVersion)
	return past{path, answer[0].Metadata.ResourceVersion, answer[0].Metadata.Continue}
}

// remembered checks whether the server still serves what follows on a past.
func (p past) remembered(t *testing.T, c *cluster.Cluster, want bool) {
	t.Helper()
	watch := openWatch(t, c.ProxyURL()+p.path+"?watch=1&resourceVersion="+p.version)
	first := watch.next(t)
	if got := first.Type == "MODIFIED"; watch.code != http.StatusOK || got != want {
		t.Errorf("watch %s from %s: %d, and first %+v", p.path, p.version, watch.code, first)
	}
	if !want {
		status := first.Object
		if first.Type != "ERROR" || status.Kind != "Status" || status.Code != http.StatusGone || status.Reason != "Expired" {
			t.Errorf("watch %s from %s says %s %+v", p.path, p.version, first.Type, status)
		}
		if more, err := watch.rest(); more != "" || err != nil {
			t.Errorf("after the error: %q, %v", more, err)
		}
	}
	rest, status := ask(t, c.ProxyURL(), p.path, "limit=1", "continue="+p.token)
	exact, _ := ask(t, c.ProxyURL(), p.path, "resourceVersionMatch=Exact", "resourceVersion="+p.version)
	wantCode := http.StatusOK
	if !want {
		wantCode = http.StatusGone
		// It offers the rest of a list that is not one.
		if status[0].Reason != "Expired" || status[0].Metadata.Continue == "" {
			t.Errorf("rest of %s: %+v", p.path, status[0])
		}
	}
	if rest != wantCode || exact != wantCode {
		t.Errorf("%s at %s: its rest is answered with %d, the list with %d, want %d", p.path, p.version, rest, exact, wantCode)
	}
}

func TestCompactAndForget(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Bare: true, Flags: map[cluster.Part][]string{
		cluster.APIServer: {"--watch-cache-sizes=secrets#0"},
	}})
	for _, name := range []string{"one", "two"} {
		kubectl(t, c, "create", "configmap", name)
		kubectl(t, c, "create", "secret", "generic", name)
	}
	cached, uncached := holdPast(t, c, configMaps), holdPast(t, c, secrets)
	cached.remembered(t, c, true)
	uncached.remembered(t, c, true)

	// Even the latest version, after which nothing has happened.
	now := fmt.Sprint(version(t, c.ProxyURL(), secrets))
	if err := c.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	past{secrets, now, uncached.token}.remembered(t, c, false)
	cached.remembered(t, c, true)
	uncached.remembered(t, c, false)

	latest := past{configMaps, fmt.Sprint(version(t, c.ProxyURL(), configMaps)), cached.token}
	if err := c.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	latest.remembered(t, c, false)
	cached.remembered(t, c, false)
	uncached.remembered(t, c, false)
	kubectl(t, c, "get", "configmap", "one", "two")
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Nodes: 1})
	url := c.ProxyURL()
	live := openWatch(t, url+configMaps+"?watch=1&fieldSelector=metadata.name=later-0&resourceVersion="+fmt.Sprint(version(t, url, configMaps)))
	backup, err := c.Backup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := version(t, url, configMaps)
	createConfigMaps(t, url, "later", 200)
	if got := live.next(t).Object.Metadata.Name; got != "later-0" {
		t.Errorf("a watch from before the backup has %s next", got)
	}
	ahead := version(t, url, configMaps)
	for range 2 {
		if err := c.Restore(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		if now := version(t, url, configMaps); now < before-1 || now >= ahead {
			t.Errorf("after a restore the version is %d; it was %d, then %d", now, before, ahead)
		}
		if code, _ := ask(t, url, configMaps+"/later-0"); code != http.StatusNotFound {
			t.Errorf("what was made after the backup is answered with %d", code)
		}
		createConfigMaps(t, url, "other", 1)
	}
	t.Run("watch from a version ahead", func(t *testing.T) {
		// It is silent, and even leaves out what happens.
		watch := openWatch(t, fmt.Sprintf("%s%s?watch=1&allowWatchBookmarks=true&timeoutSeconds=2&resourceVersion=%d", url, configMaps, ahead))
		createConfigMaps(t, url, "unseen", 1)
		if lines, err := watch.rest(); watch.code != http.StatusOK || lines != "" || err != nil {
			t.Errorf("it says %d, %q, %v", watch.code, lines, err)
		}
	})
	t.Run("list from a version ahead", func(t *testing.T) {
		code, answer := ask(t, url, configMaps, fmt.Sprintf("resourceVersion=%d", ahead))
		if code != http.StatusGatewayTimeout || !strings.Contains(answer[0].Message, "Too large resource version") {
			t.Errorf("it says %d, %+v", code, answer)
		}
	})
	t.Run("controllers", func(t *testing.T) {
		kubectl(t, c, "create", "deployment", "web", "--image=example.com/web")
		kubectl(t, c, "wait", "--for=condition=Available", "deployment/web", "--timeout=30s")
	})
}
