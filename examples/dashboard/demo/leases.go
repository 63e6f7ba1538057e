package demo

import "time"

// lease is what a kubelet or a leader renews to show that it lives.
func lease(ns, name, holder, by string, seconds int, born, now time.Time) object {
	return assemble(
		object{"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": object{"name": name, "namespace": ns, "creationTimestamp": stamp(born)}},
		part{by: by, at: now, body: object{"spec": object{
			"holderIdentity": holder, "leaseDurationSeconds": seconds, "renewTime": microStamp(now), "acquireTime": microStamp(born)}}})
}

// leaders are those who hold a lease in kube-system.
var leaders = []string{controller, scheduler, "cluster-autoscaler"}

func (w *World) leases() []object {
	var out []object
	for _, n := range w.nodes {
		out = append(out, lease("kube-node-lease", n.name, n.name, kubelet, 40, n.born, w.now()))
	}
	for _, name := range leaders {
		out = append(out, lease("kube-system", name, w.nodes[0].name+"_"+w.dice.uid(), name, 15, w.nodes[0].born, w.now()))
	}
	return out
}
