package kube

import (
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/views"
)

// Nodes shows the cluster's machines.
func (c *Cluster) Nodes() views.View[items.Node] { return builtin[items.Node](c, kinds.Node) }

// Namespaces shows the namespaces.
func (c *Cluster) Namespaces() views.View[items.Namespace] {
	return builtin[items.Namespace](c, kinds.Namespace)
}

// ReplicaSets shows the replica sets of all namespaces.
func (c *Cluster) ReplicaSets() views.View[items.ReplicaSet] {
	return builtin[items.ReplicaSet](c, kinds.ReplicaSet)
}

// ReplicationControllers shows the replication controllers of all namespaces.
func (c *Cluster) ReplicationControllers() views.View[items.ReplicationController] {
	return builtin[items.ReplicationController](c, kinds.ReplicationController)
}

// DaemonSets shows the daemon sets of all namespaces.
func (c *Cluster) DaemonSets() views.View[items.DaemonSet] {
	return builtin[items.DaemonSet](c, kinds.DaemonSet)
}

// Deployments shows the deployments of all namespaces.
func (c *Cluster) Deployments() views.View[items.Deployment] {
	return builtin[items.Deployment](c, kinds.Deployment)
}

// Pods shows the pods of all namespaces.
func (c *Cluster) Pods() views.View[items.Pod] { return builtin[items.Pod](c, kinds.Pod) }

// Services shows the services of all namespaces.
func (c *Cluster) Services() views.View[items.Service] {
	return builtin[items.Service](c, kinds.Service)
}

// Secrets shows the secrets of all namespaces.
func (c *Cluster) Secrets() views.View[items.Secret] { return builtin[items.Secret](c, kinds.Secret) }

// StatefulSets shows the stateful sets of all namespaces.
func (c *Cluster) StatefulSets() views.View[items.StatefulSet] {
	return builtin[items.StatefulSet](c, kinds.StatefulSet)
}

// Jobs shows the jobs of all namespaces.
func (c *Cluster) Jobs() views.View[items.Job] {
	return builtin[items.Job](c, kinds.Job)
}

// CronJobs shows the cron jobs of all namespaces.
func (c *Cluster) CronJobs() views.View[items.CronJob] {
	return builtin[items.CronJob](c, kinds.CronJob)
}

// HorizontalPodAutoscalers shows the horizontal pod autoscalers of all namespaces.
func (c *Cluster) HorizontalPodAutoscalers() views.View[items.HorizontalPodAutoscaler] {
	return builtin[items.HorizontalPodAutoscaler](c, kinds.HorizontalPodAutoscaler)
}

// PodDisruptionBudgets shows the pod disruption budgets of all namespaces.
func (c *Cluster) PodDisruptionBudgets() views.View[items.PodDisruptionBudget] {
	return builtin[items.PodDisruptionBudget](c, kinds.PodDisruptionBudget)
}

// Ingresses shows the ingresses of all namespaces.
func (c *Cluster) Ingresses() views.View[items.Ingress] {
	return builtin[items.Ingress](c, kinds.Ingress)
}

// NetworkPolicies shows the network policies of all namespaces.
func (c *Cluster) NetworkPolicies() views.View[items.NetworkPolicy] {
	return builtin[items.NetworkPolicy](c, kinds.NetworkPolicy)
}

// EndpointSlices shows the endpoint slices of all namespaces.
func (c *Cluster) EndpointSlices() views.View[items.EndpointSlice] {
	return builtin[items.EndpointSlice](c, kinds.EndpointSlice)
}

// ConfigMaps shows the config maps of all namespaces.
func (c *Cluster) ConfigMaps() views.View[items.ConfigMap] {
	return builtin[items.ConfigMap](c, kinds.ConfigMap)
}

// ServiceAccounts shows the service accounts of all namespaces.
func (c *Cluster) ServiceAccounts() views.View[items.ServiceAccount] {
	return builtin[items.ServiceAccount](c, kinds.ServiceAccount)
}

// Events shows what controllers have to tell, in all namespaces. What a watch
// tells are events of another kind.
func (c *Cluster) Events() views.View[items.Event] {
	return builtin[items.Event](c, kinds.Event)
}

// Leases shows the leases of all namespaces.
func (c *Cluster) Leases() views.View[items.Lease] {
	return builtin[items.Lease](c, kinds.Lease)
}

// PersistentVolumes shows the persistent volumes.
func (c *Cluster) PersistentVolumes() views.View[items.PersistentVolume] {
	return builtin[items.PersistentVolume](c, kinds.PersistentVolume)
}

// PersistentVolumeClaims shows the persistent volume claims of all namespaces.
func (c *Cluster) PersistentVolumeClaims() views.View[items.PersistentVolumeClaim] {
	return builtin[items.PersistentVolumeClaim](c, kinds.PersistentVolumeClaim)
}

// StorageClasses shows the storage classes.
func (c *Cluster) StorageClasses() views.View[items.StorageClass] {
	return builtin[items.StorageClass](c, kinds.StorageClass)
}

// Roles shows the roles of all namespaces.
func (c *Cluster) Roles() views.View[items.Role] {
	return builtin[items.Role](c, kinds.Role)
}

// RoleBindings shows the role bindings of all namespaces.
func (c *Cluster) RoleBindings() views.View[items.RoleBinding] {
	return builtin[items.RoleBinding](c, kinds.RoleBinding)
}

// ClusterRoles shows the cluster roles.
func (c *Cluster) ClusterRoles() views.View[items.ClusterRole] {
	return builtin[items.ClusterRole](c, kinds.ClusterRole)
}

// ClusterRoleBindings shows the cluster role bindings.
func (c *Cluster) ClusterRoleBindings() views.View[items.ClusterRoleBinding] {
	return builtin[items.ClusterRoleBinding](c, kinds.ClusterRoleBinding)
}

// CustomResourceDefinitions shows the definitions of custom resources.
func (c *Cluster) CustomResourceDefinitions() views.View[items.CustomResourceDefinition] {
	return builtin[items.CustomResourceDefinition](c, kinds.CustomResourceDefinition)
}

func builtin[T items.Typed[T]](c *Cluster, name kinds.Name) views.View[T] {
	kind, _ := kinds.Builtin().Lookup(string(name)) // a test looks them all up
	return ViewOf[T](c, kind)
}

// builtinType is the item type of a kind that has one of its own. Only what
// looks kinds up by name refers to it, so that a program which does not carries
// no more kinds than it uses.
func builtinType(kind kinds.Kind) (entry, bool) {
	if known, err := kinds.Builtin().Lookup(string(kind.Name())); err != nil || known != kind {
		return entry{}, false // another group's kind of the same name
	}
	switch kind.Name() {
	case kinds.Node:
		return entryOf[items.Node](), true
	case kinds.Namespace:
		return entryOf[items.Namespace](), true
	case kinds.ReplicaSet:
		return entryOf[items.ReplicaSet](), true
	case kinds.ReplicationController:
		return entryOf[items.ReplicationController](), true
	case kinds.DaemonSet:
		return entryOf[items.DaemonSet](), true
	case kinds.Deployment:
		return entryOf[items.Deployment](), true
	case kinds.Pod:
		return entryOf[items.Pod](), true
	case kinds.Service:
		return entryOf[items.Service](), true
	case kinds.Secret:
		return entryOf[items.Secret](), true
	case kinds.StatefulSet:
		return entryOf[items.StatefulSet](), true
	case kinds.Job:
		return entryOf[items.Job](), true
	case kinds.CronJob:
		return entryOf[items.CronJob](), true
	case kinds.HorizontalPodAutoscaler:
		return entryOf[items.HorizontalPodAutoscaler](), true
	case kinds.PodDisruptionBudget:
		return entryOf[items.PodDisruptionBudget](), true
	case kinds.Ingress:
		return entryOf[items.Ingress](), true
	case kinds.NetworkPolicy:
		return entryOf[items.NetworkPolicy](), true
	case kinds.EndpointSlice:
		return entryOf[items.EndpointSlice](), true
	case kinds.ConfigMap:
		return entryOf[items.ConfigMap](), true
	case kinds.ServiceAccount:
		return entryOf[items.ServiceAccount](), true
	case kinds.Event:
		return entryOf[items.Event](), true
	case kinds.Lease:
		return entryOf[items.Lease](), true
	case kinds.PersistentVolume:
		return entryOf[items.PersistentVolume](), true
	case kinds.PersistentVolumeClaim:
		return entryOf[items.PersistentVolumeClaim](), true
	case kinds.StorageClass:
		return entryOf[items.StorageClass](), true
	case kinds.Role:
		return entryOf[items.Role](), true
	case kinds.RoleBinding:
		return entryOf[items.RoleBinding](), true
	case kinds.ClusterRole:
		return entryOf[items.ClusterRole](), true
	case kinds.ClusterRoleBinding:
		return entryOf[items.ClusterRoleBinding](), true
	case kinds.CustomResourceDefinition:
		return entryOf[items.CustomResourceDefinition](), true
	}
	return entry{}, false
}
