package demo

// The members of a status that are left out when they are zero.
var (
	deploymentCounts = []string{"replicas", "readyReplicas", "availableReplicas", "updatedReplicas", "unavailableReplicas"}
	setCounts        = []string{"readyReplicas", "availableReplicas", "fullyLabeledReplicas"}
	statefulCounts   = []string{"readyReplicas", "currentReplicas", "updatedReplicas"}
	daemonCounts     = []string{"numberAvailable", "numberUnavailable", "updatedNumberScheduled"}
)

func (w *workload) counts() []string {
	return map[string][]string{"": deploymentCounts, "StatefulSet": statefulCounts, "DaemonSet": daemonCounts}[w.kind]
}

func (w *workload) target() target {
	return target{apiVersion: "apps/v1", kind: w.kindName(), ns: w.ns, name: w.name}
}

func (s *replicaSet) target() target {
	return target{apiVersion: "apps/v1", kind: "ReplicaSet", ns: s.of.ns, name: s.name}
}

// sync is what the controllers do once a pod of a workload has changed: every
// number that follows from the pods. What has not changed is no write.
func (w *World) sync(load *workload) error {
	load.judge(w.now())
	load.settled = w.now()
	for _, s := range load.sets {
		if err := w.patchStatus(controller, s.target(), s.status(), setCounts...); err != nil {
			return err
		}
	}
	if err := w.patchStatus(controller, load.target(), load.status(), load.counts()...); err != nil {
		return err
	}
	return w.syncAround(load)
}

// syncAround keeps what stands around a workload.
func (w *World) syncAround(load *workload) error {
	if load.slice != nil {
		t := target{apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", ns: load.ns, name: load.slice.name}
		if err := w.keep(controller, t, object{"endpoints": load.endpoints()}); err != nil {
			return err
		}
	}
	if load.guarded {
		t := target{apiVersion: "policy/v1", kind: "PodDisruptionBudget", ns: load.ns, name: load.name}
		if err := w.patchStatus(controller, t, load.budgetStatus()); err != nil {
			return err
		}
	}
	if load.hpa != nil {
		return w.patchStatus(controller, load.hpa.target(), load.hpa.status())
	}
	return nil
}

func (h *autoscaler) target() target {
	return target{apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", ns: h.of.ns, name: h.of.name}
}
