package conformance

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

// condition is what the judge reads of a condition.
type condition struct {
	Type, Status, Reason, Message                                        string
	LastTransitionTime, LastUpdateTime, LastHeartbeatTime, LastProbeTime time.Time
	ObservedGeneration                                                   int64
}

type conditioned interface {
	Conditions() ([]items.Condition, error)
	Condition(string) (items.Condition, error)
}

func compareConditions(p *place, item conditioned, judged []condition) {
	p.Helper()
	got := must[[]items.Condition](p)(item.Conditions())
	same(p, "the number of conditions", len(got), len(judged))
	for i, c := range judged {
		same(p, "condition "+c.Type, asJudged(got[i]), c)
		one := must[items.Condition](p)(item.Condition(c.Type))
		same(p, "the condition by its type "+c.Type, asJudged(one), c)
	}
	_, err := item.Condition("NoSuchCondition")
	refused[*kube.StatusError](p, "an absent condition", err)
}

func asJudged(c items.Condition) condition {
	return condition{c.Type, string(c.Status), c.Reason, c.Message, c.LastTransitionTime, c.LastUpdateTime,
		c.LastHeartbeatTime, c.LastProbeTime, c.ObservedGeneration}
}

type nodeAsJudged struct {
	Spec struct {
		Unschedulable bool
		Taints        []struct {
			Key, Value, Effect string
			TimeAdded          time.Time
		}
	}
	Status struct {
		Addresses             []struct{ Type, Address string }
		Capacity, Allocatable map[string]string
		Conditions            []condition
	}
}

func compareNode(p *place, n items.Node, is nodeAsJudged) {
	p.Helper()
	compareAddresses(p, n, is)
	compareResources(p, "capacity", is.Status.Capacity, n.Capacity)
	compareResources(p, "allocatable", is.Status.Allocatable, n.Allocatable)
	compareConditions(p, n, is.Status.Conditions)
	same(p, "unschedulable", must[bool](p)(n.Unschedulable()), is.Spec.Unschedulable)
	taints := must[[]items.Taint](p)(n.Taints())
	same(p, "the number of taints", len(taints), len(is.Spec.Taints))
	for i, t := range is.Spec.Taints {
		same(p, "a taint", taints[i], items.Taint{Key: t.Key, Value: t.Value, Effect: kinds.TaintEffect(t.Effect), TimeAdded: t.TimeAdded})
	}
	ready := slices.IndexFunc(is.Status.Conditions, func(c condition) bool { return c.Type == "Ready" })
	if ready < 0 {
		_, err := n.Ready()
		refused[*kube.StatusError](p, "ready", err)
		return
	}
	same(p, "ready", must[bool](p)(n.Ready()), is.Status.Conditions[ready].Status == "True")
}

func compareAddresses(p *place, n items.Node, is nodeAsJudged) {
	p.Helper()
	addresses := must[[]items.NodeAddress](p)(n.Addresses())
	same(p, "the number of addresses", len(addresses), len(is.Status.Addresses))
	for i, a := range is.Status.Addresses {
		same(p, "the type of an address", string(addresses[i].Type), a.Type)
		same(p, "an address", addresses[i].Address, a.Address)
		ip, err := addresses[i].IP()
		if a.Type == "InternalIP" || a.Type == "ExternalIP" {
			p.must(err)
			same(p, "an IP address", ip, netip.MustParseAddr(a.Address))
		} else if err == nil {
			p.Errorf("%s %s is no IP address, but %v is returned", a.Type, a.Address, ip)
		}
	}
}

func compareResources(p *place, field string, judged map[string]string, get func() (items.Resources, error)) {
	p.Helper()
	got, err := get()
	if judged == nil {
		refused[*kube.StatusError](p, field, err)
		return
	}
	p.must(err)
	same(p, field, got.Names(), slices.Sorted(maps.Keys(judged)))
	for name, text := range judged {
		q, ok := got.Get(name)
		if !ok || q.String() != text { // the server writes canonical forms
			p.Errorf("%s of %s is %v, the judge says %s", field, name, q, text)
		}
	}
	if _, ok := got.Get("example.com/none"); ok {
		p.Errorf("%s has a resource that is not there", field)
	}
}

func nodeAccessors(p *place) {
	name := p.namespace + "-full"
	must[items.Node](p)(p.cluster.Nodes().Create(p.ctx, p.node("full")))
	p.step("without_status", func(p *place) { p.compareNodeNamed(name) })
	if !p.env.Lives { // a kubelet would take the status back
		p.writeStatus("/api/v1/nodes/"+name, nodeStatus())
	} else {
		p.eventually(func() error {
			_, err := must[items.Node](p)(p.cluster.Nodes().Fetch(p.ctx, name)).Capacity()
			return err
		})
	}
	n := p.compareNodeNamed(name)
	if p.env.Lives {
		return
	}
	capacity := must[items.Resources](p)(n.Capacity())
	same(p, "cores", capacity.CPU(), 7.91)
	same(p, "memory", capacity.Memory(), 32780<<20)
	same(p, "pods", capacity.Pods(), 110)
	gpus, _ := capacity.Get("nvidia.com/gpu")
	same(p, "GPUs", gpus.Value(), 2)
}

func (p *place) compareNodeNamed(name string) items.Node {
	p.Helper()
	var is nodeAsJudged
	n := agreed(p, &is, func() (items.Node, error) { return p.cluster.Nodes().Fetch(p.ctx, name) })
	compareNode(p, n, is)
	return n
}

func nodeStatus() object {
	address := func(kind, text string) object { return object{"type": kind, "address": text} }
	amounts := object{"cpu": "7910m", "memory": "32780Mi", "pods": "110", "nvidia.com/gpu": "2", "ephemeral-storage": "100G"}
	return object{
		"capacity": amounts, "allocatable": amounts,
		"addresses": []any{
			address("Hostname", "10.0.0.1"), address("InternalIP", "10.0.0.1"), address("InternalIP", "fd00::1"),
			address("ExternalIP", "192.0.2.7"), address("InternalDNS", "a.internal"), address("ExternalDNS", "a.example.com"),
		},
		"conditions": []any{object{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "posting ready",
			"lastHeartbeatTime": "2026-03-01T10:00:00Z", "lastTransitionTime": "2026-03-01T09:00:00Z"}},
	}
}

// everyNode compares the nodes that the cluster has of its own.
func everyNode(p *place) {
	for n, err := range p.cluster.Nodes().All(p.ctx) {
		p.must(err)
		if n.Labels().Has(mark) {
			continue // another test's, which may go at any time
		}
		p.compareNodeNamed(n.Name())
	}
}

func namespaceAccessors(p *place) {
	fetch := func() (items.Namespace, error) { return p.cluster.Namespaces().Fetch(p.ctx, p.namespace) }
	var is struct {
		Status struct{ Phase *kinds.NamespacePhase }
	}
	n := agreed(p, &is, fetch)
	attribute(p, "status.phase", is.Status.Phase, n.Phase)
	same(p, "phase", *is.Status.Phase, kinds.NamespaceActive)
}

// serviceAsJudged is what the judge reads of a Service.
type serviceAsJudged struct {
	Spec   struct{ Type, ClusterIP string }
	Status struct {
		LoadBalancer struct {
			Ingress []struct {
				IP, Hostname, IPMode string
				Ports                []items.LoadBalancerPort
			}
		}
	}
}

func serviceAccessors(p *place) {
	manifest := p.service("balanced")
	manifest["spec"].(object)["type"] = "LoadBalancer"
	v := p.cluster.Services().In(p.namespace)
	must[items.Service](p)(v.Create(p.ctx, manifest))
	p.writeStatus(p.path("v1", "services", "balanced"), object{"loadBalancer": object{"ingress": []any{
		object{"ip": "192.0.2.10", "ipMode": "VIP", "ports": []any{object{"port": 80, "protocol": "TCP"},
			object{"port": 443, "protocol": "TCP", "error": "PortBusy"}}},
		object{"ip": "2001:db8::1", "ipMode": "Proxy"},
		object{"hostname": "lb.example.com"},
	}}})
	var is serviceAsJudged
	s := agreed(p, &is, func() (items.Service, error) { return v.Fetch(p.ctx, "balanced") })
	same(p, "type", string(must[kinds.ServiceType](p)(s.Type())), is.Spec.Type)
	same(p, "cluster IP", must[netip.Addr](p)(s.ClusterIP()).String(), is.Spec.ClusterIP)
	points := must[[]items.LoadBalancerIngress](p)(s.Ingress())
	same(p, "the number of points", len(points), 3)
	for i, judged := range is.Status.LoadBalancer.Ingress {
		ip, _ := netip.ParseAddr(judged.IP)
		same(p, "a point", points[i], items.LoadBalancerIngress{IP: ip, Hostname: judged.Hostname, IPMode: kinds.IPMode(judged.IPMode), Ports: judged.Ports})
	}
}

func plainService(p *place) {
	manifest := p.service("headless")
	manifest["spec"].(object)["clusterIP"] = "None"
	s := must[items.Service](p)(p.cluster.Services().In(p.namespace).Create(p.ctx, manifest))
	same(p, "type", must[kinds.ServiceType](p)(s.Type()), kinds.ServiceClusterIP)
	same(p, "points", len(must[[]items.LoadBalancerIngress](p)(s.Ingress())), 0)
	_, err := s.ClusterIP()
	refused[*kube.StatusError](p, "the cluster IP of a headless service", err)
}

func secretAccessors(p *place) {
	manifest := p.secret("data", object{"text": "grün", "empty": ""})
	manifest["data"] = object{"binary": "AP/+gA=="}
	manifest["immutable"] = true
	v := p.cluster.Secrets().In(p.namespace)
	must[items.Secret](p)(v.Create(p.ctx, manifest))
	var is struct {
		Data      map[string][]byte
		Type      *kinds.SecretType
		Immutable bool
	}
	s := agreed(p, &is, func() (items.Secret, error) { return v.Fetch(p.ctx, "data") })
	data := must[map[string][]byte](p)(s.Data())
	same(p, "data", data, is.Data)
	same(p, "keys", must[[]string](p)(s.Keys()), []string{"binary", "empty", "text"})
	same(p, "immutable", must[bool](p)(s.Immutable()), is.Immutable)
	attribute(p, "type", is.Type, s.Type)
	if s.Spec().Exists() {
		p.Error("a Secret has a spec")
	}
	data["text"][0] = 'X'
	delete(data, "binary")
	same(p, "data after a change of the copy", must[map[string][]byte](p)(s.Data()), is.Data)
}

func secretTypes(p *place) {
	v := p.cluster.Secrets().In(p.namespace)
	if p.env.Lives {
		// The token controller deletes tokens of accounts that do not exist.
		p.eventually(func() error {
			code, _, err := p.plain.do(p.ctx, "GET", p.path("v1", "serviceaccounts", "default"), "", nil)
			if err != nil || code != 200 {
				return unexpected("the service account", code)
			}
			return nil
		})
	}
	for kind, content := range map[kinds.SecretType]object{
		kinds.SecretOpaque: {}, "example.com/own": {},
		kinds.SecretServiceAccountToken: {},
		kinds.SecretDockercfg:           {".dockercfg": "{}"},
		kinds.SecretDockerConfigJSON:    {".dockerconfigjson": "{}"},
		kinds.SecretBasicAuth:           {"username": "u", "password": "p"},
		kinds.SecretSSHAuth:             {"ssh-privatekey": "k"},
		kinds.SecretTLS:                 {"tls.crt": "c", "tls.key": "k"},
		kinds.SecretBootstrapToken:      {"token-id": "abcdef"},
	} {
		manifest := p.secret("", content)
		manifest["type"] = string(kind)
		manifest["metadata"] = object{"generateName": "of-a-type-", "annotations": object{"kubernetes.io/service-account.name": "default"}}
		created := must[items.Secret](p)(v.Create(p.ctx, manifest))
		var is struct {
			Data map[string][]byte
			Type kinds.SecretType
		}
		s := agreed(p, &is, func() (items.Secret, error) { return v.Fetch(p.ctx, created.Name()) })
		same(p, "type", must[kinds.SecretType](p)(s.Type()), kind)
		same(p, "type", is.Type, kind)
		got := must[map[string][]byte](p)(s.Data())
		if len(got) != len(is.Data) || len(got) < len(content) {
			p.Errorf("%s has data %q", kind, got)
		}
	}
	none := must[items.Secret](p)(v.Create(p.ctx, object{"apiVersion": "v1", "kind": "Secret", "metadata": p.named("none")}))
	same(p, "no data", len(must[map[string][]byte](p)(none.Data())), 0)
	if text := none.Raw().Bytes(); !json.Valid(text) {
		p.Errorf("the explicit text is %s", text)
	}
}
