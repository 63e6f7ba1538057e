package kinds

import "sync"

// Builtin returns the table of the built-in kinds. Every call returns the same
// one.
//
// Their names, groups and versions are those of
// https://kubernetes.io/docs/reference/kubernetes-api/, with the former ones of
// https://kubernetes.io/docs/reference/using-api/deprecation-guide/.
func Builtin() Table { return builtin() }

var builtin = sync.OnceValue(func() Table {
	var all []Kind
	for _, d := range definitions() {
		k, err := New(d)
		if err != nil {
			panic(err) // a test makes them all
		}
		all = append(all, k)
	}
	table, err := Table{}.With(all...)
	if err != nil {
		panic(err)
	}
	return table
})

func definitions() []Definition {
	core := []string{"v1"}
	rbac := []string{"rbac.authorization.k8s.io/v1", "rbac.authorization.k8s.io/v1beta1", "rbac.authorization.k8s.io/v1alpha1"}
	return []Definition{
		{Name: Node, GroupVersions: core, Plural: "nodes", ShortNames: []string{"no"}},
		{Name: Namespace, GroupVersions: core, Plural: "namespaces", ShortNames: []string{"ns"}},
		{Name: Pod, GroupVersions: core, Plural: "pods", ShortNames: []string{"po"}, Namespaced: true, Logs: true, Exec: true},
		{Name: Service, GroupVersions: core, Plural: "services", ShortNames: []string{"svc"}, Namespaced: true},
		{Name: Secret, GroupVersions: core, Plural: "secrets", Namespaced: true},
		{Name: ReplicationController, GroupVersions: core, Plural: "replicationcontrollers", ShortNames: []string{"rc"}, Namespaced: true, ScalePath: "spec.replicas"},
		{Name: "ConfigMap", GroupVersions: core, Plural: "configmaps", ShortNames: []string{"cm"}, Namespaced: true},
		{Name: "Endpoints", GroupVersions: core, Plural: "endpoints", ShortNames: []string{"ep"}, Namespaced: true},
		// The Event of events.k8s.io has other fields: it is a kind of its own.
		{Name: "Event", GroupVersions: core, Plural: "events", ShortNames: []string{"ev"}, Namespaced: true},
		{Name: "PersistentVolume", GroupVersions: core, Plural: "persistentvolumes", ShortNames: []string{"pv"}},
		{Name: "PersistentVolumeClaim", GroupVersions: core, Plural: "persistentvolumeclaims", ShortNames: []string{"pvc"}, Namespaced: true},
		{Name: "ServiceAccount", GroupVersions: core, Plural: "serviceaccounts", ShortNames: []string{"sa"}, Namespaced: true},

		{Name: Deployment, GroupVersions: []string{"apps/v1", "apps/v1beta2", "apps/v1beta1", "extensions/v1beta1"}, Plural: "deployments", ShortNames: []string{"deploy"}, Namespaced: true, ScalePath: "spec.replicas"},
		{Name: ReplicaSet, GroupVersions: []string{"apps/v1", "apps/v1beta2", "extensions/v1beta1"}, Plural: "replicasets", ShortNames: []string{"rs"}, Namespaced: true, ScalePath: "spec.replicas"},
		{Name: DaemonSet, GroupVersions: []string{"apps/v1", "apps/v1beta2", "extensions/v1beta1"}, Plural: "daemonsets", ShortNames: []string{"ds"}, Namespaced: true},
		{Name: "StatefulSet", GroupVersions: []string{"apps/v1", "apps/v1beta2", "apps/v1beta1"}, Plural: "statefulsets", ShortNames: []string{"sts"}, Namespaced: true, ScalePath: "spec.replicas"},

		{Name: "Job", GroupVersions: []string{"batch/v1", "extensions/v1beta1"}, Plural: "jobs", Namespaced: true},
		{Name: "CronJob", GroupVersions: []string{"batch/v1", "batch/v1beta1", "batch/v2alpha1"}, Plural: "cronjobs", ShortNames: []string{"cj"}, Namespaced: true},
		{Name: "HorizontalPodAutoscaler", GroupVersions: []string{"autoscaling/v2", "autoscaling/v2beta2", "autoscaling/v2beta1", "autoscaling/v1", "extensions/v1beta1"}, Plural: "horizontalpodautoscalers", ShortNames: []string{"hpa"}, Namespaced: true},
		{Name: "PodDisruptionBudget", GroupVersions: []string{"policy/v1", "policy/v1beta1"}, Plural: "poddisruptionbudgets", ShortNames: []string{"pdb"}, Namespaced: true},

		{Name: "Ingress", GroupVersions: []string{"networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1"}, Plural: "ingresses", ShortNames: []string{"ing"}, Namespaced: true},
		{Name: "NetworkPolicy", GroupVersions: []string{"networking.k8s.io/v1", "extensions/v1beta1"}, Plural: "networkpolicies", ShortNames: []string{"netpol"}, Namespaced: true},
		{Name: "EndpointSlice", GroupVersions: []string{"discovery.k8s.io/v1", "discovery.k8s.io/v1beta1", "discovery.k8s.io/v1alpha1"}, Plural: "endpointslices", Namespaced: true},

		{Name: "StorageClass", GroupVersions: []string{"storage.k8s.io/v1", "storage.k8s.io/v1beta1"}, Plural: "storageclasses", ShortNames: []string{"sc"}},
		{Name: "Lease", GroupVersions: []string{"coordination.k8s.io/v1", "coordination.k8s.io/v1beta1"}, Plural: "leases", Namespaced: true},
		{Name: "CustomResourceDefinition", GroupVersions: []string{"apiextensions.k8s.io/v1", "apiextensions.k8s.io/v1beta1"}, Plural: "customresourcedefinitions", ShortNames: []string{"crd", "crds"}},

		{Name: "Role", GroupVersions: rbac, Plural: "roles", Namespaced: true},
		{Name: "RoleBinding", GroupVersions: rbac, Plural: "rolebindings", Namespaced: true},
		{Name: "ClusterRole", GroupVersions: rbac, Plural: "clusterroles"},
		{Name: "ClusterRoleBinding", GroupVersions: rbac, Plural: "clusterrolebindings"},
	}
}
