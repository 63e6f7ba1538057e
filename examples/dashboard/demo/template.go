package demo

import "fmt"

// podLabels are those of an app's pods, without the hash of their template.
func (a *app) podLabels() labels {
	return labels{"app": a.name, "team": a.ns, "tier": a.tier, "app.kubernetes.io/version": a.version()}
}

// version is the tag as far as a label's value may hold it.
func (a *app) version() string { return a.tag }

func (a *app) selector() object { return object{"matchLabels": labels{"app": a.name}} }

// template is the pod template of a workload at an image's tag.
func (a *app) template(tag string, more labels) object {
	l := merged(a.podLabels(), labels{"app.kubernetes.io/version": tag}, more)
	return object{"metadata": object{"labels": l, "annotations": a.podAnnotations()}, "spec": a.podSpec(tag)}
}

func (a *app) podAnnotations() labels {
	if a.port == 0 {
		return labels{"cluster-autoscaler.kubernetes.io/safe-to-evict": "true"}
	}
	return labels{"prometheus.io/scrape": "true", "prometheus.io/port": fmt.Sprint(a.port)}
}

func (a *app) podSpec(tag string) object {
	spec := object{
		"serviceAccountName": a.account(), "terminationGracePeriodSeconds": 30, "containers": a.containers(tag),
		"securityContext": object{"runAsNonRoot": true, "seccompProfile": object{"type": "RuntimeDefault"}},
	}
	if volumes := a.volumes(); len(volumes) > 0 {
		spec["volumes"] = volumes
	}
	if a.hostNetwork {
		spec["hostNetwork"] = true
	}
	if a.everywhere {
		spec["tolerations"] = list{object{"operator": "Exists"}}
	}
	if a.priority != "" {
		spec["priorityClassName"] = a.priority
	}
	if a.kind == "Job" {
		spec["restartPolicy"] = "Never"
	}
	return spec
}

// account is the ServiceAccount of the pods: apps that talk to the API have one
// of their own.
func (a *app) account() string {
	if a.by == helm || a.ns == "kube-system" {
		return a.name
	}
	return "default"
}

func (a *app) containers(tag string) list {
	main := object{"name": a.container(), "image": a.image + ":" + tag, "imagePullPolicy": "IfNotPresent",
		"resources": a.resources(), "env": a.env(), "securityContext": object{"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true}}
	if a.port > 0 {
		main["ports"] = list{object{"name": a.portName(), "containerPort": a.port, "protocol": "TCP"}}
		main["readinessProbe"] = a.readiness(5)
		main["livenessProbe"] = a.readiness(20)
	}
	if mounts := a.mounts(); len(mounts) > 0 {
		main["volumeMounts"] = mounts
	}
	out := list{main}
	if a.sidecar {
		out = append(out, object{"name": "envoy", "image": "docker.io/envoyproxy/envoy:v1.36.2", "imagePullPolicy": "IfNotPresent",
			"ports":     list{object{"name": "mesh", "containerPort": 15001, "protocol": "TCP"}},
			"resources": object{"requests": labels{"cpu": "20m", "memory": "48Mi"}, "limits": labels{"memory": "96Mi"}}})
	}
	return out
}

// container is the name of the main one.
func (a *app) container() string {
	if a.by == argo && a.kind == "" {
		return "app"
	}
	return a.name
}

func (a *app) portName() string {
	if a.tier == "database" || a.tier == "cache" || a.tier == "stream" {
		return "tcp"
	}
	return "http"
}

func (a *app) resources() object {
	return object{
		"requests": labels{"cpu": fmt.Sprintf("%dm", a.cpu), "memory": fmt.Sprintf("%dMi", a.memory)},
		"limits":   labels{"memory": fmt.Sprintf("%dMi", a.memory*3/2)},
	}
}

// readiness is a probe of the app, run every so many seconds.
func (a *app) readiness(period int) object {
	probe := object{"periodSeconds": period, "timeoutSeconds": 2, "failureThreshold": 3}
	if a.probe == "" {
		probe["tcpSocket"] = object{"port": a.portName()}
	} else {
		probe["httpGet"] = object{"path": a.probe, "port": a.portName(), "scheme": "HTTP"}
	}
	return probe
}

func (a *app) env() list {
	out := list{
		object{"name": "LOG_LEVEL", "value": "info"},
		object{"name": "POD_NAME", "valueFrom": object{"fieldRef": object{"apiVersion": "v1", "fieldPath": "metadata.name"}}},
	}
	if a.secret {
		out = append(out, object{"name": "PASSWORD", "valueFrom": object{"secretKeyRef": object{"name": a.secretName(), "key": "password"}}})
	}
	return out
}

func (a *app) configName() string { return a.name + "-config" }
func (a *app) secretName() string { return a.name + "-credentials" }
func (a *app) claimName() string  { return "data" }

func (a *app) volumes() list {
	var out list
	if a.config {
		out = append(out, object{"name": "config", "configMap": object{"name": a.configName(), "defaultMode": 420}})
	}
	return out
}

func (a *app) mounts() list {
	var out list
	if a.config {
		out = append(out, object{"name": "config", "mountPath": "/etc/" + a.name, "readOnly": true})
	}
	if a.disk > 0 {
		out = append(out, object{"name": a.claimName(), "mountPath": "/var/lib/" + a.name})
	}
	return out
}

// request is what a pod of the app asks of its node, its sidecar included.
func (a *app) request() (cpu, memory int) {
	if a.sidecar {
		return a.cpu + 20, a.memory + 48
	}
	return a.cpu, a.memory
}
