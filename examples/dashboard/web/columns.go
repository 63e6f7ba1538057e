package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/examples/dashboard/live"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

// column is a column of a table. Its cells are read when they are shown, or sorted
// by.
type column struct {
	Key, Title string
	Number     bool // its cells are ordered by N
	cell       func(item items.Item, now time.Time) cell
}

// cell is a value of a table.
type cell struct {
	Text string
	N    float64
	Tone string // "good", "warn", "bad", "quiet" or ""
	Link string
}

func text(read func(items.Item) string) func(items.Item, time.Time) cell {
	return func(item items.Item, _ time.Time) cell { return cell{Text: read(item)} }
}

func number(read func(items.Item) int64) func(items.Item, time.Time) cell {
	return func(item items.Item, _ time.Time) cell {
		n := read(item)
		return cell{Text: count(n), N: float64(n)}
	}
}

// or is what an attribute is, or nothing where it is not told.
func or[V any](v V, _ error) V { return v }

// Columns that several kinds have.
var (
	ageColumn = column{Key: "age", Title: "Age", Number: true, cell: func(item items.Item, now time.Time) cell {
		created, err := items.AsGeneric(item).Meta().Created()
		if err != nil {
			return cell{Text: "–", Tone: "quiet"}
		}
		return cell{Text: age(now.Sub(created)), N: now.Sub(created).Seconds()}
	}}
	labelsColumn = column{Key: "labels", Title: "Labels", cell: func(item items.Item, _ time.Time) cell {
		var all []string
		for name, value := range items.AsGeneric(item).Labels().All() {
			all = append(all, name+"="+value)
		}
		return cell{Text: strings.Join(all, " "), Tone: "quiet"}
	}}
)

// readyOf is a cell of so many of so many.
func readyOf(ready, wanted int64) cell {
	c := cell{Text: fmt.Sprintf("%d/%d", ready, wanted), N: float64(ready) - float64(wanted), Tone: "good"}
	switch {
	case wanted == 0:
		c.Tone = "quiet"
	case ready == 0:
		c.Tone = "bad"
	case ready < wanted:
		c.Tone = "warn"
	}
	return c
}

func readyColumn(read func(items.Item) (ready, wanted int64)) column {
	return column{Key: "ready", Title: "Ready", Number: true, cell: func(item items.Item, _ time.Time) cell {
		return readyOf(read(item))
	}}
}

// replicas is how many pods of a workload are ready, and should be. ok is false for
// what is no workload.
func replicas(item items.Item) (ready, wanted int64, ok bool) {
	switch w := item.(type) {
	case items.Deployment:
		return or(w.ReadyReplicas()), or(w.DesiredReplicas()), true
	case items.StatefulSet:
		return or(w.ReadyReplicas()), or(w.DesiredReplicas()), true
	case items.ReplicaSet:
		return or(w.ReadyReplicas()), or(w.DesiredReplicas()), true
	case items.DaemonSet:
		return or(w.NumberReady()), or(w.DesiredNumberScheduled()), true
	}
	return 0, 0, false
}

var workloadReady = readyColumn(func(item items.Item) (int64, int64) {
	ready, wanted, _ := replicas(item)
	return ready, wanted
})

// columns are those of a kind, but for the name and the namespace.
func columns(r *live.Resource) []column {
	if own, ok := ownColumns[r.BuiltIn()]; ok {
		return own
	}
	return []column{labelsColumn, ageColumn}
}

// ownColumns are those of kinds that come with Kubernetes, whose items are of the
// kind's own type.
var ownColumns = map[kinds.Name][]column{
	kinds.Pod: {
		{Key: "ready", Title: "Ready", Number: true, cell: func(i items.Item, _ time.Time) cell { return readyContainers(i.(items.Pod)) }},
		{Key: "status", Title: "Status", cell: func(i items.Item, _ time.Time) cell { return podStatus(i.(items.Pod)) }},
		{Key: "restarts", Title: "Restarts", Number: true, cell: func(i items.Item, _ time.Time) cell {
			n := or(i.(items.Pod).Restarts())
			c := cell{Text: count(n), N: float64(n)}
			if n > 0 {
				c.Tone = "warn"
			}
			return c
		}},
		{Key: "node", Title: "Node", cell: func(i items.Item, _ time.Time) cell {
			node := or(i.(items.Pod).NodeName())
			return cell{Text: node, Link: path("nodes", "", node)}
		}},
		ageColumn,
	},
	kinds.Node: {
		{Key: "status", Title: "Status", cell: func(i items.Item, _ time.Time) cell { return nodeStatus(i.(items.Node)) }},
		{Key: "zone", Title: "Zone", cell: text(func(i items.Item) string { return label(i, "topology.kubernetes.io/zone") })},
		{Key: "type", Title: "Type", cell: text(func(i items.Item) string { return label(i, "node.kubernetes.io/instance-type") })},
		{Key: "cpu", Title: "Cores", Number: true, cell: func(i items.Item, _ time.Time) cell {
			n := or(i.(items.Node).Allocatable()).CPU()
			return cell{Text: cores(n), N: n}
		}},
		{Key: "memory", Title: "Memory", Number: true, cell: func(i items.Item, _ time.Time) cell {
			n := or(i.(items.Node).Allocatable()).Memory()
			return cell{Text: bytesText(n), N: float64(n)}
		}},
		{Key: "version", Title: "Version", cell: text(func(i items.Item) string {
			return or(items.Text(i, "status", "nodeInfo", "kubeletVersion"))
		})},
		ageColumn,
	},
	kinds.Namespace: {
		{Key: "phase", Title: "Phase", cell: text(func(i items.Item) string { return string(or(i.(items.Namespace).Phase())) })},
		labelsColumn, ageColumn,
	},
	kinds.Event: {
		{Key: "type", Title: "Type", cell: func(i items.Item, _ time.Time) cell {
			t := or(i.(items.Event).Type())
			c := cell{Text: string(t)}
			if t == kinds.EventWarning {
				c.Tone = "warn"
			}
			return c
		}},
		{Key: "reason", Title: "Reason", cell: text(func(i items.Item) string { return or(i.(items.Event).Reason()) })},
		{Key: "object", Title: "Object", cell: text(func(i items.Item) string {
			o := or(i.(items.Event).InvolvedObject())
			return string(o.Kind) + " " + o.Name
		})},
		{Key: "message", Title: "Message", cell: text(func(i items.Item) string { return or(i.(items.Event).Message()) })},
		{Key: "count", Title: "Count", Number: true, cell: number(func(i items.Item) int64 { return or(i.(items.Event).Count()) })},
		{Key: "last", Title: "Last seen", Number: true, cell: func(i items.Item, now time.Time) cell {
			last, err := i.(items.Event).LastSeen()
			if err != nil {
				return cell{Text: "–", Tone: "quiet"}
			}
			return cell{Text: age(now.Sub(last)), N: now.Sub(last).Seconds()}
		}},
	},
	kinds.Deployment: {workloadReady,
		{Key: "updated", Title: "Up to date", Number: true, cell: number(func(i items.Item) int64 { return or(i.(items.Deployment).UpdatedReplicas()) })},
		{Key: "image", Title: "Image", cell: text(image)},
		ageColumn},
	kinds.StatefulSet: {workloadReady, {Key: "image", Title: "Image", cell: text(image)}, ageColumn},
	kinds.DaemonSet:   {workloadReady, {Key: "image", Title: "Image", cell: text(image)}, ageColumn},
	kinds.ReplicaSet:  {workloadReady, {Key: "image", Title: "Image", cell: text(image)}, ageColumn},
	kinds.Job: {
		{Key: "state", Title: "State", cell: func(i items.Item, _ time.Time) cell {
			state := or(i.(items.Job).State())
			return cell{Text: string(state), Tone: map[kinds.JobState]string{kinds.JobFailed: "bad", kinds.JobComplete: "quiet"}[state]}
		}},
		{Key: "completions", Title: "Completions", Number: true, cell: func(i items.Item, _ time.Time) cell { return completions(i.(items.Job)) }},
		ageColumn},
	kinds.CronJob: {
		{Key: "schedule", Title: "Schedule", cell: text(func(i items.Item) string { return or(i.(items.CronJob).Schedule()) })},
		{Key: "last", Title: "Last run", Number: true, cell: func(i items.Item, now time.Time) cell {
			last, err := i.(items.CronJob).LastSchedule()
			if err != nil {
				return cell{Text: "never", Tone: "quiet", N: 1e12}
			}
			return cell{Text: age(now.Sub(last)), N: now.Sub(last).Seconds()}
		}},
		ageColumn},
	kinds.HorizontalPodAutoscaler: {
		{Key: "target", Title: "Target", cell: text(func(i items.Item) string {
			t := or(i.(items.HorizontalPodAutoscaler).Target())
			return string(t.Kind) + " " + t.Name
		})},
		{Key: "replicas", Title: "Replicas", Number: true, cell: func(i items.Item, _ time.Time) cell {
			h := i.(items.HorizontalPodAutoscaler)
			n := or(h.CurrentReplicas())
			return cell{Text: fmt.Sprintf("%d of %d–%d", n, or(h.MinReplicas()), or(h.MaxReplicas())), N: float64(n)}
		}},
		ageColumn},
	kinds.Service: {
		{Key: "type", Title: "Type", cell: text(func(i items.Item) string { return string(or(i.(items.Service).Type())) })},
		{Key: "ip", Title: "Cluster IP", cell: text(func(i items.Item) string { return or(items.Text(i, "spec", "clusterIP")) })},
		{Key: "ports", Title: "Ports", cell: text(ports)},
		ageColumn},
	kinds.Ingress: {
		{Key: "class", Title: "Class", cell: text(func(i items.Item) string { return or(i.(items.Ingress).Class()) })},
		{Key: "hosts", Title: "Hosts", cell: text(func(i items.Item) string { return strings.Join(or(i.(items.Ingress).Hosts()), " ") })},
		ageColumn},
	kinds.ConfigMap: {
		{Key: "keys", Title: "Keys", cell: text(func(i items.Item) string {
			var keys []string
			for key := range i.Raw().Get("data").Members() {
				keys = append(keys, key)
			}
			return strings.Join(keys, " ")
		})},
		ageColumn},
	kinds.PersistentVolumeClaim: {
		{Key: "phase", Title: "Phase", cell: text(func(i items.Item) string { return string(or(i.(items.PersistentVolumeClaim).Phase())) })},
		{Key: "capacity", Title: "Capacity", Number: true, cell: func(i items.Item, _ time.Time) cell {
			q := or(i.(items.PersistentVolumeClaim).Capacity())
			return cell{Text: q.String(), N: q.Float()}
		}},
		{Key: "class", Title: "Class", cell: text(func(i items.Item) string { return or(i.(items.PersistentVolumeClaim).StorageClass()) })},
		ageColumn},
	kinds.PersistentVolume: {
		{Key: "phase", Title: "Phase", cell: text(func(i items.Item) string { return or(items.Text(i, "status", "phase")) })},
		{Key: "capacity", Title: "Capacity", Number: true, cell: func(i items.Item, _ time.Time) cell {
			q := or(items.Amount(i, "spec", "capacity", "storage"))
			return cell{Text: q.String(), N: q.Float()}
		}},
		{Key: "claim", Title: "Claim", cell: text(func(i items.Item) string {
			claim := i.Raw().Get("spec", "claimRef")
			return strings.Trim(or(claim.Get("namespace").Text())+"/"+or(claim.Get("name").Text()), "/")
		})},
		ageColumn},
}

// completions is how many pods of a Job have succeeded, of those that must. That some
// are lacking is no fault as long as it runs.
func completions(job items.Job) cell {
	c := readyOf(or(job.Succeeded()), kube.Or(int64(1))(job.Completions()))
	if state := or(job.State()); state != kinds.JobFailed && c.Tone != "good" {
		c.Tone = ""
	}
	return c
}

func label(item items.Item, name string) string {
	value, _ := items.AsGeneric(item).Labels().Get(name)
	return value
}

// image is what the first container of a workload runs.
func image(item items.Item) string {
	return or(items.Text(item, "spec", "template", "spec", "containers", "0", "image"))
}

func ports(item items.Item) string {
	var all []string
	for port := range item.Spec().Get("ports").Elements() {
		all = append(all, fmt.Sprintf("%d/%s", or(port.Get("port").Int()), or(port.Get("protocol").Text())))
	}
	return strings.Join(all, " ")
}

func nodeStatus(node items.Node) cell {
	status := cell{Text: "Ready", Tone: "good"}
	if !or(node.Ready()) {
		status = cell{Text: "NotReady", Tone: "bad"}
	}
	if or(node.Unschedulable()) {
		status.Text += ", cordoned"
		if status.Tone == "good" {
			status.Tone = "warn"
		}
	}
	return status
}
