package web

import (
	"net/url"

	"github.com/kubeviews/kube/examples/dashboard/live"
	"github.com/kubeviews/kube/kinds"
)

// menuGroup is a part of the menu.
type menuGroup struct {
	Title   string
	Entries []menuEntry
}

type menuEntry struct {
	Title, Link string
	Count       string // of objects; a dash while that is not known
	Current     bool
	Lag         string // how the kind is not current
}

// groups are where built-in kinds are in the menu; others come last.
var groups = []struct {
	title string
	kinds []kinds.Name
}{
	{"Cluster", []kinds.Name{kinds.Node, kinds.Namespace, kinds.Event}},
	{"Workloads", []kinds.Name{kinds.Pod, kinds.Deployment, kinds.ReplicaSet, kinds.StatefulSet, kinds.DaemonSet,
		kinds.Job, kinds.CronJob, kinds.HorizontalPodAutoscaler}},
	{"Network", []kinds.Name{kinds.Service, kinds.Ingress, kinds.EndpointSlice, kinds.NetworkPolicy}},
	{"Config and storage", []kinds.Name{kinds.ConfigMap, kinds.Secret, kinds.PersistentVolumeClaim,
		kinds.PersistentVolume, kinds.StorageClass}},
}

const others = "Others"

func groupOf(kind kinds.Name) string {
	for _, g := range groups {
		for _, k := range g.kinds {
			if k == kind {
				return g.title
			}
		}
	}
	return others
}

func (s *Server) menu(contact contact, current, path string) []menuGroup {
	menu := []menuGroup{{Entries: []menuEntry{
		{Title: "Overview", Link: "/", Current: path == "/"},
		{Title: "Changes", Link: "/changes", Current: path == "/changes"},
	}}}
	at := map[string]int{}
	for _, g := range groups {
		at[g.title] = len(menu)
		menu = append(menu, menuGroup{Title: g.title})
	}
	at[others] = len(menu)
	menu = append(menu, menuGroup{Title: others})
	for _, r := range s.cluster.Resources() {
		g := &menu[at[groupOf(r.BuiltIn())]]
		short, _ := contact.lag(r)
		g.Entries = append(g.Entries, menuEntry{Title: plural(r.Kind()), Link: "/" + r.Name(),
			Count: counted(r, short), Current: r.Name() == current, Lag: short})
	}
	for _, name := range s.cluster.Absent() {
		g := &menu[at[others]]
		g.Entries = append(g.Entries, menuEntry{Title: name, Link: "/" + url.PathEscape(name), Count: unknown, Current: name == current, Lag: "not found"})
	}
	filled := menu[:0]
	for _, g := range menu {
		if len(g.Entries) > 0 {
			filled = append(filled, g)
		}
	}
	return filled
}

// counted is how many objects there are of a kind, as far as that is known.
func counted(r *live.Resource, lag string) string {
	if !r.Known() || lag == notShown {
		return unknown
	}
	return count(r.Snapshot().Len())
}
