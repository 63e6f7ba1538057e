package web

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/kubeviews/kube/examples/dashboard/live"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

type overviewPage struct {
	page
	Tiles     []tile
	Charts    []chart
	Nodes     []nodeRow
	Phases    []phasePart
	Workloads []workloadRow
	Healthy   int // workloads that are not among them
	Warnings  []warningRow
	Footprint string
	Hour      string // that the warnings are of
	// Gaps are what to say instead of kinds that are not known, by their names.
	Gaps         map[string]string
	WorkloadGaps []string
}

// tile is one figure.
type tile struct {
	Title, Value, Of, Note, Tone, Link string

	kinds   []kinds.Name // that it comes from
	Lagging bool         // one of them is not current, which Note says
}

func (s *Server) overview(w http.ResponseWriter, r *http.Request) {
	p := overviewPage{page: s.page(r, "Overview", "*")}
	sums, samples := s.cluster.Pods(), s.cluster.Samples()
	p.Gaps = s.gaps(p.Contact)
	for _, kind := range workloadKinds {
		if text := p.Gaps[string(kind)]; text != "" {
			p.WorkloadGaps = append(p.WorkloadGaps, text)
		}
	}
	p.Nodes = s.nodes(sums)
	p.Phases = phases(sums)
	all := s.workloads()
	p.Workloads, p.Healthy = troubled(all, 8)
	heard := s.heard(kinds.Event, p.Now)
	warnings := s.warnings(heard)
	p.Warnings, p.Hour = warnings[:min(len(warnings), 8)], within("hour", heard, p.Now)
	p.Charts = charts(samples, p.Now)
	p.Tiles = s.tiles(sums, all)
	p.Tiles = append(p.Tiles, warningsTile(len(warnings), p.Hour), changesTile(samples, p.Now))
	s.mark(p.Tiles, p.Contact)
	s.blank(p.Tiles)
	n, size := s.cluster.Footprint()
	p.Footprint = count(n) + " objects in " + bytesText(size)
	s.show(w, http.StatusOK, "overview", p)
}

func (s *Server) tiles(sums live.Sums, all []workloadRow) []tile {
	readyNodes, nodes := 0, 0
	for node := range s.all(kinds.Node) {
		nodes++
		if or(node.(items.Node).Ready()) {
			readyNodes++
		}
	}
	whole := 0
	for _, w := range all {
		if w.Ready >= w.Wanted {
			whole++
		}
	}
	active := sums.Pods - sums.Phases[kinds.PodSucceeded]
	return []tile{
		share("Nodes ready", readyNodes, nodes, "/nodes").from(kinds.Node),
		share("Pods ready", sums.Ready, active, "/pods").from(kinds.Pod),
		share("Workloads ready", whole, len(all), "/deployments").from(workloadKinds...),
		tile{Title: "Restarts", Value: count(sums.Restarts), Note: "of all containers", Link: "/pods?sort=-restarts"}.from(kinds.Pod),
	}
}

func warningsTile(n int, hour string) tile {
	return tile{Title: "Warnings", Value: count(n), Note: hour, Tone: toneOf(n == 0), Link: "/events?fields=type%3DWarning&sort=last"}.from(kinds.Event)
}

func changesTile(samples []live.Sample, now time.Time) tile {
	t := tile{Title: "Changes", Value: unknown, Tone: "none", Link: "/changes"}
	if n := len(samples); n > 0 {
		t.Value, t.Tone = count(perMinute(samples)), ""
		t.Note = within("minute", samples[n-1].Time, now)
	}
	return t
}

// current is how long ago the server may have been heard of for something to be of now:
// a few samples.
const current = 5 * live.Interval

// within is a time that has an end: "in the last hour", or, if that was a while ago, "in
// the hour before 15:04:05".
func within(unit string, end, now time.Time) string {
	if now.Sub(end) <= current {
		return "in the last " + unit
	}
	return "in the " + unit + " before " + moment(end, now)
}

// heard is when the server was heard of last, of a built-in kind: now, if it is current.
func (s *Server) heard(kind kinds.Name, now time.Time) time.Time {
	if r, ok := s.cluster.BuiltIn(kind); ok {
		if status := r.Status(); !status.Live && !status.LastContact.IsZero() {
			return status.LastContact
		}
	}
	return now
}

// gaps are of the kinds that the overview tells of, but for those that are known.
func (s *Server) gaps(c contact) map[string]string {
	found := map[string]string{}
	for _, kind := range append([]kinds.Name{kinds.Node, kinds.Pod, kinds.Event}, workloadKinds...) {
		if text := s.gap(kind, c); text != "" {
			found[string(kind)] = text
		}
	}
	return found
}

// blank takes the figures from tiles of which nothing is known: none of nothing is not
// good.
func (s *Server) blank(tiles []tile) {
	for i, t := range tiles {
		if !slices.ContainsFunc(t.kinds, s.known) && len(t.kinds) > 0 {
			tiles[i].Value, tiles[i].Of, tiles[i].Tone = unknown, "", "none"
		}
	}
}

// known reports whether the objects of a built-in kind have been read.
func (s *Server) known(kind kinds.Name) bool {
	r, ok := s.cluster.BuiltIn(kind)
	return ok && r.Known()
}

func (t tile) from(kinds ...kinds.Name) tile {
	t.kinds = kinds
	return t
}

// mark has tiles say which of the kinds that they come from are not current.
func (s *Server) mark(tiles []tile, contact contact) {
	for i, t := range tiles {
		for _, kind := range t.kinds {
			if text := s.lagOf(kind, contact); text != "" {
				tiles[i].Note, tiles[i].Lagging = text, true
			}
		}
	}
	if last := &tiles[len(tiles)-1]; len(contact.Behind) > 0 { // it comes from all
		last.Note, last.Lagging = "but for "+howMany(len(contact.Behind)), true
	}
}

// lagOf is "Deployments as of 15:04:05" for a built-in kind that is not current.
func (s *Server) lagOf(kind kinds.Name, contact contact) string {
	r, ok := s.cluster.BuiltIn(kind)
	if !ok {
		return ""
	}
	short, _ := contact.lag(r)
	if short == "" && !r.Known() {
		short = "being read"
	}
	if short == "" {
		return ""
	}
	return plural(r.Kind()) + " " + short
}

// share is the tile of so many of so many.
func share(title string, n, of int, link string) tile {
	return tile{Title: title, Value: count(n), Of: count(of), Tone: toneOf(n >= of), Link: link}
}

func toneOf(good bool) string {
	if good {
		return "good"
	}
	return "warn"
}

// all are the objects of a built-in kind.
func (s *Server) all(kind kinds.Name) func(yield func(items.Item) bool) {
	return func(yield func(items.Item) bool) {
		if r, ok := s.cluster.BuiltIn(kind); ok {
			r.Snapshot().All()(yield)
		}
	}
}

type nodeRow struct {
	Name, Status, Tone string
	CPU, Memory, Pods  bar
}

// bar shows how much of something is used.
type bar struct {
	Text    string
	Percent int // 0 to 100, of its width
	Tone    string
}

func newBar(text string, used, of float64) bar {
	b := bar{Text: text}
	if of <= 0 {
		return b
	}
	percent := used / of * 100
	switch {
	case percent > 95:
		b.Tone = "bad"
	case percent > 80:
		b.Tone = "warn"
	}
	b.Percent = int(min(max(percent, 0), 100) + 0.5)
	return b
}

func (s *Server) nodes(sums live.Sums) (rows []nodeRow) {
	for item := range s.all(kinds.Node) {
		node := item.(items.Node)
		has, use, status := or(node.Allocatable()), sums.Nodes[node.Name()], nodeStatus(node)
		texts := s.useOf(node, use)
		rows = append(rows, nodeRow{Name: node.Name(), Status: status.Text, Tone: status.Tone,
			CPU:    newBar(texts.cpu, use.CPU(), has.CPU()),
			Memory: newBar(texts.memory, float64(use.Memory), float64(has.Memory())),
			Pods:   newBar(texts.pods, float64(use.Pods), float64(has.Pods()))})
	}
	return rows
}

// useTexts are what pods request of a node, of what there is.
type useTexts struct{ cpu, memory, pods string }

func (s *Server) useOf(node items.Node, use live.Use) useTexts {
	used, has := useTexts{cores(use.CPU()), bytesText(use.Memory), count(use.Pods)}, or(node.Allocatable())
	if !s.known(kinds.Pod) {
		used = useTexts{unknown, unknown, unknown}
	}
	return useTexts{used.cpu + " of " + cores(has.CPU()), used.memory + " of " + bytesText(has.Memory()), used.pods + " of " + count(has.Pods())}
}

type phasePart struct {
	Phase   string
	Count   int
	Percent int
	Tone    string
}

// phases are the parts of all pods, in the order of a pod's life.
func phases(sums live.Sums) (parts []phasePart) {
	for _, p := range []struct {
		phase kinds.PodPhase
		tone  string
	}{{kinds.PodRunning, "good"}, {kinds.PodPending, "warn"}, {kinds.PodSucceeded, "quiet"}, {kinds.PodFailed, "bad"}, {kinds.PodUnknown, "bad"}} {
		if n := sums.Phases[p.phase]; n > 0 {
			parts = append(parts, phasePart{string(p.phase), n, max(1, n*100/max(1, sums.Pods)), p.tone})
		}
	}
	return filled(parts)
}

// filled makes the largest part as large as the others leave it: each can be seen,
// however small, and they take the bar from end to end.
func filled(parts []phasePart) []phasePart {
	if len(parts) == 0 {
		return nil
	}
	rest, most := 100, 0
	for i, p := range parts {
		rest -= p.Percent
		if p.Count > parts[most].Count {
			most = i
		}
	}
	parts[most].Percent += rest
	return parts
}

type workloadRow struct {
	Kind, Namespace, Name, Link string
	Ready, Wanted               int64
	Tone                        string
}

var workloadKinds = []kinds.Name{kinds.Deployment, kinds.StatefulSet, kinds.DaemonSet}

// workloads are all that should have pods, but for what others have made.
func (s *Server) workloads() (rows []workloadRow) {
	for _, kind := range workloadKinds {
		r, ok := s.cluster.BuiltIn(kind)
		if !ok {
			continue
		}
		for item := range r.Snapshot().All() {
			ready, wanted, _ := replicas(item)
			rows = append(rows, workloadRow{words(string(kind)), item.Namespace(), item.Name(), link(r, item),
				ready, wanted, readyOf(ready, wanted).Tone})
		}
	}
	return rows
}

// troubled are the workloads that lack pods, worst first, at most n.
func troubled(all []workloadRow, n int) (worst []workloadRow, healthy int) {
	for _, w := range all {
		if w.Ready < w.Wanted {
			worst = append(worst, w)
		}
	}
	healthy = len(all) - len(worst)
	slices.SortStableFunc(worst, func(a, b workloadRow) int {
		return cmp.Compare(float64(a.Ready)/float64(a.Wanted), float64(b.Ready)/float64(b.Wanted))
	})
	return worst[:min(len(worst), n)], healthy
}

type warningRow struct {
	Reason, Object, Message, Link string
	UID                           string // of the Event: an object can have several of one reason
	Count                         int64
	Last                          time.Time
}

// warnings are the Events that warn, of the hour before a time, newest first.
func (s *Server) warnings(end time.Time) (rows []warningRow) {
	for item := range s.all(kinds.Event) {
		event := item.(items.Event)
		last := or(event.LastSeen())
		if or(event.Type()) != kinds.EventWarning || end.Sub(last) > time.Hour {
			continue
		}
		rows = append(rows, s.warning(event, last))
	}
	slices.SortStableFunc(rows, func(a, b warningRow) int { return b.Last.Compare(a.Last) })
	return rows
}

func (s *Server) warning(event items.Event, last time.Time) warningRow {
	about := or(event.InvolvedObject())
	row := warningRow{UID: event.UID(), Reason: or(event.Reason()), Object: string(about.Kind) + " " + about.Name, Message: or(event.Message()),
		Count: or(event.Count()), Last: last}
	if r, ok := s.cluster.OfKind(about.APIVersion, string(about.Kind)); ok {
		row.Link = path(r.Name(), about.Namespace, about.Name)
	}
	return row
}
