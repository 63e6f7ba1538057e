package conformance

// nobody is a scheduler that does not exist: its pods stay as they are.
const nobody = "nobody"

// podSpec is of pods that no node will take.
func podSpec() object {
	return object{
		"schedulerName": nobody,
		"containers":    []any{object{"name": "main", "image": "example.com/main:1"}},
	}
}

// running is of pods that kubelets take up.
func running() object {
	spec := podSpec()
	delete(spec, "schedulerName")
	return spec
}

// workload is the manifest of a kind that makes pods.
func (p *place) workload(apiVersion, kind, name string, replicas any, spec object) object {
	labels := object{mark: p.namespace, "app": name}
	all := object{
		"template": object{"metadata": object{"labels": labels}, "spec": spec},
		"selector": object{"matchLabels": labels},
	}
	if kind == "ReplicationController" {
		all["selector"] = labels
	}
	if replicas != nil {
		all["replicas"] = replicas
	}
	return object{"apiVersion": apiVersion, "kind": kind, "metadata": p.named(name), "spec": all}
}

func (p *place) deployment(name string, replicas int, spec object) object {
	return p.workload("apps/v1", "Deployment", name, replicas, spec)
}

func (p *place) replicaSet(name string, replicas int, spec object) object {
	return p.workload("apps/v1", "ReplicaSet", name, replicas, spec)
}

func (p *place) replicationController(name string, replicas int, spec object) object {
	return p.workload("v1", "ReplicationController", name, replicas, spec)
}

func (p *place) daemonSet(name string, spec object) object {
	return p.workload("apps/v1", "DaemonSet", name, nil, spec)
}

func (p *place) pod(name string, spec object) object {
	return object{"apiVersion": "v1", "kind": "Pod", "metadata": p.named(name), "spec": spec}
}

func (p *place) service(name string) object {
	return object{"apiVersion": "v1", "kind": "Service", "metadata": p.named(name), "spec": object{
		"selector": object{"app": name},
		"ports":    []any{object{"name": "http", "port": 80, "targetPort": 8080}},
	}}
}

func (p *place) secret(name string, content object) object {
	return object{"apiVersion": "v1", "kind": "Secret", "metadata": p.named(name), "stringData": content}
}

func (p *place) configMap(name string) object {
	return object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": p.named(name), "data": object{"key": "value"}}
}

// clusterScoped is the metadata of an object that is in no namespace. It is
// deleted with the test.
func (p *place) clusterScoped(name, resource string) object {
	full := p.namespace + "-" + name
	p.deleteAfterwards("/api/v1/" + resource + "/" + full)
	return object{"name": full, "labels": object{mark: p.namespace, "which": name}}
}

// node is a machine that takes no pods.
func (p *place) node(name string) object {
	return object{"apiVersion": "v1", "kind": "Node", "metadata": p.clusterScoped(name, "nodes"), "spec": object{
		"unschedulable": true,
		// Daemon sets tolerate a cordon.
		"taints": []any{object{"key": "example.com/conformance", "value": "x", "effect": "NoSchedule"}},
	}}
}

func (p *place) otherNamespace(name string) object {
	return object{"apiVersion": "v1", "kind": "Namespace", "metadata": p.clusterScoped(name, "namespaces")}
}
