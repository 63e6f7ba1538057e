package conformance

import (
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
)

// accessorTests compare what items say of their status with what the judge
// decodes of the same revision.
func accessorTests() map[string]func(*place) {
	return map[string]func(*place){
		"K46 node":                          nodeAccessors,
		"K46 nodes of the cluster":          everyNode,
		"K47 namespace":                     namespaceAccessors,
		"K48 replica set":                   replicaSetAccessors,
		"K48 replication controller":        replicationControllerAccessors,
		"K49 daemon set":                    daemonSetAccessors,
		"K50 deployment":                    deploymentAccessors,
		"K51 pod":                           podAccessors,
		"K51 K52 pod that is not scheduled": freshPod,
		"K51 K52 pod that runs":             livePod,
		"K41 unknown enum":                  unknownPhase,
		"K52 K53 containers":                containerAccessors,
		"K54 service":                       serviceAccessors,
		"K54 service without balancer":      plainService,
		"K55 secret":                        secretAccessors,
		"K55 secret types":                  secretTypes,
	}
}

// writeStatus changes an object's status as its controller would.
func (p *place) writeStatus(path string, status object) {
	p.Helper()
	p.mergePatch(path+"/status", object{"status": status})
}

type count = *int64

// counter compares a number that the API leaves out when it is zero: absent means
// that only after the controller has looked at the object.
func counter(p *place, path string, want, observed count, get func() (int64, error)) {
	p.Helper()
	if want == nil && observed != nil {
		want = new(int64)
	}
	attribute(p, path, want, get)
}

// settle makes the status that a workload has when its pods run.
func (p *place) settle(path string, status object, ready string, want int64) {
	p.Helper()
	if !p.env.Lives {
		p.writeStatus(path, status)
		return
	}
	p.eventually(func() error {
		var now struct{ Status map[string]any }
		p.read(path, &now)
		if n, _ := now.Status[ready].(float64); int64(n) < want {
			return unexpected(ready, now.Status)
		}
		return nil
	})
}

// twice compares a workload whose pods run, and one whose pods do not: there
// the server leaves fields out.
func twice[T typed[T]](p *place, v views.View[T], path string, manifest func(string, object) object, settle func(path string), compare func(*place, func(any) T)) {
	p.Helper()
	for name, spec := range map[string]object{"running": running(), "stuck": podSpec()} {
		must[T](p)(v.Create(p.ctx, manifest(name, spec)))
		p.step(name, func(p *place) {
			if name == "running" {
				settle(path + "/" + name)
			}
			compare(p, func(dst any) T {
				return agreed(p, dst, func() (T, error) { return v.Fetch(p.ctx, name) })
			})
		})
	}
}

func replicaSetAccessors(p *place) {
	path := p.path("apps/v1", "replicasets")
	twice(p, p.cluster.ReplicaSets().In(p.namespace), path,
		func(name string, spec object) object { return p.replicaSet(name, 2, spec) },
		func(path string) {
			p.settle(path, object{"replicas": 2, "readyReplicas": 2, "availableReplicas": 2,
				"fullyLabeledReplicas": 2, "terminatingReplicas": 0, "observedGeneration": 1}, "availableReplicas", 2)
		}, compareReplicaSet)
}

func compareReplicaSet(p *place, read func(any) items.ReplicaSet) {
	var is struct {
		Status struct {
			Replicas, AvailableReplicas, FullyLabeledReplicas, ReadyReplicas, TerminatingReplicas, ObservedGeneration count
		}
	}
	r := read(&is)
	counter(p, "status.replicas", is.Status.Replicas, is.Status.ObservedGeneration, r.Replicas)
	counter(p, "status.availableReplicas", is.Status.AvailableReplicas, is.Status.ObservedGeneration, r.AvailableReplicas)
	counter(p, "status.fullyLabeledReplicas", is.Status.FullyLabeledReplicas, is.Status.ObservedGeneration, r.FullyLabeledReplicas)
	counter(p, "status.readyReplicas", is.Status.ReadyReplicas, is.Status.ObservedGeneration, r.ReadyReplicas)
	counter(p, "status.terminatingReplicas", is.Status.TerminatingReplicas, is.Status.ObservedGeneration, r.TerminatingReplicas)
	attribute(p, "status.observedGeneration", is.Status.ObservedGeneration, r.ObservedGeneration)
}

func replicationControllerAccessors(p *place) {
	path := p.path("v1", "replicationcontrollers")
	twice(p, p.cluster.ReplicationControllers().In(p.namespace), path,
		func(name string, spec object) object { return p.replicationController(name, 2, spec) },
		func(path string) {
			p.settle(path, object{"replicas": 2, "readyReplicas": 2, "availableReplicas": 2,
				"fullyLabeledReplicas": 2, "observedGeneration": 1}, "availableReplicas", 2)
		}, compareReplicationController)
}

func compareReplicationController(p *place, read func(any) items.ReplicationController) {
	var is struct {
		Status struct {
			Replicas, AvailableReplicas, FullyLabeledReplicas, ReadyReplicas, ObservedGeneration count
		}
	}
	r := read(&is)
	counter(p, "status.replicas", is.Status.Replicas, is.Status.ObservedGeneration, r.Replicas)
	counter(p, "status.availableReplicas", is.Status.AvailableReplicas, is.Status.ObservedGeneration, r.AvailableReplicas)
	counter(p, "status.fullyLabeledReplicas", is.Status.FullyLabeledReplicas, is.Status.ObservedGeneration, r.FullyLabeledReplicas)
	counter(p, "status.readyReplicas", is.Status.ReadyReplicas, is.Status.ObservedGeneration, r.ReadyReplicas)
	attribute(p, "status.observedGeneration", is.Status.ObservedGeneration, r.ObservedGeneration)
}

func daemonSetAccessors(p *place) {
	path := p.path("apps/v1", "daemonsets")
	twice(p, p.cluster.DaemonSets().In(p.namespace), path, p.daemonSet,
		func(path string) {
			p.settle(path, object{"currentNumberScheduled": 2, "desiredNumberScheduled": 3, "numberMisscheduled": 1,
				"numberReady": 2, "updatedNumberScheduled": 2, "numberAvailable": 1, "numberUnavailable": 2,
				"observedGeneration": 1}, "numberAvailable", 1)
		}, compareDaemonSet)
}

func compareDaemonSet(p *place, read func(any) items.DaemonSet) {
	var is struct {
		Status struct {
			CurrentNumberScheduled, DesiredNumberScheduled, NumberMisscheduled, NumberReady count
			UpdatedNumberScheduled, NumberAvailable, NumberUnavailable, ObservedGeneration  count
		}
	}
	d := read(&is)
	counter(p, "status.currentNumberScheduled", is.Status.CurrentNumberScheduled, is.Status.ObservedGeneration, d.CurrentNumberScheduled)
	counter(p, "status.desiredNumberScheduled", is.Status.DesiredNumberScheduled, is.Status.ObservedGeneration, d.DesiredNumberScheduled)
	counter(p, "status.numberMisscheduled", is.Status.NumberMisscheduled, is.Status.ObservedGeneration, d.NumberMisscheduled)
	counter(p, "status.numberReady", is.Status.NumberReady, is.Status.ObservedGeneration, d.NumberReady)
	counter(p, "status.updatedNumberScheduled", is.Status.UpdatedNumberScheduled, is.Status.ObservedGeneration, d.UpdatedNumberScheduled)
	counter(p, "status.numberAvailable", is.Status.NumberAvailable, is.Status.ObservedGeneration, d.NumberAvailable)
	counter(p, "status.numberUnavailable", is.Status.NumberUnavailable, is.Status.ObservedGeneration, d.NumberUnavailable)
	attribute(p, "status.observedGeneration", is.Status.ObservedGeneration, d.ObservedGeneration)
}

func deploymentAccessors(p *place) {
	path := p.path("apps/v1", "deployments")
	condition := object{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "enough",
		"lastUpdateTime": "2026-03-01T10:00:00Z", "lastTransitionTime": "2026-03-01T09:00:00Z"}
	twice(p, p.cluster.Deployments().In(p.namespace), path,
		func(name string, spec object) object { return p.deployment(name, 2, spec) },
		func(path string) {
			p.settle(path, object{"replicas": 2, "readyReplicas": 2, "availableReplicas": 2, "updatedReplicas": 2,
				"terminatingReplicas": 0, "observedGeneration": 1, "conditions": []any{condition}}, "availableReplicas", 2)
		}, compareDeployment)
}

func compareDeployment(p *place, read func(any) items.Deployment) {
	var is struct {
		Status struct {
			Replicas, AvailableReplicas, ReadyReplicas, UnavailableReplicas count
			UpdatedReplicas, TerminatingReplicas, ObservedGeneration        count
			Conditions                                                      []condition
		}
	}
	d := read(&is)
	counter(p, "status.replicas", is.Status.Replicas, is.Status.ObservedGeneration, d.Replicas)
	counter(p, "status.availableReplicas", is.Status.AvailableReplicas, is.Status.ObservedGeneration, d.AvailableReplicas)
	counter(p, "status.readyReplicas", is.Status.ReadyReplicas, is.Status.ObservedGeneration, d.ReadyReplicas)
	counter(p, "status.unavailableReplicas", is.Status.UnavailableReplicas, is.Status.ObservedGeneration, d.UnavailableReplicas)
	counter(p, "status.updatedReplicas", is.Status.UpdatedReplicas, is.Status.ObservedGeneration, d.UpdatedReplicas)
	counter(p, "status.terminatingReplicas", is.Status.TerminatingReplicas, is.Status.ObservedGeneration, d.TerminatingReplicas)
	attribute(p, "status.observedGeneration", is.Status.ObservedGeneration, d.ObservedGeneration)
	compareConditions(p, d, is.Status.Conditions)
}
