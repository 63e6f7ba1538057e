package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/examples/dashboard/demo"
	"github.com/kubeviews/kube/examples/dashboard/live"
	"github.com/kubeviews/kube/examples/dashboard/web"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
)

var screenshots = flag.String("screenshots", "", "the `folder` that the screenshots are written to")

// scene is a dashboard of a cluster in memory, in which nothing happens by itself.
type scene struct {
	*demo.World
	api  *kube.Cluster
	live *live.Cluster
	url  string
}

// changed is an object of a kind that is there and has changed.
func (s *scene) changed(resource string) items.Item {
	r, _ := s.live.Resource(resource)
	snapshot := r.Snapshot()
	for _, c := range s.live.Latest(0, 1, func(c live.Change) bool {
		_, there := snapshot.Get(c.Item.Namespace(), c.Item.Name())
		return there && c.Resource == r && c.Diff.Len() > 2
	}) {
		return c.Item
	}
	return snapshot.At(0)
}

func newScene(t *testing.T) *scene {
	t.Helper()
	world, err := demo.Start(t.Context(), demo.Options{ChangesPerSecond: -1})
	if err != nil {
		t.Fatal(err)
	}
	api, err := kube.NewCluster(kube.WithURL(world.URL()))
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := live.Start(t.Context(), api, strings.Split(kindsShown, ",")...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(web.New(cluster, "demo cluster"))
	t.Cleanup(func() {
		server.CloseClientConnections() // the streams end when their readers go
		server.Close()
		cluster.Close()
		api.Close()
		world.Close()
	})
	s := &scene{world, api, cluster, server.URL}
	s.until(t, func() bool {
		return !slices.ContainsFunc(cluster.Resources(), func(r *live.Resource) bool { return r.Snapshot().Version() == "" })
	})
	return s
}

// tab is a tab of a headless Chromium.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string

	begun  bool
	mu     sync.Mutex
	faults []string // what the page has complained of
}

// chromium is where Debian, and others, have it; "" when it is not there.
func chromium() string {
	for _, path := range []string{os.Getenv("CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"} {
		if _, err := os.Stat(path); path != "" && err == nil {
			return path
		}
	}
	return ""
}

func newTab(t *testing.T, s *scene) *tab {
	t.Helper()
	path := chromium()
	if path == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no Chromium: make test installs it")
		}
		t.Skip("there is no Chromium: set CHROMIUM to its path")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.WindowSize(1440, 1000))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	b := &tab{t: t, url: s.url}
	ctx, cancel := chromedp.NewContext(ctx, chromedp.WithListener(b.hear))
	b.ctx = ctx
	t.Cleanup(func() {
		cancel()
		stop()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, fault := range b.faults {
			t.Error("the page says:", fault)
		}
	})
	b.run(command(log.Enable, cdp.Empty{}))
	return b
}

// hear notes exceptions, and what breaks the policy of the page.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			b.faults = append(b.faults, e.Entry.Text)
		}
	}
}

// command sends a command of the browser's protocol.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// scheme is what the system would have the colours be.
func scheme(name string) chromedp.Action[chromedp.Void] {
	return command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
}

func (b *tab) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := b.ctx, context.CancelFunc(func() {})
	if b.begun { // the first call's context is the browser's
		ctx, cancel = context.WithTimeout(b.ctx, time.Minute)
	}
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
	b.begun = true
}

func (b *tab) open(path string) {
	b.t.Helper()
	b.run(chromedp.Navigate(b.url+path), chromedp.WaitReady(chromedp.CSS("#main")))
}

// until waits until an expression of JavaScript is true, also of the page that comes
// next.
func (b *tab) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		met, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if met && err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			text, _ := chromedp.Run(b.ctx, chromedp.TextContent(chromedp.CSS("main")))
			b.t.Fatalf("waiting for %s: %v\n%.2000s", expression, err, text)
		}
	}
}

// js evaluates an expression.
func js[V any](b *tab, expression string) V {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[V](expression))
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// names are those of the rows.
const names = `[...document.querySelectorAll("#rows a.name")].map(a => a.textContent)`

func TestBrowserFiltersSortsAndPages(t *testing.T) {
	b := newTab(t, newScene(t))
	b.open("/pods")
	if n := js[int](b, names+".length"); n != 50 {
		t.Errorf("%d rows on the first page", n)
	}
	b.run(chromedp.SendKeys(chromedp.CSS(`input[name=q]`), "postgres"))
	b.until(names + `.length > 0 && ` + names + `.every(n => n.includes("postgres")) && location.search === "?q=postgres"`)

	b.open("/pods")
	b.run(chromedp.SetValue(chromedp.CSS(`select[name=ns]`), "shop"), chromedp.SendKeys(chromedp.CSS(`input[name=fields]`), "status.phase=Running"), chromedp.Click(chromedp.CSS("#filter button")))
	b.until(`location.search.includes("ns=shop") && [...document.querySelectorAll("#rows tr")].every(r => r.cells[1].textContent === "shop" && r.cells[3].textContent !== "Pending")`)
	js[string](b, `document.querySelector("input[name=fields]").value = ""`)
	b.run(chromedp.SendKeys(chromedp.CSS(`input[name=fields]`), "nonsense"))
	b.until(`document.querySelector("#fault").textContent.includes("field selector")`)

	b.open("/pods")
	const restarts = `[...document.querySelectorAll("#rows tr")].map(r => +r.cells[4].textContent)`
	b.run(chromedp.Click(chromedp.CSS(`th:nth-child(5) a`)))
	b.until(`document.querySelector("th[aria-sort=ascending]")?.textContent === "Restarts"`)
	b.run(chromedp.Click(chromedp.CSS(`th:nth-child(5) a`)))
	b.until(`document.querySelector("th[aria-sort=descending]")?.textContent === "Restarts" && ` + restarts + `[0] > 10`)
	if all := js[[]float64](b, restarts); !slices.IsSortedFunc(all, func(a, b float64) int { return int(b - a) }) {
		t.Errorf("not sorted: %v", all)
	}
	first := js[string](b, names+"[0]")
	b.run(chromedp.Click(chromedp.CSS(`.pages a[aria-label="Page 2"]`)))
	b.until(`location.search.includes("page=2") && ` + names + `[0] !== "` + first + `"`)
	b.run(chromedp.Click(chromedp.CSS("#rows a.name")))
	b.until(`location.pathname.split("/").length === 4 && document.querySelector("#yaml").textContent.includes("kind: Pod")`)
}

// What is too long to be asked for takes the place of the rows, and going back brings
// them again.
func TestBrowserTooLong(t *testing.T) {
	b := newTab(t, newScene(t))
	b.open("/pods")
	js[bool](b, `(() => { const q = document.querySelector("input[name=q]"); q.value = "x".repeat(3000); return q.dispatchEvent(new Event("input", { bubbles: true })); })()`)
	b.until(`"problem" in document.body.dataset && !document.querySelector("#rows")`)
	b.open("/pods")
	b.until(names + ".length === 50")
}

// Where nothing of its kind happens, a page looks again all the same, for its ages and
// its menu.
func TestBrowserLooksAgain(t *testing.T) {
	b := newTab(t, newScene(t))
	b.open("/storageclasses")
	const looks = `performance.getEntriesByType("resource").filter(e => e.name.endsWith("/storageclasses")).length`
	b.until(looks + " === 1") // with the first tick
	b.until("flight === null")
	js[float64](b, "last -= aged + 1000")
	b.until(looks + " === 2")
}

func TestBrowserShowsAChangeAsItHappens(t *testing.T) {
	s := newScene(t)
	b := newTab(t, s)
	deployments, err := s.api.Deployments().In("shop").List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	deployment := deployments.At(0)
	link := "/deployments/shop/" + deployment.Name()
	b.open(link)
	js[bool](b, `window.same = document.querySelector("#managers details").open = true`)
	if _, err := deployment.Labels().Set(t.Context(), "reviewed", "yes"); err != nil {
		t.Fatal(err)
	}
	b.until(`document.querySelector("#changes")?.textContent.includes("metadata.labels.reviewed") && document.querySelector("#facts").textContent.includes("reviewed=yes")`)
	if !js[bool](b, `window.same === true`) {
		t.Error("the page was loaded anew")
	}
	if !js[bool](b, `document.querySelector("#managers details[open]") !== null`) {
		t.Error("what was opened is closed")
	}
	b.open("/changes")
	b.until(`document.querySelector("#changes a[href='` + link + `']") !== null`)
	if err := deployment.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.until(`document.querySelector("#changes").textContent.includes("deleted")`)
	b.open(link)
	b.until(`document.querySelector("h1").textContent.includes("gone")`)
}

// What has not changed is left alone: a reader keeps the place, the focus and the
// selection, whatever happens to other rows, and what has changed is shown and marked.
func TestBrowserLeavesAloneWhatHasNotChanged(t *testing.T) {
	s := newScene(t)
	b := newTab(t, s)
	b.run(command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{ // so that marks stay
		Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}}))
	b.open("/deployments?sort=ready")
	keys := js[[]string](b, `[...document.querySelectorAll("#rows tr")].map(r => r.dataset.key)`)
	gone, focused, selected, changed, top := keys[0], keys[10], keys[11], keys[12], keys[1]
	row := func(key string) string { return `document.querySelector("#rows tr[data-key='` + key + `']")` }
	js[bool](b, `getSelection().selectAllChildren(`+row(selected)+`), window.kept = `+row(focused)+`.querySelector("a.name"), kept.focus(), scrollTo(0, 77), true`)
	selection := js[string](b, `getSelection().toString()`)
	undisturbed := func(when string) {
		t.Helper()
		if !js[bool](b, `document.activeElement === kept && kept.isConnected && kept.closest("tr") === `+row(focused)) {
			t.Errorf("%s: the focus is lost", when)
		}
		if got := js[string](b, `getSelection().toString()`); got != selection || got == "" {
			t.Errorf("%s: the selection of %q is one of %q", when, selection, got)
		}
	}
	s.ready(t, changed, -1)
	b.until(row(changed) + `.textContent.includes("-1/")`)
	undisturbed("a row changes")
	if y := js[int](b, `scrollY`); y != 77 {
		t.Errorf("it is scrolled to %d", y)
	}
	if marked := js[[]string](b, `[...document.querySelectorAll("#rows [data-fresh]")].map(r => r.dataset.key)`); !slices.Equal(marked, []string{changed}) {
		t.Errorf("%s has changed, and %s are marked", changed, marked)
	}
	namespace, name, _ := strings.Cut(gone, "/")
	if err := s.Server().Remove("deployments", namespace, name); err != nil {
		t.Fatal(err)
	}
	b.until(row(gone) + ` === null`)
	undisturbed("a row goes")
	s.ready(t, top, 900)
	b.until(row(top) + `.rowIndex > 20`)
	undisturbed("the first row becomes the last")
	if _, err := s.Server().Put(map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "new", "namespace": namespace},
		"spec": map[string]any{"replicas": 500}}); err != nil {
		t.Fatal(err)
	}
	b.until(row(namespace+"/new") + `?.rowIndex === 1`)
	undisturbed("a row comes")
	s.ready(t, focused, -900)
	b.until(row(focused) + `.rowIndex === 1`)
	undisturbed("the row moves")
	js[bool](b, `(kept = `+row(focused)+`.nextElementSibling.querySelector("a.name"), true)`)
	namespace, name, _ = strings.Cut(focused, "/")
	if err := s.Server().Remove("deployments", namespace, name); err != nil {
		t.Fatal(err)
	}
	b.until(row(focused) + ` === null`)
	if !js[bool](b, `document.activeElement === kept`) {
		t.Errorf("the row with the focus goes, and the next does not have it: %s", js[string](b, `document.activeElement.outerHTML`))
	}
}

// What comes before a line, or a workload, does not put another text under the
// selection, nor another link under the focus.
func TestBrowserLeavesLinesAlone(t *testing.T) {
	s := newScene(t)
	put := func(object map[string]any) {
		t.Helper()
		if _, err := s.Server().Put(object); err != nil {
			t.Fatal(err)
		}
	}
	config := func(data map[string]any) map[string]any {
		return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "lines", "namespace": "shop"}, "data": data}
	}
	put(config(map[string]any{"b": "1", "c": "2", "d": "3", "e": "4"}))
	s.until(t, func() bool {
		r, _ := s.live.Resource("configmaps")
		_, ok := r.Snapshot().Get("shop", "lines")
		return ok
	})
	b := newTab(t, s)
	b.open("/configmaps/shop/lines")
	const lines = `[...document.querySelectorAll("#yaml .l")]`
	js[bool](b, `(getSelection().selectAllChildren(`+lines+`.find(l => l.textContent.trim().startsWith("d:"))), window.kept = getSelection().anchorNode, true)`)
	selection := js[string](b, `getSelection().toString()`)
	put(config(map[string]any{"a": "new", "aa": "new", "b": "other", "d": "3", "e": "4", "f": "5", "g": "6"}))
	b.until(lines + `.some(l => l.textContent.trim().startsWith("g:"))`)
	if got := js[string](b, `getSelection().toString()`); got != selection || got == "" || !js[bool](b, `kept.isConnected`) {
		t.Errorf("the selection of %q is one of %q", selection, got)
	}

	deployment := func(name string, ready int) map[string]any {
		return map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": name, "namespace": "shop"},
			"spec": map[string]any{"replicas": 500}, "status": map[string]any{"readyReplicas": ready}}
	}
	const first = `document.querySelector("#workloads li").textContent`
	put(deployment("a", -500))
	b.open("/")
	b.until(first + `.startsWith("-500/500 a ")`)
	js[bool](b, `(window.kept = document.querySelector("#workloads a"), kept.focus(), true)`)
	for _, step := range []struct {
		name  string
		ready int
	}{{"b", -600}, {"a", -700}} {
		put(deployment(step.name, step.ready))
		b.until(fmt.Sprintf(`%s.startsWith("%d/500 %s ")`, first, step.ready, step.name))
		if !js[bool](b, `document.activeElement === kept && kept.textContent === "a"`) {
			t.Errorf("%s is the first, and the focus is on another workload, or lost", step.name)
		}
	}
}

// Warnings of one object for one reason are told apart: when one is seen again, the
// other is left alone.
func TestBrowserTellsWarningsApart(t *testing.T) {
	s := newScene(t)
	warn := func(name string, ago time.Duration, count int) {
		t.Helper()
		if _, err := s.Server().Put(map[string]any{"apiVersion": "v1", "kind": "Event", "metadata": map[string]any{"name": name, "namespace": "shop"},
			"type": "Warning", "reason": "Twice", "message": name, "count": count, "lastTimestamp": time.Now().Add(-ago).UTC().Format(time.RFC3339),
			"involvedObject": map[string]any{"apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "p"}}); err != nil {
			t.Fatal(err)
		}
	}
	warn("one", time.Minute, 1)
	warn("two", 2*time.Minute, 1)
	b := newTab(t, s)
	b.open("/")
	const rows = `[...document.querySelectorAll("#warnings li")].filter(li => li.textContent.includes("Twice"))`
	b.until(rows + ".length === 2")
	js[bool](b, `(window.kept = `+rows+`.find(li => li.textContent.includes("one")), true)`)
	warn("two", 0, 5)
	b.until(rows + `.some(li => li.textContent.includes("5 times"))`)
	if !js[bool](b, `kept.isConnected && kept.textContent.includes("one")`) {
		t.Error("one is gone, or has become two")
	}
}

// ready says of a Deployment, by its key in the table, that so many pods are ready.
func (s *scene) ready(t *testing.T, key string, pods int) {
	t.Helper()
	namespace, name, _ := strings.Cut(key, "/")
	if _, err := s.Server().Update("deployments", namespace, name, func(o kubetest.Object) {
		o["status"].(map[string]any)["readyReplicas"] = pods
	}); err != nil {
		t.Fatal(err)
	}
}

func TestBrowserOutage(t *testing.T) {
	s := newScene(t)
	b := newTab(t, s)
	b.open("/")
	b.until(`document.querySelector("#contact").className === "contact live" && document.querySelector("#stale").hidden`)
	s.Outage(true)
	b.until(`document.querySelector("#contact").className === "contact stale" && !document.querySelector("#stale").hidden`)
	const age = `document.querySelector("#age").textContent`
	text := js[string](b, `document.querySelector("#contact").textContent + " " + `+age)
	if !regexp.MustCompile(`^as of \d\d:\d\d:\d\d \d+s ago$`).MatchString(text) {
		t.Errorf("how old it is: %q", text)
	}
	// What is read out whenever it changes rests, while the age goes on.
	js[bool](b, `(window.told = [], window.first = `+age+`, window.before = last, new MutationObserver(all => all.forEach(({ target }) =>
		told.push((target.closest ? target : target.parentElement).closest("[role=status], [role=alert]")?.textContent ?? ""))).observe(document.body, { subtree: true, childList: true, characterData: true }), true)`)
	b.until(age + ` !== first && last > before`)
	if told := js[[]string](b, `told.filter(text => text)`); len(told) > 0 {
		t.Errorf("it is read out again: %q", told)
	}
	b.open("/pods")
	if n := js[int](b, names+".length"); n != 50 {
		t.Errorf("%d rows of what was known", n)
	}
	s.Outage(false)
	b.until(`document.querySelector("#contact").className === "contact live" && document.querySelector("#stale").hidden`)
}

// mute is a dashboard behind a tunnel that stalls: what is to be written while it is
// silent never comes, and no connection ends by itself.
type mute struct {
	http.Handler
	silent atomic.Bool
}

func (m *mute) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.Handler.ServeHTTP(muted{w, m, r.Context()}, r)
}

type muted struct {
	http.ResponseWriter
	by  *mute
	ctx context.Context
}

func (m muted) Unwrap() http.ResponseWriter { return m.ResponseWriter }

func (m muted) Write(p []byte) (int, error) {
	if m.by.silent.Load() {
		<-m.ctx.Done()
		return 0, m.ctx.Err()
	}
	return m.ResponseWriter.Write(p)
}

// A dashboard that falls silent is told from one in which nothing happens, and heard
// again when it is back, also where the page was just being fetched.
func TestBrowserSilence(t *testing.T) {
	s := newScene(t)
	m := &mute{Handler: web.New(s.live, "demo cluster")}
	server := httptest.NewServer(m)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	b := newTab(t, s)
	b.url = server.URL
	b.open("/pods")
	const live = `document.querySelector("#contact").className === "contact live"`
	b.until(live + " && flight === null && timer === 0")
	js[float64](b, "(patience = 2500, window.from = heard)") // ticks come every 2000
	b.until("heard > from")
	m.silent.Store(true)
	js[bool](b, "(look(), window.hung = flight, true)")
	b.until(`document.querySelector("#contact").className === "contact stale" && flight !== hung`)
	if text := js[string](b, `document.querySelector("#contact").textContent + " " + document.querySelector("#age").textContent`); !regexp.MustCompile(`^the dashboard does not answer as of \d\d:\d\d:\d\d$`).MatchString(text) {
		t.Errorf("it says %q", text)
	}
	js[float64](b, "window.before = last")
	m.silent.Store(false)
	b.until(live + " && last > before")
}

func TestBrowserColours(t *testing.T) {
	b := newTab(t, newScene(t))
	const background = `getComputedStyle(document.body).backgroundColor`
	b.open("/")
	light := js[string](b, background)
	b.run(scheme("dark"))
	dark := js[string](b, background)
	if light == dark {
		t.Errorf("light and dark are both %s", light)
	}
	b.run(chromedp.Click(chromedp.CSS("#theme")))
	b.until(background + ` === "` + light + `"`)
	b.open("/pods")
	if got := js[string](b, background); got != light {
		t.Errorf("the choice is not kept: %s", got)
	}
}

func TestBrowserKeys(t *testing.T) {
	b := newTab(t, newScene(t))
	b.open("/nodes")
	b.run(chromedp.KeyEvent("/"))
	b.until(`document.activeElement.name === "q"`)
	b.run(chromedp.KeyEvent("\x1b"), chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("k"))
	b.until(`document.activeElement === document.querySelector("#rows a.name")`)
	b.run(chromedp.KeyEvent("\r"))
	b.until(`location.pathname.startsWith("/nodes/") && !document.querySelector("#help").hidden`)
	b.run(chromedp.KeyEvent("?"))
	b.until(`document.querySelector("#keys").open`)
	b.run(chromedp.KeyEvent("\x1b"), chromedp.KeyEvent("g"), chromedp.KeyEvent("p"))
	b.until(`location.pathname === "/pods"`)

	b.open("/") // whose rows are in tables and in lists
	js[bool](b, `(document.querySelector("#nodes tr:last-child a").focus(), true)`)
	b.run(chromedp.KeyEvent("k"), chromedp.KeyEvent("j"), chromedp.KeyEvent("j"))
	b.until(`document.activeElement === document.querySelector("#phases a")`)
	js[bool](b, `([...document.querySelectorAll("#phases a")].at(-1).focus(), true)`)
	b.run(chromedp.KeyEvent("j"))
	b.until(`document.activeElement === document.querySelector("#workloads a")`)
}

// What has the focus is not behind the head, which stays where it is.
func TestBrowserFocusIsSeen(t *testing.T) {
	b := newTab(t, newScene(t))
	b.open("/pods")
	const seen = `document.activeElement.getBoundingClientRect().top >= document.querySelector(".top").getBoundingClientRect().bottom`
	js[bool](b, `([...document.querySelectorAll("#rows a.name")].at(-1).focus(), true)`)
	for range 49 {
		b.run(chromedp.KeyEvent("k"))
		if !js[bool](b, seen) {
			t.Fatal("hidden: " + js[string](b, `document.activeElement.outerHTML`))
		}
	}
	js[bool](b, `(scrollTo(0, 500), document.querySelector(".skip").focus(), true)`)
	b.run(chromedp.KeyEvent("\r"))
	b.until(`location.hash === "#main" && document.activeElement.id === "main"`)
	if !js[bool](b, seen) {
		t.Error("the content is hidden")
	}
}

func TestBrowserWithoutScript(t *testing.T) {
	b := newTab(t, newScene(t))
	b.run(command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	b.open("/pods?ns=shop")
	b.run(chromedp.SendKeys(chromedp.CSS(`input[name=q]`), "storefront\r"))
	b.until(`location.search.includes("q=storefront") && document.readyState === "complete"`)
	text, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS("#rows")))
	if err != nil {
		t.Fatal(err)
	}
	for row := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if !strings.Contains(row, "storefront") {
			t.Errorf("a row without it: %s", row)
		}
	}
}

// TestScreenshots takes a picture of each page, light and dark, and looks whether
// there is anything on it.
func TestScreenshots(t *testing.T) {
	s := newScene(t)
	b := newTab(t, s)
	rounds := 1
	if *screenshots != "" {
		rounds = 12 // so that the charts have something to show
	}
	for range rounds {
		for range 12 {
			if err := s.Step(); err != nil {
				t.Fatal(err)
			}
		}
		<-s.live.Sampled()
	}
	pod := s.changed("pods")
	for _, view := range []struct {
		name, path string
		happens    func(*testing.T)
		contact    string
	}{
		{"overview", "/", nil, "live"},
		{"pods", "/pods?sort=-restarts&size=20", nil, "live"},
		{"nodes", "/nodes", nil, "live"},
		{"changes", "/changes", nil, "live"},
		{"pod", "/pods/" + pod.Namespace() + "/" + pod.Name(), nil, "live"},
		{"differences", "/changes", s.edits, "live"},
		{"partly-overview", "/", s.loses, "partly"},
		{"partly-deployments", "/deployments", nil, "partly"},
	} {
		if view.happens != nil {
			view.happens(t)
		}
		for _, colour := range []string{"light", "dark"} {
			b.run(scheme(colour))
			b.open(view.path)
			b.until(`document.querySelector("#contact").className === "contact ` + view.contact + `"`)
			b.picture(view.name + "-" + colour)
		}
	}
}

// picture looks whether there is anything on the page, and keeps what is seen.
func (b *tab) picture(name string) {
	b.t.Helper()
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if n := colours(b.t, picture); n < 30 {
		b.t.Errorf("%s: a picture of %d colours", name, n)
	}
	if *screenshots == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// edits makes changes whose differences are of all kinds: of lines, of what a long text
// has far behind, of an order, and of what comes and goes.
func (s *scene) edits(t *testing.T) {
	t.Helper()
	long := strings.Repeat("https://shop.example/feeds/of/partners,", 12)
	seq := s.live.Seq()
	for _, end := range []string{"300", "60"} {
		if _, err := s.Server().Put(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "edge-proxy", "namespace": "shop"},
			"data": map[string]any{"feeds": long + end, "retries": end, "nginx.conf": "events {}\nhttp {\n  server {\n    listen 8080;\n    location / {\n      proxy_pass http://storefront;\n      proxy_read_timeout " +
				end + "s;\n    }\n  }\n}\n"}}); err != nil {
			t.Fatal(err)
		}
	}
	pod := s.changed("pods")
	if _, err := s.Server().Update("pods", pod.Namespace(), pod.Name(), func(o kubetest.Object) {
		spec := o["spec"].(map[string]any)
		first := spec["containers"].([]any)[0]
		spec["containers"] = []any{first, map[string]any{"name": "sidecar", "image": "registry.shop.example/mesh:1.9"}}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Server().Update("pods", pod.Namespace(), pod.Name(), func(o kubetest.Object) {
		slices.Reverse(o["spec"].(map[string]any)["containers"].([]any))
	}); err != nil {
		t.Fatal(err)
	}
	s.until(t, func() bool { return s.live.Seq() >= seq+4 })
}

// loses has one kind fail.
func (s *scene) loses(t *testing.T) {
	t.Helper()
	s.Server().Inject(kubetest.Fault{Path: "/apis/apps/v1/deployments", Status: 500, Body: kubetest.StatusBody(500, "InternalError", "etcdserver: request timed out")})
	s.Server().EndWatches()
	s.until(t, func() bool { c := s.live.Contact(); return c.Live && len(c.Behind) == 1 })
}

// until waits for what comes to be without an end being told.
func (s *scene) until(t *testing.T, met func() bool) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for !met() {
		select {
		case <-s.live.Changed():
		case <-time.After(10 * time.Millisecond): // not all that is waited for changes an object
		case <-limit:
			t.Fatal("it does not come to be")
		}
	}
}

func colours(t *testing.T, picture []byte) int {
	t.Helper()
	image, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	found := map[[3]uint32]bool{}
	for y := image.Bounds().Min.Y; y < image.Bounds().Max.Y; y++ {
		for x := image.Bounds().Min.X; x < image.Bounds().Max.X; x++ {
			r, g, b, _ := image.At(x, y).RGBA()
			found[[3]uint32{r, g, b}] = true
		}
	}
	return len(found)
}
