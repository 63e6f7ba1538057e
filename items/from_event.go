package items

import (
	"strings"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// eventNames are the members of an Event of events.k8s.io that have another name in
// the core group: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/.
var eventNames = [][2]string{
	{"note", "message"},
	{"regarding", "involvedObject"},
	{"reportingController", "reportingComponent"},
	{"deprecatedSource", "source"},
	{"deprecatedFirstTimestamp", "firstTimestamp"},
	{"deprecatedLastTimestamp", "lastTimestamp"},
	{"deprecatedCount", "count"},
}

// asCore makes an Event of events.k8s.io one of the core group, where that is the
// kind that is wanted.
func asCore(doc raw.Object, own kinds.Kind) (raw.Object, error) {
	if own.String() != "Event" || rest.String(doc, "kind") != "Event" || !strings.HasPrefix(rest.String(doc, "apiVersion"), "events.k8s.io/") {
		return doc, nil
	}
	doc, err := doc.With("v1", "apiVersion")
	for _, name := range eventNames {
		if v := doc.Get(name[0]); err == nil && v.Exists() {
			doc, err = renamed(doc, v, name[0], name[1])
		}
	}
	if err != nil {
		return doc, &rest.ArgumentError{Arg: "object", Err: err}
	}
	return doc, nil
}

func renamed(doc raw.Object, v raw.Value, from, to string) (raw.Object, error) {
	doc, err := doc.With(v, to)
	if err != nil {
		return doc, err
	}
	return doc.Without(from)
}
