package cluster

import (
	"context"
	"fmt"
	"runtime"
)

// createNodes registers Nodes as kubelets would, and waits until they are ready.
func (c *Cluster) createNodes(ctx context.Context, count int) error {
	for i := range count {
		if err := c.client.do(ctx, "POST", c.apiURL+"/api/v1/nodes", newNode(fmt.Sprintf("node-%d", i)), nil); err != nil {
			return err
		}
	}
	return poll(ctx, func() error { return c.nodesReady(ctx, count) })
}

type object = map[string]any

func newNode(name string) object {
	return object{
		"apiVersion": "v1",
		"kind":       "Node",
		"metadata": object{"name": name, "labels": object{
			"kubernetes.io/hostname": name,
			"kubernetes.io/os":       "linux",
			"kubernetes.io/arch":     runtime.GOARCH,
		}},
		// kwok adds the address on which it plays the kubelet, and the rest of the status.
		"status": object{"addresses": []object{{"type": "Hostname", "address": name}}},
	}
}

type node struct {
	Metadata struct{ Name string }
	Spec     struct{ Taints []struct{ Key string } }
	Status   struct {
		Conditions []struct{ Type, Status string }
	}
}

// ready tells whether Pods can go there: the taint of a new Node goes some time after
// its condition is good.
func (n node) ready() bool {
	if len(n.Spec.Taints) > 0 {
		return false
	}
	for _, condition := range n.Status.Conditions {
		if condition.Type == "Ready" {
			return condition.Status == "True"
		}
	}
	return false
}

func (c *Cluster) nodesReady(ctx context.Context, count int) error {
	var list struct{ Items []node }
	if err := c.client.do(ctx, "GET", c.apiURL+"/api/v1/nodes", nil, &list); err != nil {
		return err
	}
	ready := 0
	for _, n := range list.Items {
		if n.ready() {
			ready++
		}
	}
	if ready < count {
		return fmt.Errorf("%d of %d nodes are ready", ready, count)
	}
	return nil
}

// awaitNamespace waits for the one that a ready API server may not have made yet.
func (c *Cluster) awaitNamespace(ctx context.Context) error {
	return poll(ctx, func() error {
		return c.client.do(ctx, "GET", c.apiURL+"/api/v1/namespaces/default", nil, nil)
	})
}
