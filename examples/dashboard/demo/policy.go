package demo

import (
	"fmt"
	"time"
)

// autoscaler follows the load of a workload.
type autoscaler struct {
	of   *workload
	uid  string
	load int // percent of the requested CPU
	last time.Time
}

func (h *autoscaler) object() object {
	w := h.of
	return assemble(
		object{"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": object{
			"name": w.name, "namespace": w.ns, "creationTimestamp": stamp(w.born)}},
		part{by: w.by, at: w.born, body: w.manifest("HorizontalPodAutoscaler", "autoscaling/v2", w.name, object{"spec": object{
			"scaleTargetRef": object{"apiVersion": "apps/v1", "kind": "Deployment", "name": w.name},
			"minReplicas":    w.low, "maxReplicas": w.high,
			"metrics": list{object{"type": "Resource", "resource": object{
				"name": "cpu", "target": object{"type": "Utilization", "averageUtilization": 70}}}},
		}})},
		part{by: controller, sub: "status", at: h.last, body: object{"status": h.status()}})
}

func (h *autoscaler) status() object {
	w := h.of
	active, _ := count(w.all())
	limited := w.desired == w.low || w.desired == w.high
	return object{
		"currentReplicas": active, "desiredReplicas": w.desired, "lastScaleTime": stamp(h.last),
		"currentMetrics": list{object{"type": "Resource", "resource": object{"name": "cpu", "current": object{
			"averageUtilization": h.load, "averageValue": fmt.Sprintf("%dm", w.cpu*h.load/100)}}}},
		"conditions": list{
			condition("AbleToScale", true, "ReadyForNewScale", "recommended size matches current size", w.born),
			condition("ScalingActive", true, "ValidMetricFound", "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)", w.born),
			condition("ScalingLimited", limited, "DesiredWithinRange", "the desired count is within the acceptable range", h.last),
		},
	}
}

// budget is the workload's PodDisruptionBudget: one pod may be missing.
func (w *workload) budget() object {
	return assemble(
		object{"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": object{
			"name": w.name, "namespace": w.ns, "creationTimestamp": stamp(w.born)}},
		part{by: w.by, at: w.born, body: w.manifest("PodDisruptionBudget", "policy/v1", w.name, object{"spec": object{
			"maxUnavailable": 1, "selector": w.selector()}})},
		part{by: controller, sub: "status", at: w.settled, body: object{"status": w.budgetStatus()}})
}

func (w *workload) budgetStatus() object {
	_, ready := count(w.all())
	wanted := max(w.desired-1, 0)
	return object{"observedGeneration": 1, "expectedPods": w.desired, "desiredHealthy": wanted, "currentHealthy": ready,
		"disruptionsAllowed": max(ready-wanted, 0),
		"conditions":         list{condition("DisruptionAllowed", ready > wanted, sufficiency(ready > wanted), "", w.turned)}}
}

func sufficiency(enough bool) string {
	if enough {
		return "SufficientPods"
	}
	return "InsufficientPods"
}

// networkPolicies close a namespace, but for its own pods and the edge.
func networkPolicies(ns string, born time.Time) []object {
	policy := func(name string, spec object) object {
		return assemble(object{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": object{
			"name": name, "namespace": ns, "creationTimestamp": stamp(born)}},
			part{by: argo, at: born, body: object{"metadata": object{"labels": labels{"team": ns}}, "spec": spec}})
	}
	from := func(peers ...any) list { return list{object{"from": list(peers)}} }
	return []object{
		policy("default-deny", object{"podSelector": object{}, "policyTypes": texts("Ingress")}),
		policy("allow-same-namespace", object{"podSelector": object{}, "policyTypes": texts("Ingress"), "ingress": from(object{"podSelector": object{}})}),
		policy("allow-edge", object{"podSelector": object{"matchLabels": labels{"tier": "frontend"}}, "policyTypes": texts("Ingress"),
			"ingress": from(object{"namespaceSelector": object{"matchLabels": labels{"kubernetes.io/metadata.name": "ingress"}}})}),
	}
}

// access is a little of RBAC: what a team may do in its namespace.
func access(ns string, born time.Time) []object {
	const group = "rbac.authorization.k8s.io"
	meta := func(kind, name string) object {
		return object{"apiVersion": group + "/v1", "kind": kind, "metadata": object{"name": name, "namespace": ns, "creationTimestamp": stamp(born)}}
	}
	return []object{
		assemble(meta("Role", "deployer"), part{by: argo, at: born, body: object{"rules": list{
			object{"apiGroups": texts("apps"), "resources": texts("deployments", "statefulsets"), "verbs": texts("get", "list", "watch", "patch")},
			object{"apiGroups": texts(""), "resources": texts("pods", "pods/log"), "verbs": texts("get", "list", "watch")}}}}),
		assemble(meta("RoleBinding", "deployer"), part{by: argo, at: born, body: object{
			"roleRef":  object{"apiGroup": group, "kind": "Role", "name": "deployer"},
			"subjects": list{object{"apiGroup": group, "kind": "Group", "name": "team-" + ns}}}}),
	}
}

// clusterAccess are the roles of those who look and those who run the cluster.
func clusterAccess(born time.Time) []object {
	const group = "rbac.authorization.k8s.io"
	var out []object
	for _, r := range []struct{ name, verbs string }{{"auditor", "list"}, {"platform-admin", "*"}} {
		out = append(out,
			assemble(object{"apiVersion": group + "/v1", "kind": "ClusterRole", "metadata": object{"name": r.name, "creationTimestamp": stamp(born)}},
				part{by: kubectl, at: born, body: object{"rules": list{object{"apiGroups": texts("*"), "resources": texts("*"), "verbs": texts(r.verbs)}}}}),
			assemble(object{"apiVersion": group + "/v1", "kind": "ClusterRoleBinding", "metadata": object{"name": r.name, "creationTimestamp": stamp(born)}},
				part{by: kubectl, at: born, body: object{
					"roleRef":  object{"apiGroup": group, "kind": "ClusterRole", "name": r.name},
					"subjects": list{object{"apiGroup": group, "kind": "Group", "name": r.name + "s"}}}}))
	}
	return out
}

// priorities are the cluster's PriorityClasses.
func priorities(born time.Time) []object {
	var out []object
	for _, p := range []struct {
		name  string
		value int
	}{{"system-node-critical", 2000001000}, {"system-cluster-critical", 2000000000}, {"shop-critical", 1000000}} {
		out = append(out, assemble(object{"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": object{"name": p.name, "creationTimestamp": stamp(born)}},
			part{by: kubectl, at: born, body: object{"value": p.value, "description": "Pods that others make room for."}}))
	}
	return out
}
