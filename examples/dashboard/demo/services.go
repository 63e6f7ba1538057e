package demo

import (
	"fmt"
	"time"
)

// slice is the EndpointSlice of a workload's Service.
type slice struct {
	name    string
	service string // the uid of its Service
	address string // and its cluster IP
}

func (w *workload) service() object {
	spec := object{"selector": labels{"app": w.name}, "ports": list{object{
		"name": w.portName(), "port": w.servicePort(), "targetPort": w.portName(), "protocol": "TCP"}}}
	spec["clusterIP"], spec["clusterIPs"] = w.slice.address, texts(w.slice.address)
	switch {
	case w.kind == "StatefulSet":
		spec["clusterIP"], spec["clusterIPs"] = "None", texts("None")
	case w.ns == "ingress" && w.port == 443:
		spec["type"] = "LoadBalancer"
	}
	body := w.manifest("Service", "v1", w.name, object{"spec": spec})
	identity := object{"apiVersion": "v1", "kind": "Service", "metadata": object{"name": w.name, "namespace": w.ns, "creationTimestamp": stamp(w.born)}}
	parts := []part{{by: w.by, at: w.born, body: body}}
	if spec["type"] == "LoadBalancer" {
		parts = append(parts, part{by: "cloud-controller-manager", sub: "status", at: w.born.Add(time.Minute), body: object{
			"status": object{"loadBalancer": object{"ingress": list{object{"hostname": "a7d3f1c0.elb." + region + ".example.com", "ip": "203.0.113.17"}}}}}})
	}
	return assemble(identity, parts...)
}

func (a *app) servicePort() int {
	if a.port == 8080 || a.port == 3000 {
		return 80
	}
	return a.port
}

// endpoints are the workload's pods as its Service sees them.
func (w *workload) endpoints() list {
	out := list{}
	for _, p := range w.all() {
		if p.ip == "" || p.phase != "Running" {
			continue
		}
		out = append(out, object{
			"addresses": texts(p.ip), "nodeName": p.node.name, "zone": region + p.node.zone,
			"conditions": object{"ready": p.ready() && !p.deleted, "serving": p.ready(), "terminating": p.deleted},
			"targetRef":  object{"kind": "Pod", "namespace": p.app.ns, "name": p.name, "uid": p.uid},
		})
	}
	return out
}

func (w *workload) sliceObject() object {
	return assemble(
		object{"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": object{
			"name": w.slice.name, "namespace": w.ns, "creationTimestamp": stamp(w.born)}},
		part{by: controller, at: w.settled, body: object{
			"metadata": object{
				"labels":          labels{"kubernetes.io/service-name": w.name, "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"},
				"ownerReferences": reference("v1", "Service", w.name, w.slice.service),
			},
			"addressType": "IPv4", "endpoints": w.endpoints(),
			"ports": list{object{"name": w.portName(), "port": w.port, "protocol": "TCP"}},
		}})
}

func (w *workload) ingress() object {
	backend := object{"service": object{"name": w.name, "port": object{"name": w.portName()}}}
	return assemble(
		object{"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": object{"name": w.name, "namespace": w.ns, "creationTimestamp": stamp(w.born)}},
		part{by: w.by, at: w.born, body: w.manifest("Ingress", "networking.k8s.io/v1", w.name, object{
			"metadata": object{"annotations": labels{"cert-manager.io/cluster-issuer": "letsencrypt"}},
			"spec": object{
				"ingressClassName": "nginx",
				"tls":              list{object{"hosts": texts(w.host), "secretName": w.name + "-tls"}},
				"rules": list{object{"host": w.host, "http": object{"paths": list{
					object{"path": "/", "pathType": "Prefix", "backend": backend}}}}},
			}})},
		part{by: "nginx-ingress-controller", sub: "status", at: w.born.Add(time.Minute), body: object{
			"status": object{"loadBalancer": object{"ingress": list{object{"ip": "203.0.113.17"}}}}}})
}

// ingressClass is the cluster's only one.
func ingressClass(born time.Time) object {
	return assemble(object{"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": object{"name": "nginx", "creationTimestamp": stamp(born)}},
		part{by: helm, at: born, body: object{"spec": object{"controller": "k8s.io/ingress-nginx"}}})
}

// newSlice makes what a workload's Service needs.
func (w *World) newSlice(name string) *slice {
	n := len(w.workloads) + 20
	return &slice{name: name + "-" + w.dice.suffix(), service: w.dice.uid(), address: fmt.Sprintf("10.96.%d.%d", n/200, n%200+10)}
}
