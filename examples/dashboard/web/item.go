package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/examples/dashboard/live"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/meta"
)

type itemPage struct {
	page
	Kind, Resource  string
	Namespace, Name string
	Gone            bool   // what is shown is the last that was known
	Lag             string // how the kind is not current
	Status          cell
	Facts           []fact
	Labels          []string
	Conditions      []conditionRow
	Containers      []containerRow
	Owners          []owner
	Owned           []ownedGroup
	Events          []warningRow
	EventsGap       string // what to say instead of Events that are not known
	Changes         []changeRow
	MoreChanges     bool      // before those, which are not shown
	Since           time.Time // see [live.Cluster.Since]
	YAML            []yamlLine
	YAMLFault       string
	Managers        []managerRow
	ManagersFault   string
	MetadataOnly    bool
}

type fact struct{ Name, Value, Link string }

type conditionRow struct {
	items.Condition
	Tone string
	Age  string
}

type containerRow struct {
	Name, Image, State, Tone, Note string
	Role                           string // of one that is started before the others
	Restarts                       int64
}

// owner is a link of the chain of owners, the item's own one last.
type owner struct {
	Kind, Name, Link string
	Self             bool
	resource         string // "" for a kind that is not followed
}

type ownedGroup struct {
	Title string
	Rows  []row
	Heads []head
	More  int
	Link  string

	resource string
}

type managerRow struct {
	meta.FieldManager
	Age    string
	Fields []string
	More   int
}

func (s *Server) item(w http.ResponseWriter, r *http.Request) {
	namespace, name := r.PathValue("namespace"), r.PathValue("name")
	resource, ok := s.cluster.Resource(r.PathValue("resource"))
	if !ok || resource.Kind().Namespaced() != (namespace != "") {
		s.problem(w, r, http.StatusNotFound, "Not here", "There is no such page.")
		return
	}
	item, ok := resource.Snapshot().Get(namespace, name)
	gone := !ok
	if gone {
		item, ok = s.last(resource, namespace, name)
	}
	if !ok {
		status, text := http.StatusNotFound, fmt.Sprintf("There is no %s of that name, and none that was there lately.", words(string(resource.Kind().Name())))
		if !resource.Known() {
			status, text = http.StatusServiceUnavailable, s.whyUnknown(resource)
		}
		s.problem(w, r, status, name, text)
		return
	}
	p := s.itemPage(r, resource, item, gone)
	s.show(w, http.StatusOK, "item", p)
}

// whyUnknown says why a kind has not been read.
func (s *Server) whyUnknown(resource *live.Resource) string {
	c := s.contact()
	if _, long := c.lag(resource); long != "" {
		return long
	}
	return gapOf(resource, c)
}

// last is what the feed remembers of an object that is gone.
func (s *Server) last(resource *live.Resource, namespace, name string) (items.Item, bool) {
	for _, c := range s.cluster.Latest(0, 1, func(c live.Change) bool {
		return c.Resource == resource && c.Item.Name() == name && c.Item.Namespace() == namespace
	}) {
		return c.Item, true
	}
	return nil, false
}

func (s *Server) itemPage(r *http.Request, resource *live.Resource, item items.Item, gone bool) itemPage {
	p := itemPage{page: s.page(r, item.Name(), ""), Kind: string(resource.Kind().Name()), Resource: resource.Name(),
		Namespace: item.Namespace(), Name: item.Name(), Gone: gone, Status: statusOf(item), MetadataOnly: item.Raw().MetadataOnly()}
	_, p.Lag = p.Contact.lag(resource)
	p.Facts = s.facts(item, p.Now)
	for name, value := range items.AsGeneric(item).Labels().All() {
		p.Labels = append(p.Labels, name+"="+value)
	}
	p.Conditions = conditions(item, p.Now)
	if pod, ok := item.(items.Pod); ok {
		p.Containers = containers(pod)
	}
	p.Owners = s.owners(item)
	p.Owned = s.owned(item, p.Now)
	p.Watch = p.watched()
	p.Events, p.EventsGap = s.events(item), s.gap(kinds.Event, p.Contact)
	found, more := s.cluster.ChangesOf(item.UID(), 20)
	p.MoreChanges, p.Since = more, s.cluster.Since()
	for _, c := range found {
		p.Changes = append(p.Changes, changeOf(c, 40))
	}
	var err error
	if p.YAML, err = yamlOf(item); err != nil {
		p.YAMLFault = err.Error()
	}
	if !gone {
		p.Managers, err = s.managers(r.Context(), resource, item, p.Now)
		p.ManagersFault = reason(err)
	}
	return p
}

// watched are the kinds that the page tells of. What comes of yet another kind is seen
// with the next look.
func (p itemPage) watched() string {
	names := []string{p.Resource, "events"}
	if p.Resource == "nodes" { // it tells what pods request, also where there are none
		names = append(names, "pods")
	}
	for _, o := range p.Owners {
		names = append(names, o.resource)
	}
	for _, g := range p.Owned {
		names = append(names, g.resource)
	}
	slices.Sort(names)
	return strings.TrimSpace(strings.Join(slices.Compact(names), " ")) // without the one of none
}

// statusOf is the state of an item in one word, if its kind has one.
func statusOf(item items.Item) cell {
	switch i := item.(type) {
	case items.Pod:
		return podStatus(i)
	case items.Node:
		return nodeStatus(i)
	}
	if ready, wanted, ok := replicas(item); ok {
		c := readyOf(ready, wanted)
		c.Text += " ready"
		return c
	}
	if phase, err := items.Text(item, "status", "phase"); err == nil {
		return cell{Text: phase, Tone: "quiet"}
	}
	return cell{}
}

func (s *Server) facts(item items.Item, now time.Time) []fact {
	m := items.AsGeneric(item).Meta()
	facts := []fact{{Name: "API version", Value: item.APIVersion()}}
	if created, err := m.Created(); err == nil {
		facts = append(facts, fact{Name: "Created", Value: created.Local().Format("2006-01-02 15:04 MST") + ", " + age(now.Sub(created)) + " ago"})
	}
	if deletion, err := m.Deletion(); err == nil {
		facts = append(facts, fact{Name: "To be gone by", Value: moment(deletion, now) + deletion.Local().Format(" MST")})
	}
	switch i := item.(type) {
	case items.Pod:
		node := or(i.NodeName())
		requests := or(i.Requests())
		facts = append(facts, fact{"Node", node, path("nodes", "", node)}, fact{Name: "IP", Value: kube.Show(i.IP())},
			fact{Name: "Requests", Value: cores(requests.CPU()) + " cores, " + bytesText(requests.Memory())},
			fact{Name: "Restarts", Value: count(or(i.Restarts()))})
	case items.Node:
		use := s.useOf(i, s.cluster.Pods().Nodes[i.Name()])
		facts = append(facts,
			fact{Name: "CPU requested", Value: use.cpu + " cores"},
			fact{Name: "Memory requested", Value: use.memory},
			fact{Name: "Pods", Value: use.pods},
			fact{Name: "Kubelet", Value: or(items.Text(i, "status", "nodeInfo", "kubeletVersion"))})
	case items.Service:
		facts = append(facts, fact{Name: "Type", Value: string(or(i.Type()))}, fact{Name: "Ports", Value: ports(i)})
	}
	if text := image(item); text != "" {
		facts = append(facts, fact{Name: "Image", Value: text})
	}
	return append(facts, fact{Name: "UID", Value: item.UID()}, fact{Name: "Resource version", Value: item.Version()})
}

func conditions(item items.Item, now time.Time) (rows []conditionRow) {
	all, _ := items.AsGeneric(item).Conditions()
	for _, c := range all {
		row := conditionRow{Condition: c, Tone: conditionTone(item, c)}
		if !c.LastTransitionTime.IsZero() {
			row.Age = age(now.Sub(c.LastTransitionTime))
		}
		rows = append(rows, row)
	}
	return rows
}

// wellWhen are the conditions of which it is good that they are true, or false. Others
// are neither: that a HorizontalPodAutoscaler is at its limit may be as it shall be.
var wellWhen = map[string]kinds.ConditionStatus{
	// Pods
	"PodScheduled": kinds.ConditionTrue, "Initialized": kinds.ConditionTrue, "ContainersReady": kinds.ConditionTrue,
	"DisruptionTarget": kinds.ConditionFalse,
	// Nodes, also as node-problem-detector tells of them
	"MemoryPressure": kinds.ConditionFalse, "DiskPressure": kinds.ConditionFalse, "PIDPressure": kinds.ConditionFalse,
	"NetworkUnavailable": kinds.ConditionFalse, "KernelDeadlock": kinds.ConditionFalse, "ReadonlyFilesystem": kinds.ConditionFalse,
	// Workloads
	"ReplicaFailure": kinds.ConditionFalse, "Complete": kinds.ConditionTrue, "SuccessCriteriaMet": kinds.ConditionTrue,
	"Failed": kinds.ConditionFalse, "FailureTarget": kinds.ConditionFalse,
	"AbleToScale": kinds.ConditionTrue, "ScalingActive": kinds.ConditionTrue,
	// Namespaces, PersistentVolumeClaims and CustomResourceDefinitions
	"NamespaceDeletionDiscoveryFailure": kinds.ConditionFalse, "NamespaceDeletionContentFailure": kinds.ConditionFalse,
	"NamespaceDeletionGroupVersionParsingFailure": kinds.ConditionFalse,
	"ControllerResizeError":                       kinds.ConditionFalse, "NodeResizeError": kinds.ConditionFalse,
	"Established": kinds.ConditionTrue, "NamesAccepted": kinds.ConditionTrue, "NonStructuralSchema": kinds.ConditionFalse,
	// Many kinds
	"Ready": kinds.ConditionTrue, "Available": kinds.ConditionTrue, "Degraded": kinds.ConditionFalse, "Stalled": kinds.ConditionFalse,
}

func conditionTone(item items.Item, c items.Condition) string {
	well, ok := wellWhen[c.Type]
	if _, is := item.(items.Deployment); is && c.Type == "Progressing" { // of other kinds it tells that all is not yet done
		well, ok = kinds.ConditionTrue, true
	}
	switch {
	case !ok || c.Reason == "PodCompleted":
		return ""
	case c.Status == well:
		return "good"
	}
	return "warn"
}

// containers are those of a pod, in the order in which they are started.
func containers(pod items.Pod) (rows []containerRow) {
	first, _ := pod.InitContainers()
	sidecars := sidecars(pod)
	for _, c := range first {
		row := containerOf(c)
		row.Role = "init"
		if slices.Contains(sidecars, row.Name) {
			row.Role = "sidecar"
		}
		rows = append(rows, row)
	}
	all, _ := pod.Containers()
	for _, c := range all {
		rows = append(rows, containerOf(c))
	}
	return rows
}

func containerOf(c items.Container) containerRow {
	state := c.State()
	row := containerRow{Name: or(c.Name()), Image: or(c.Image()), State: state.String(), Restarts: or(c.RestartCount()), Tone: containerTone(c)}
	if reason := or(state.Reason()); reason != "" {
		row.State = reason
	}
	if last := c.LastState(); last.Terminated() {
		row.Note = fmt.Sprintf("last ended with %d", or(last.ExitCode()))
		if reason := or(last.Reason()); reason != "" {
			row.Note += " (" + reason + ")"
		}
	}
	return row
}

// containerTone asks first how a container has ended: an init container that has done
// its work counts as ready.
func containerTone(c items.Container) string {
	switch state := c.State(); {
	case state.Terminated() && or(state.ExitCode()) == 0:
		return "quiet"
	case state.Terminated():
		return "bad"
	case or(c.Ready()):
		return "good"
	case state.Waiting() && wordTone(or(state.Reason())) == "bad":
		return "bad"
	}
	return "warn"
}

// owners is the chain from the topmost owner that is known down to the item.
func (s *Server) owners(item items.Item) []owner {
	chain := []owner{{Kind: string(item.Kind()), Name: item.Name(), Self: true}}
	for range 10 { // a cycle must end
		controller, ok := items.AsGeneric(item).Meta().Controller()
		if !ok {
			break
		}
		link := owner{Kind: controller.Kind, Name: controller.Name}
		resource, ok := s.cluster.OfKind(controller.APIVersion, controller.Kind)
		if ok {
			link.resource = resource.Name()
			namespace := ""
			if resource.Kind().Namespaced() {
				namespace = item.Namespace()
			}
			if item, ok = resource.Snapshot().Get(namespace, controller.Name); ok {
				link.Link = path(resource.Name(), namespace, controller.Name)
			}
		}
		if chain = append(chain, link); !ok {
			break
		}
	}
	slices.Reverse(chain)
	return chain
}

// owned are the objects that belong to the item, or run on it.
func (s *Server) owned(item items.Item, now time.Time) (groups []ownedGroup) {
	const most = 20
	found := s.cluster.Owned(item)
	if node, ok := item.(items.Node); ok {
		found = s.cluster.On(node.Name())
	}
	for _, group := range found {
		all := columns(group.Resource)
		g := ownedGroup{Title: plural(group.Resource.Kind()), resource: group.Resource.Name(), Heads: query{}.heads(all, false), More: max(0, group.Len()-most)}
		for _, item := range group.Page(0, most) {
			g.Rows = append(g.Rows, rowOf(group.Resource, item, all, now))
		}
		groups = append(groups, g)
	}
	return groups
}

func (s *Server) events(item items.Item) (rows []warningRow) {
	for _, event := range s.cluster.About(item) {
		rows = append(rows, s.warning(event, or(event.LastSeen())))
	}
	slices.SortStableFunc(rows, func(a, b warningRow) int { return b.Last.Compare(a.Last) })
	return rows[:min(len(rows), 10)]
}

// patience is how long a page waits for what only the server can tell.
const patience = time.Second

// managers come from the server, since the mirrors leave the managers of fields out:
// they are half of what an object weighs.
func (s *Server) managers(ctx context.Context, resource *live.Resource, item items.Item, now time.Time) (rows []managerRow, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	metadata, err := resource.Metadata(ctx, item)
	if err != nil {
		return nil, err
	}
	all, err := items.AsGeneric(metadata).Meta().Managers()
	if err != nil {
		return nil, err
	}
	for m := range all.All() {
		rows = append(rows, managerOf(all, m, now))
	}
	slices.SortStableFunc(rows, func(a, b managerRow) int { return cmp.Compare(b.Time.Unix(), a.Time.Unix()) })
	return rows, nil
}

func managerOf(all meta.Managers, m meta.FieldManager, now time.Time) managerRow {
	const most = 200
	row := managerRow{FieldManager: m}
	if !m.Time.IsZero() {
		row.Age = age(now.Sub(m.Time))
	}
	for field, err := range all.Fields(m) {
		switch {
		case err != nil:
			return row
		case len(row.Fields) == most:
			row.More++
		default:
			row.Fields = append(row.Fields, field.String())
		}
	}
	return row
}
