package manifests

import (
	"slices"
	"strings"

	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// ranks are the kinds in the order in which they are sent: what others need comes
// first. Kinds that are not here, custom ones above all, take the place of "".
var ranks = rankOf(
	"Namespace",
	"CustomResourceDefinition.apiextensions.k8s.io",
	"PriorityClass.scheduling.k8s.io StorageClass.storage.k8s.io IngressClass.networking.k8s.io RuntimeClass.node.k8s.io CSIDriver.storage.k8s.io",
	"ResourceQuota LimitRange",
	"ServiceAccount",
	"ClusterRole.rbac.authorization.k8s.io Role.rbac.authorization.k8s.io",
	"ClusterRoleBinding.rbac.authorization.k8s.io RoleBinding.rbac.authorization.k8s.io",
	"Secret ConfigMap",
	"PersistentVolume",
	"PersistentVolumeClaim",
	"NetworkPolicy.networking.k8s.io PodDisruptionBudget.policy",
	"Service Endpoints EndpointSlice.discovery.k8s.io",
	"Pod ReplicationController ReplicaSet.apps Deployment.apps StatefulSet.apps DaemonSet.apps Job.batch CronJob.batch",
	"HorizontalPodAutoscaler.autoscaling Ingress.networking.k8s.io",
	"",
	"APIService.apiregistration.k8s.io",
	"ValidatingAdmissionPolicy.admissionregistration.k8s.io MutatingAdmissionPolicy.admissionregistration.k8s.io",
	"ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io MutatingAdmissionPolicyBinding.admissionregistration.k8s.io",
	"ValidatingWebhookConfiguration.admissionregistration.k8s.io MutatingWebhookConfiguration.admissionregistration.k8s.io",
)

func rankOf(lines ...string) map[string]int {
	all := map[string]int{}
	for rank, line := range lines {
		for _, name := range strings.Split(line, " ") {
			all[name] = rank
		}
	}
	return all
}

// groupKind names an object's kind and group: "Deployment.apps", "Pod".
func groupKind(doc raw.Object) string {
	group, _ := kinds.SplitGroupVersion(textAt(doc, "apiVersion"))
	return strings.TrimSuffix(textAt(doc, "kind")+"."+group, ".")
}

func rank(doc raw.Object) int {
	if r, ok := ranks[groupKind(doc)]; ok {
		return r
	}
	return ranks[""]
}

// inOrder returns the positions of documents in the order in which they are sent.
// Within a class, that is the order in which they came.
func inOrder(results []Result) []int {
	order := make([]int, len(results))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return rank(results[a].Document.Object) - rank(results[b].Document.Object)
	})
	return order
}

// definedBy is the kind that a CustomResourceDefinition makes, as groupKind names
// it; "" for another object.
func definedBy(doc raw.Object) string {
	if groupKind(doc) != "CustomResourceDefinition.apiextensions.k8s.io" {
		return ""
	}
	return textAt(doc, "spec", "names", "kind") + "." + textAt(doc, "spec", "group")
}
