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

func builtin[T items.Typed[T]](c *Cluster, name kinds.Name) views.View[T] {
	kind, _ := kinds.Builtin().Lookup(string(name)) // a test looks them all up
	return ViewOf[T](c, kind)
}

// builtinType is the item type of a kind that has one of its own. Only what
// looks kinds up by name refers to it, so that a program which does not carries
// no more kinds than it uses.
func builtinType(kind kinds.Kind) (entry, bool) {
	if known, err := kinds.Builtin().LookupObject(kind.GroupVersions()[0], string(kind.Name())); err != nil || known != kind {
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
	}
	return entry{}, false
}
