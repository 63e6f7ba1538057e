package demo

import (
	"encoding/base64"
	"fmt"
	"time"
)

func configMap(a *app, born time.Time) object {
	return assemble(
		object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": a.configName(), "namespace": a.ns, "creationTimestamp": stamp(born)}},
		part{by: a.by, at: born, body: a.manifest("ConfigMap", "v1", a.configName(), object{"data": a.settings()})})
}

// settings are what a ConfigMap of the shop holds.
func (a *app) settings() labels {
	return labels{
		"application.yaml": fmt.Sprintf("server:\n  port: %d\n  shutdown: 20s\nlog:\n  level: info\n  format: json\ntracing:\n  endpoint: http://alloy.monitoring:4317\n  ratio: 0.05\n", a.port),
		"features":         "new-header=on,fast-checkout=off",
		"max-connections":  "64",
	}
}

// secret holds made-up credentials.
func secret(a *app, born time.Time, d dice) object {
	data := labels{
		"username": base64.StdEncoding.EncodeToString([]byte(a.name)),
		"password": base64.StdEncoding.EncodeToString([]byte("demo-" + d.hex(20))),
	}
	return assemble(
		object{"apiVersion": "v1", "kind": "Secret", "metadata": object{"name": a.secretName(), "namespace": a.ns, "creationTimestamp": stamp(born)}},
		part{by: a.by, at: born, body: a.manifest("Secret", "v1", a.secretName(), object{"type": "Opaque", "data": data})})
}

// certificate is the Secret of an Ingress, as cert-manager writes it.
func certificate(a *app, born time.Time, d dice) object {
	text := func(kind string) string {
		return base64.StdEncoding.EncodeToString([]byte("-----BEGIN " + kind + "-----\nno real one: " + d.hex(48) + "\n-----END " + kind + "-----\n"))
	}
	return assemble(
		object{"apiVersion": "v1", "kind": "Secret", "metadata": object{"name": a.name + "-tls", "namespace": a.ns, "creationTimestamp": stamp(born)}},
		part{by: "cert-manager-certificates-issuing", at: born, body: object{
			"metadata": object{"annotations": labels{"cert-manager.io/common-name": a.host, "cert-manager.io/issuer-name": "letsencrypt"}},
			"type":     "kubernetes.io/tls", "data": labels{"tls.crt": text("CERTIFICATE"), "tls.key": text("PRIVATE KEY")}}})
}

func serviceAccount(ns, name, by string, born time.Time) object {
	body := object{"automountServiceAccountToken": name != "default"}
	if name == "default" {
		by, body = controller, object{}
	}
	return assemble(object{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": object{"name": name, "namespace": ns, "creationTimestamp": stamp(born)}},
		part{by: by, at: born, body: body})
}

func namespace(name, purpose string, born time.Time) object {
	return assemble(object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": name, "creationTimestamp": stamp(born)}},
		part{by: kubectl, at: born, body: object{"metadata": object{
			"labels":      labels{"team": name, "pod-security.kubernetes.io/enforce": "baseline"},
			"annotations": labels{"shop.example/purpose": purpose, "shop.example/owner": "team-" + name + "@shop.example"}}}})
}
