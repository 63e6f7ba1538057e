package web

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/examples/dashboard/live"
	"github.com/kubeviews/kube/kubetest"
)

// shows holds a page to what it must say, and must not.
func shows(t *testing.T, s *Server, status int, target string, wants, nots []string) {
	t.Helper()
	body := html.UnescapeString(get(t, s, status, target))
	for _, want := range wants {
		if !strings.Contains(body, want) {
			t.Errorf("%s lacks %q", target, want)
		}
	}
	for _, not := range nots {
		if strings.Contains(body, not) {
			t.Errorf("%s says %q", target, not)
		}
	}
}

// What the server refuses to show is not said to be none, nor to be read soon; and all
// else is counted as ever.
func TestRefusedFromTheStart(t *testing.T) {
	t.Parallel()
	node := map[string]any{"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": "n1"},
		"status": map[string]any{"allocatable": map[string]any{"cpu": "4", "memory": "8Gi", "pods": "110"}}}
	server := kubetest.NewServer(t, kubetest.WithObjects(configMap("default", "a"), node))
	for _, resource := range []string{"pods", "events", "daemonsets"} {
		defer server.Forbid(kubetest.Access{Resource: resource})()
	}
	s := begin(t, server.URL(), "pods", "events", "configmaps", "nodes", "deployments", "statefulsets", "daemonsets")
	until(t, s.cluster, func() bool {
		for _, r := range s.cluster.Resources() {
			if err, refused := r.Fault(); !refused && (err != nil || !r.Known()) {
				return false
			}
		}
		return len(s.cluster.Samples()) > 0
	})
	put(t, server, configMap("default", "b"))
	until(t, s.cluster, func() bool {
		all := s.cluster.Samples()
		return all[len(all)-1].Changes == 1
	})
	shows(t, s, 200, "/", []string{">Events cannot be shown.<", ">Pods cannot be shown.<", ">Daemon sets cannot be shown.<", ">– of 4<", ">– of 8.0 GiB<", ">– of 110<",
		`aria-label="Ready pods: not known"`, `aria-label="Restarts: not known"`, `aria-label="Changes per minute: 1 now, between 0 and 1 in the last `,
		"<h2>Changes</h2>\n  <p class=\"figure \">1</p>", `<p class="figure warn">0<small> of 1</small></p>`},
		[]string{"None in the last hour", "All 0", "between  and", "being read", `<p class="figure good">0</p>`})
	shows(t, s, 200, "/events", []string{"Cannot be shown: ", "forbidden", ">Events cannot be shown.<", "No snapshot yet."}, []string{"being read", "There are none"})
	shows(t, s, 503, "/pods/default/p1", []string{"Cannot be shown: ", "forbidden"}, []string{"not been read yet", "being read"})
	shows(t, s, 200, "/nodes/n1", []string{">– of 4 cores<", ">– of 110<", ">Events cannot be shown.<"}, nil)
	shows(t, s, 200, "/configmaps", []string{"One snapshot, at version "}, []string{"cannot be shown"})
}

// A cluster that was never reached does not look well, and says why it is not shown.
func TestNeverReached(t *testing.T) {
	t.Parallel()
	s := begin(t, "http://127.0.0.1:1", "nodes", "pods", "deployments", "statefulsets", "daemonsets", "events")
	until(t, s.cluster, func() bool {
		for _, r := range s.cluster.Resources() {
			if err, _ := r.Fault(); err == nil {
				return false
			}
		}
		return true
	})
	wants := []string{`<div id="stale" class="banner" role="alert">`, "Nothing can be shown of the cluster yet."}
	shows(t, s, 200, "/", append(wants, ">Nodes cannot be shown.<", ">Pods cannot be shown.<", ">Deployments cannot be shown.<", ">Events cannot be shown.<"),
		[]string{"0<small> of 0", "figure good", "None in the last hour", "There are none", "All 0", "between  and"})
	body := get(t, s, 200, "/")
	if n := strings.Count(body, `<p class="figure none">–</p>`); n != 6 {
		t.Errorf("%d figures are not known", n)
	}
	if !regexp.MustCompile(`<small>[^<]*connection refused[^<]*</small>\s*</div>`).MatchString(body) {
		t.Error("the reason cannot be read")
	}
	if menu := body[strings.Index(body, `id="menu"`):strings.Index(body, "<main")]; strings.Contains(menu, "<small>0</small>") {
		t.Error("the menu counts what is not known")
	}
	shows(t, s, 200, "/nodes", append(wants, "connection refused", ">Nodes cannot be shown.<"), []string{"being read", "There are none"})
	shows(t, s, 200, "/changes", append(wants, ">None are known.<", `aria-label="Changes per minute: not known"`), []string{"Nothing has changed"})
	shows(t, s, 503, "/nodes/n1", []string{"connection refused"}, []string{"being read"})
}

// What is still being read is not known either, and nothing is wrong.
func TestBeingRead(t *testing.T) {
	server := kubetest.NewServer(t)
	defer server.Inject(kubetest.Fault{Freeze: true}).Remove()
	s := begin(t, server.URL(), "nodes", "pods", "deployments", "statefulsets", "daemonsets", "events")
	const hidden = `class="banner" hidden`
	shows(t, s, 200, "/", []string{hidden, ">Nodes are being read.<", ">Pods are being read.<", ">Events are being read.<", `<p class="figure none">–</p>`, "<small>–</small>"}, []string{"cannot be shown", "figure good", "<small>0</small>"})
	shows(t, s, 200, "/pods", []string{hidden, ">Pods are being read.<"}, []string{"cannot be shown", "There are none"})
	shows(t, s, 503, "/pods/default/a", []string{"Pods are being read."}, nil)
}

// The reason stands in the banner, where it can be read.
func TestStaleBannerTellsWhy(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithObjects(configMap("default", "a")))
	s := serve(t, server.URL(), "configmaps")
	defer server.Inject(kubetest.Fault{Cut: true}).Remove()
	server.CutConnections()
	until(t, s.cluster, func() bool { return !s.cluster.Contact().Live })
	why := s.contact().Why
	shows(t, s, 200, "/configmaps", []string{"<strong>The cluster does not answer.</strong>", "<small>" + why + "</small>", "It goes on by itself"}, []string{"cannot be shown"})
	if why == "" {
		t.Error("there is no reason")
	}
}

func TestChartLabels(t *testing.T) {
	at := func(seconds int64, changes int64) live.Sample {
		return live.Sample{Time: time.Unix(seconds, 0), Changes: changes, OfPods: changes > 0, Ready: 7}
	}
	for _, test := range []struct {
		samples                         []live.Sample
		ready, changes, since, allSince string
	}{
		{nil, "not known", "not known", "not known", "not known"},
		{[]live.Sample{at(0, 0)}, "not known", "0 now", "not known", "from now on"},
		{[]live.Sample{at(0, 0), at(2, 5)}, "7 now", "5 now, between 0 and 5 in the last 2s", "from now on", "2s ago"},
	} {
		all := charts(test.samples, time.Unix(4, 0))
		if got := all[0].Label(); got != "Ready pods: "+test.ready {
			t.Error(got)
		}
		if got := all[1].Label(); got != "Changes per minute: "+test.changes {
			t.Error(got)
		}
		if all[0].Since() != test.since || all[1].Since() != test.allSince {
			t.Errorf("since %s, and %s", all[0].Since(), all[1].Since())
		}
	}
}

// A kind that was asked for by a name that the server does not know is in the menu, and
// its page waits for it.
func TestKindsThatAreNotFound(t *testing.T) {
	server := kubetest.NewServer(t)
	s := begin(t, server.URL(), "configmaps", "widgets.example.com")
	until(t, s.cluster, func() bool { return len(s.cluster.Absent()) > 0 })
	shows(t, s, 404, "/widgets.example.com", []string{
		`<p class="group">Others</p>`, `<a href="/widgets.example.com" aria-current="page"><span>widgets.example.com <span class="mark" role="img" aria-label="not found" title="not found">!</span></span><small>–</small></a>`,
		" data-problem>", "It is shown here once it has."}, []string{"does not follow"})
}

// A cluster that answers, and shows nothing any more, is not said to be silent.
func TestAllIsRefused(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithObjects(configMap("default", "a")))
	const silent, refuses = "does not answer", "The cluster does not let itself be read"
	s := serve(t, server.URL(), "configmaps", "pods")
	expired := server.Inject(kubetest.Fault{Status: 401, Body: kubetest.StatusBody(401, "Unauthorized", "the token has expired")})
	defer expired.Remove()
	server.CutConnections()
	until(t, s.cluster, func() bool { c := s.contact(); return c.State == "stale" && c.refused })
	shows(t, s, 200, "/configmaps", []string{refuses + " any more.", "the token has expired", "This is what was known as of ", ">a<"}, []string{silent})
	s = begin(t, server.URL(), "configmaps")
	until(t, s.cluster, func() bool { return s.cluster.Contact().Err != nil })
	shows(t, s, 200, "/configmaps", []string{refuses + ".", "the token has expired"}, []string{silent, "any more"})
}
