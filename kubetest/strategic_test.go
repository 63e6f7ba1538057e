package kubetest

import (
	"slices"
	"strings"
	"testing"
)

// Who applies tells ports apart by number and protocol, which is TCP if none is given;
// a strategic merge patch, as on a real API server, by the number alone.
func TestPortsAreToldApart(t *testing.T) {
	const service, deployment = "/api/v1/namespaces/default/services/dns", "/apis/apps/v1/namespaces/default/deployments/dns"
	inService := func(ports string) string {
		return `{"apiVersion":"v1","kind":"Service","metadata":{"name":"dns"},"spec":{"ports":[` + ports + `]}}`
	}
	inContainer := func(ports string) string {
		return `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"dns"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{` +
			`"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"dns","image":"i","ports":[` + strings.ReplaceAll(ports, `"port"`, `"containerPort"`) + `]}]}}}}`
	}
	for path, with := range map[string]func(string) string{service: inService, deployment: inContainer} {
		c := start(t)
		for _, row := range []struct{ how, by, ports, want string }{
			{"apply", "alice", `{"name":"tcp","port":53},{"name":"udp","port":53,"protocol":"UDP"}`, "tcp 53/TCP, udp 53/UDP"},
			{"apply", "alice", `{"name":"t","port":53,"protocol":"TCP"},{"name":"u","port":53,"protocol":"UDP"}`, "t 53/TCP, u 53/UDP"},
			{"apply", "bob", `{"name":"sctp","port":53,"protocol":"SCTP"}`, "sctp 53/SCTP, t 53/TCP, u 53/UDP"},
			{"apply", "alice", `{"name":"u","port":53,"protocol":"UDP"}`, "sctp 53/SCTP, u 53/UDP"},
			{"apply", "bob", ``, "u 53/UDP"},
			{"strategic", "carol", `{"name":"tcp","port":53,"protocol":"TCP"}`, "tcp 53/TCP"},
		} {
			a := c.patch(row.how, path+"?fieldManager="+row.by, with(row.ports))
			if got := portsOf(a.doc); got != row.want {
				t.Errorf("%s: %s by %s of %s makes %q, not %q: %s", path, row.how, row.by, row.ports, got, row.want, jsonOf(a.doc))
			}
		}
	}
}

// portsOf are the ports, sorted, of a Service, or of a Deployment's first container.
func portsOf(doc map[string]any) string {
	list := listAt(doc, "spec", "ports")
	if containers := listAt(doc, "spec", "template", "spec", "containers"); len(containers) > 0 {
		list = listAt(asMap(containers[0]), "ports")
	}
	var all []string
	for _, e := range list {
		port := asMap(e)
		number := port["port"]
		if number == nil {
			number = port["containerPort"]
		}
		all = append(all, text(port, "name")+" "+jsonOf(number)+"/"+text(port, "protocol"))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
