package demo

import (
	"encoding/json"
	"fmt"
	"time"
)

// workload is a Deployment, StatefulSet or DaemonSet with its pods.
type workload struct {
	*app
	uid        string
	born       time.Time
	generation int
	desired    int
	revision   int
	tag        string    // what it shall run
	settled    time.Time // when its status last changed
	turned     time.Time // when it last had enough pods, or too few
	enough     bool
	busy       bool          // a controller works on it
	sets       []*replicaSet // of a Deployment, oldest first
	pods       []*pod        // of the others
	slice      *slice
	hpa        *autoscaler
	late       bool // its rollout has passed its deadline
}

// replicaSet is one revision of a Deployment.
type replicaSet struct {
	of         *workload
	name, hash string
	uid, tag   string
	revision   int
	generation int
	desired    int
	born       time.Time
	pods       []*pod
}

func (w *workload) isDeployment() bool { return w.kind == "" }

// kindName is the workload's kind.
func (w *workload) kindName() string {
	if w.isDeployment() {
		return "Deployment"
	}
	return w.kind
}

// all are the pods that belong to the workload, those that end included.
func (w *workload) all() []*pod {
	out := w.pods
	for _, s := range w.sets {
		out = append(out[:len(out):len(out)], s.pods...)
	}
	return out
}

// count is how many pods are active, and how many of them are ready.
func count(pods []*pod) (active, ready int) {
	for _, p := range pods {
		if !p.active() {
			continue
		}
		active++
		if p.ready() {
			ready++
		}
	}
	return active, ready
}

// newest is the ReplicaSet of the current template.
func (w *workload) newest() *replicaSet { return w.sets[len(w.sets)-1] }

func (w *workload) identity() object {
	return object{"apiVersion": "apps/v1", "kind": w.kindName(), "metadata": object{
		"name": w.name, "namespace": w.ns, "uid": w.uid, "creationTimestamp": stamp(w.born), "generation": w.generation}}
}

// labels are those of the app's objects other than pods.
func (a *app) labels() labels {
	l := labels{"app": a.name, "team": a.ns, "tier": a.tier}
	if a.by == helm {
		l["app.kubernetes.io/managed-by"] = "Helm"
	}
	return l
}

// annotations are what the app's manager leaves on its objects.
func (a *app) annotations(kind string) labels {
	switch a.by {
	case helm:
		return labels{"meta.helm.sh/release-name": a.name, "meta.helm.sh/release-namespace": a.ns}
	case argo:
		return labels{"argocd.argoproj.io/tracking-id": fmt.Sprintf("%s:%s:%s/%s", a.ns, kind, a.ns, a.name)}
	}
	return nil
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// manifest is what the manager of an object has written: kubectl notes it in an
// annotation.
func (a *app) manifest(kind, apiVersion, name string, body object) object {
	meta := object{"labels": a.labels()}
	if notes := a.annotations(kind); len(notes) > 0 {
		meta["annotations"] = notes
	}
	body = join(object{"metadata": meta}, body)
	if a.by != kubectl {
		return body
	}
	whole := join(object{"apiVersion": apiVersion, "kind": kind, "metadata": object{"name": name, "namespace": a.ns}}, body)
	text, err := json.Marshal(whole)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return join(body, object{"metadata": object{"annotations": labels{lastApplied: string(text) + "\n"}}})
}

// written is the manifest of the workload.
func (w *workload) written() object {
	spec := object{"selector": w.selector(), "template": w.template(w.tag, nil)}
	if w.kind != "DaemonSet" && w.high == 0 {
		spec["replicas"] = w.desired
	}
	switch w.kind {
	case "":
		spec["strategy"] = object{"type": "RollingUpdate", "rollingUpdate": object{"maxSurge": "25%", "maxUnavailable": "25%"}}
		spec["revisionHistoryLimit"] = keptSets
	case "StatefulSet":
		spec["serviceName"] = w.name
		spec["podManagementPolicy"] = "Parallel"
		if w.disk > 0 {
			spec["volumeClaimTemplates"] = list{w.claimTemplate()}
		}
	}
	return w.manifest(w.kindName(), "apps/v1", w.name, object{"spec": spec})
}

// object is the workload as it stands.
func (w *workload) object() object {
	parts := []part{{by: w.by, at: w.released(), body: w.written()}}
	if w.high > 0 && w.kind != "DaemonSet" {
		parts = append(parts, part{by: controller, sub: "scale", at: w.settled, body: object{"spec": object{"replicas": w.desired}}})
	}
	status := object{"status": w.status()}
	if w.isDeployment() {
		status["metadata"] = object{"annotations": labels{revisionKey: fmt.Sprint(w.revision)}}
	}
	return assemble(w.identity(), append(parts, part{by: controller, sub: "status", at: w.settled, body: status})...)
}

// released is when the template last changed.
func (w *workload) released() time.Time {
	if w.isDeployment() {
		return w.newest().born.Add(-time.Second)
	}
	return w.born
}

const revisionKey = "deployment.kubernetes.io/revision"

// status is what the controllers say of the workload: the numbers are those of
// its pods.
func (w *workload) status() object {
	switch w.kind {
	case "StatefulSet":
		return w.statefulStatus()
	case "DaemonSet":
		return w.daemonStatus()
	}
	return w.deploymentStatus()
}

// judge notes whether the workload has enough ready pods, and since when.
func (w *workload) judge(at time.Time) {
	_, ready := count(w.all())
	if enough := ready >= w.desired-w.unavailable(); enough != w.enough || w.turned.IsZero() {
		w.enough, w.turned = enough, at
	}
}

func (w *workload) deploymentStatus() object {
	active, ready := count(w.all())
	updated, _ := count(w.newest().pods)
	s := object{"observedGeneration": w.generation, "conditions": w.deploymentConditions(active, ready, updated)}
	putCounts(s, map[string]int{"replicas": active, "readyReplicas": ready, "availableReplicas": ready, "updatedReplicas": updated,
		"unavailableReplicas": max(w.desired-ready, 0)})
	return s
}

// putCounts leaves zeros out, as the server's types do.
func putCounts(s object, counts map[string]int) {
	for name, n := range counts {
		if n > 0 {
			s[name] = n
		}
	}
}

// surge is how many pods a rollout may have too many, and unavailable how many
// too few.
func (w *workload) surge() int       { return (w.desired + 3) / 4 }
func (w *workload) unavailable() int { return w.desired / 4 }

func (w *workload) deploymentConditions(active, ready, updated int) list {
	available := condition("Available", w.enough, "MinimumReplicasAvailable", "Deployment has minimum availability.", w.turned)
	if !w.enough {
		available["reason"], available["message"] = "MinimumReplicasUnavailable", "Deployment does not have minimum availability."
	}
	progressing := w.progress(active == w.desired && ready == w.desired && updated == w.desired)
	for _, c := range []object{available, progressing} {
		c["lastUpdateTime"] = c["lastTransitionTime"]
	}
	return list{available, progressing}
}

func (w *workload) progress(complete bool) object {
	name := w.newest().name
	switch {
	case w.late:
		return condition("Progressing", false, "ProgressDeadlineExceeded", fmt.Sprintf("ReplicaSet %q has timed out progressing.", name), w.settled)
	case complete:
		return condition("Progressing", true, "NewReplicaSetAvailable", fmt.Sprintf("ReplicaSet %q has successfully progressed.", name), w.newest().born)
	}
	return condition("Progressing", true, "ReplicaSetUpdated", fmt.Sprintf("ReplicaSet %q is progressing.", name), w.newest().born)
}

func (w *workload) statefulStatus() object {
	active, ready := count(w.pods)
	hash := w.name + "-" + templateHash(w.name, w.tag)
	s := object{"observedGeneration": w.generation, "replicas": active, "currentRevision": hash, "updateRevision": hash,
		"collisionCount": 0, "availableReplicas": ready}
	putCounts(s, map[string]int{"readyReplicas": ready, "currentReplicas": active, "updatedReplicas": active})
	return s
}

func (w *workload) daemonStatus() object {
	active, ready := count(w.pods)
	s := object{"observedGeneration": w.generation, "currentNumberScheduled": active, "desiredNumberScheduled": w.desired,
		"numberReady": ready, "numberMisscheduled": 0}
	putCounts(s, map[string]int{"numberAvailable": ready, "numberUnavailable": max(w.desired-ready, 0), "updatedNumberScheduled": active})
	return s
}

// keptSets is how many old ReplicaSets a Deployment keeps.
const keptSets = 3

func (s *replicaSet) identity() object {
	return object{"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": object{
		"name": s.name, "namespace": s.of.ns, "uid": s.uid, "creationTimestamp": stamp(s.born), "generation": s.generation}}
}

func (s *replicaSet) hashed() labels { return labels{"pod-template-hash": s.hash} }

func (s *replicaSet) podLabels() labels {
	return merged(s.of.podLabels(), labels{"app.kubernetes.io/version": s.tag}, s.hashed())
}

// written is what the deployment controller makes.
func (s *replicaSet) written() object {
	return object{
		"metadata": object{
			"labels": s.podLabels(), "ownerReferences": reference("apps/v1", "Deployment", s.of.name, s.of.uid),
			"annotations": labels{revisionKey: fmt.Sprint(s.revision), "deployment.kubernetes.io/desired-replicas": fmt.Sprint(s.of.desired),
				"deployment.kubernetes.io/max-replicas": fmt.Sprint(s.of.desired + s.of.surge())},
		},
		"spec": object{
			"replicas": s.desired, "selector": object{"matchLabels": merged(labels{"app": s.of.name}, s.hashed())},
			"template": s.of.template(s.tag, s.hashed()),
		},
	}
}

func (s *replicaSet) status() object {
	active, ready := count(s.pods)
	out := object{"observedGeneration": s.generation, "replicas": active}
	putCounts(out, map[string]int{"readyReplicas": ready, "availableReplicas": ready, "fullyLabeledReplicas": active})
	return out
}

func (s *replicaSet) object() object {
	return assemble(s.identity(),
		part{by: controller, at: s.born, body: s.written()},
		part{by: controller, sub: "status", at: s.of.settled, body: object{"status": s.status()}})
}

// owner is the reference of the set's pods.
func (s *replicaSet) owner() list { return reference("apps/v1", "ReplicaSet", s.name, s.uid) }
