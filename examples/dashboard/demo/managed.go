package demo

import (
	"encoding/json"
	"fmt"
	"time"
)

// Those who write into the cluster.
const (
	kubectl    = "kubectl-client-side-apply"
	helm       = "helm"
	argo       = "argocd-controller" // applies on the server's side
	controller = "kube-controller-manager"
	scheduler  = "kube-scheduler"
	kubelet    = "kubelet"
	kubeadm    = "kubeadm"
)

// part is what one manager has written of an object.
type part struct {
	by   string
	sub  string // the subresource, or empty
	at   time.Time
	body object
}

// assemble makes an object of the parts that its managers have written, and
// notes in managedFields whose is what.
func assemble(identity object, parts ...part) object {
	doc := join(identity)
	var entries list
	for _, p := range parts {
		joinInto(doc, p.body)
		entries = append(entries, p.entry(identity["apiVersion"]))
	}
	joinInto(doc, object{"metadata": object{"managedFields": entries}})
	return doc
}

func (p part) entry(apiVersion any) object {
	e := object{"manager": p.by, "operation": operationOf(p.by), "apiVersion": apiVersion, "time": stamp(p.at),
		"fieldsType": "FieldsV1", "fieldsV1": fieldsOf(p.body, "")}
	if p.sub != "" {
		e["subresource"] = p.sub
	}
	return e
}

func operationOf(manager string) string {
	if manager == argo {
		return "Apply"
	}
	return "Update"
}

// fieldsOf is the set of an object's fields in the form of fieldsV1; name is the
// member that the object stands under.
func fieldsOf(doc object, name string) object {
	set := object{}
	for member, v := range doc {
		set["f:"+member] = fieldsIn(v, member, name)
	}
	return set
}

// passages are the members that nobody owns as such, only what is in them.
var passages = map[string]bool{"metadata": true, "spec": true, "status": true, "template": true, "strategy": true,
	"updateStrategy": true, "containers": true, "jobTemplate": true}

func fieldsIn(v any, member, parent string) object {
	var set object
	switch v := v.(type) {
	case list:
		if set = fieldsOfList(v, member, parent); len(set) == 0 {
			return object{}
		}
	default:
		inner, ok := asObject(v)
		if !ok || len(inner) == 0 || member == "selector" {
			return object{}
		}
		set = fieldsOf(inner, member)
	}
	if !passages[member] {
		set["."] = object{}
	}
	return set
}

// keys are the lists whose entries the server tells apart, and by what.
var keys = map[string][]string{
	"conditions": {"type"}, "containers": {"name"}, "initContainers": {"name"}, "env": {"name"}, "volumes": {"name"},
	"volumeMounts": {"mountPath"}, "ownerReferences": {"uid"}, "podIPs": {"ip"}, "hostIPs": {"ip"}, "addresses": {"type"},
	"service.ports": {"port", "protocol"}, "containers.ports": {"containerPort", "protocol"},
	"spec.ports": {"port", "protocol"},
}

// sets are the lists of plain values that are owned one by one.
var sets = map[string]bool{"finalizers": true, "podCIDRs": true}

func fieldsOfList(l list, member, parent string) object {
	if sets[member] {
		return fieldsOfSet(l)
	}
	by := keys[parent+"."+member]
	if by == nil {
		by = keys[member]
	}
	set := object{}
	for _, e := range l {
		entry, ok := e.(object)
		if !ok || by == nil {
			return nil
		}
		fields := fieldsOf(entry, member)
		fields["."] = object{}
		set["k:"+keyText(entry, by)] = fields
	}
	return set
}

func fieldsOfSet(l list) object {
	set := object{}
	for _, e := range l {
		set[fmt.Sprintf("v:%q", e)] = object{}
	}
	return set
}

// keyText writes the key of an entry; JSON sorts its members.
func keyText(entry object, by []string) string {
	key := object{}
	for _, name := range by {
		key[name] = entry[name]
	}
	if len(by) > 1 && key["protocol"] == nil {
		key["protocol"] = "TCP"
	}
	text, err := json.Marshal(key)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return string(text)
}
