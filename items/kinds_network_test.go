package items_test

import (
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

var networkKinds = []kindTest{
	kindOf[items.Ingress](kinds.Ingress, map[string][2]string{
		"full": {`{"kind":"Ingress","apiVersion":"networking.k8s.io/v1","metadata":{"name":"i","namespace":"n"},"spec":{"ingressClassName":"nginx",
				"defaultBackend":{"resource":{"apiGroup":"example.com","kind":"Bucket","name":"b"}},"tls":[{"hosts":["a.example"],"secretName":"cert"},{}],
				"rules":[{"host":"a.example","http":{"paths":[{"path":"/x","pathType":"Prefix","backend":{"service":{"name":"s","port":{"number":80}}}},{"pathType":"ImplementationSpecific","backend":{"service":{"name":"t","port":{"name":"http"}}}}]}},{"host":"a.example"},{}]},
			"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1"},{"hostname":"lb.example","ports":[{"port":80,"protocol":"TCP"}]}]}}}`,
			`Class: nginx
			DefaultBackend: {Service:{Name: Port:{Name: Number:0}} Resource:Bucket b}
			Hosts: [a.example *]
			LoadBalancer: [{IP:192.0.2.1 Hostname: IPMode: Ports:[]} {IP:invalid IP Hostname:lb.example IPMode: Ports:[{Port:80 Protocol:TCP Error:}]}]
			Rules: [{Host:a.example Paths:[{Path:/x Type:Prefix Backend:{Service:{Name:s Port:{Name: Number:80}} Resource:object}} {Path: Type:ImplementationSpecific Backend:{Service:{Name:t Port:{Name:http Number:0}} Resource:object}}]} {Host:a.example Paths:[]} {Host: Paths:[]}]
			TLS: [{Hosts:[a.example] SecretName:cert} {Hosts:[] SecretName:}]`},
		"new": {`{"kind":"Ingress","metadata":{"name":"i"},"status":{"loadBalancer":{}}}`,
			`Class: unset spec.ingressClassName
			DefaultBackend: unset spec.defaultBackend
			Hosts: []
			LoadBalancer: []
			Rules: []
			TLS: []`},
		"malformed": {`{"kind":"Ingress","metadata":{"name":"i"},"spec":{"ingressClassName":7,"defaultBackend":[],"rules":[{"host":1}],"tls":{}},"status":{"loadBalancer":{"ingress":[{"ip":"x"}]}}}`,
			`Class: bad spec.ingressClassName
			DefaultBackend: bad spec.defaultBackend
			Hosts: bad spec.rules
			LoadBalancer: bad status.loadBalancer.ingress
			Rules: bad spec.rules
			TLS: bad spec.tls`},
	}),
	kindOf[items.EndpointSlice](kinds.EndpointSlice, map[string][2]string{
		"full": {`{"kind":"EndpointSlice","metadata":{"name":"e","namespace":"n","labels":{"kubernetes.io/service-name":"web"}},"addressType":"IPv6","ports":[{"name":"http","protocol":"TCP","port":8080,"appProtocol":"http"},{}],
			"endpoints":[{"addresses":["fd00::1"],"conditions":{"ready":false,"serving":true,"terminating":true},"hostname":"h","nodeName":"node-1","zone":"z","hints":{"forZones":[{"name":"z"}]},"targetRef":{"kind":"Pod","namespace":"n","name":"web-0","uid":"u"}},{"addresses":["fd00::2"],"conditions":{}}]}`,
			`AddressType: IPv6
			Endpoints: [{Addresses:[fd00::1] Names:[] Ready:false Serving:true Terminating:true Hostname:h NodeName:node-1 Zone:z ForZones:[z] Target:Pod n/web-0} {Addresses:[fd00::2] Names:[] Ready:true Serving:true Terminating:false Hostname: NodeName: Zone: ForZones:[] Target:object}]
			Ports: [{Name:http Protocol:TCP Port:8080 AppProtocol:http} {Name: Protocol:TCP Port:0 AppProtocol:}]
			Service: web`},
		"names": {`{"kind":"EndpointSlice","metadata":{"name":"e"},"addressType":"FQDN","endpoints":[{"addresses":["a.example"]}],"ports":null}`,
			`AddressType: FQDN
			Endpoints: [{Addresses:[] Names:[a.example] Ready:true Serving:true Terminating:false Hostname: NodeName: Zone: ForZones:[] Target:object}]
			Ports: []
			Service: unset metadata.labels.kubernetes.io/service-name`},
		"new": {`{"kind":"EndpointSlice","metadata":{"name":"e"},"endpoints":null}`,
			`AddressType: unset addressType
			Endpoints: []
			Ports: []
			Service: unset metadata.labels.kubernetes.io/service-name`},
		"malformed": {`{"kind":"EndpointSlice","metadata":{"name":"e","labels":{"kubernetes.io/service-name":1}},"addressType":"IPv4","endpoints":[{"addresses":["a.example"]}],"ports":[7]}`,
			`AddressType: IPv4
			Endpoints: bad endpoints
			Ports: bad ports
			Service: bad metadata.labels.kubernetes.io/service-name`},
	}),
	kindOf[items.NetworkPolicy](kinds.NetworkPolicy, map[string][2]string{
		"full": {`{"kind":"NetworkPolicy","metadata":{"name":"p","namespace":"n"},"spec":{"podSelector":{"matchLabels":{"app":"db"}},"policyTypes":["Ingress","Egress"],
			"ingress":[{"from":[{"podSelector":{}},{"namespaceSelector":{"matchLabels":{"env":"prod"}},"podSelector":{"matchLabels":{"app":"web"}}},{"ipBlock":{"cidr":"10.0.0.0/8","except":["10.1.0.0/16"]}}],"ports":[{"protocol":"UDP","port":53},{"port":"http"},{"port":8000,"endPort":9000},{}]},{}],
			"egress":[{"to":[{"ipBlock":{"cidr":"::/0"}}]}]}}`,
			`EgressRules: [{Peers:[{Pods: Namespaces: IPBlock:{CIDR:::/0 Except:[]}}] Ports:[]}]
			IngressRules: [{Peers:[{Pods: Namespaces: IPBlock:{CIDR:invalid Prefix Except:[]}} {Pods:app=web Namespaces:env=prod IPBlock:{CIDR:invalid Prefix Except:[]}} {Pods: Namespaces: IPBlock:{CIDR:10.0.0.0/8 Except:[10.1.0.0/16]}}] Ports:[{Protocol:UDP Port:53 EndPort:0} {Protocol:TCP Port:http EndPort:0} {Protocol:TCP Port:8000 EndPort:9000} {Protocol:TCP Port: EndPort:0}]} {Peers:[] Ports:[]}]
			PodSelector: app=db
			PolicyTypes: [Ingress Egress]`},
		"new": {`{"kind":"NetworkPolicy","metadata":{"name":"p"}}`,
			`EgressRules: []
			IngressRules: []
			PodSelector:
			PolicyTypes: [Ingress]`},
		"types left out": {`{"kind":"NetworkPolicy","metadata":{"name":"p"},"spec":{"podSelector":{},"egress":[{}]}}`,
			`EgressRules: [{Peers:[] Ports:[]}]
			IngressRules: []
			PodSelector:
			PolicyTypes: [Ingress Egress]`},
		"malformed": {`{"kind":"NetworkPolicy","metadata":{"name":"p"},"spec":{"podSelector":"x","policyTypes":{},"ingress":[{"from":[{"ipBlock":{"cidr":"10.0.0.0"}}]}],"egress":[{"ports":[{"port":true}]}]}}`,
			`EgressRules: bad spec.egress
			IngressRules: bad spec.ingress
			PodSelector: bad spec.podSelector
			PolicyTypes: bad spec.policyTypes`},
	}),
}
