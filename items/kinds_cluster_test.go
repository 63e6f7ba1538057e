package items_test

import (
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

const rulesText = `"rules":[{"verbs":["get","*"],"apiGroups":["","apps"],"resources":["pods/log"],"resourceNames":["a"]},{"verbs":["get"],"nonResourceURLs":["/healthz"]}]`

const rulesWant = `Rules: [{Verbs:[get *] APIGroups:[ apps] Resources:[pods/log] ResourceNames:[a] NonResourceURLs:[]} {Verbs:[get] APIGroups:[] Resources:[] ResourceNames:[] NonResourceURLs:[/healthz]}]`

var bindingDocuments = map[string][2]string{
	"full": {`{"metadata":{"name":"b","namespace":"n"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"jane"},{"kind":"ServiceAccount","name":"sa","namespace":"n"}]}`,
		`RoleRef: {APIGroup:rbac.authorization.k8s.io Kind:ClusterRole Name:view}
		Subjects: [{Kind:User APIGroup:rbac.authorization.k8s.io Name:jane Namespace:} {Kind:ServiceAccount APIGroup: Name:sa Namespace:n}]`},
	"new":       {`{"metadata":{"name":"b"}}`, "RoleRef: unset roleRef\nSubjects: []"},
	"malformed": {`{"metadata":{"name":"b"},"roleRef":[],"subjects":{}}`, "RoleRef: bad roleRef\nSubjects: bad subjects"},
}

var clusterKinds = []kindTest{
	kindOf[items.Role](kinds.Role, map[string][2]string{
		"full":      {`{"metadata":{"name":"r"},` + rulesText + `}`, rulesWant},
		"new":       {`{"metadata":{"name":"r"},"rules":null}`, "Rules: []"},
		"malformed": {`{"metadata":{"name":"r"},"rules":[{"verbs":"get"}]}`, "Rules: bad rules"},
	}),
	kindOf[items.ClusterRole](kinds.ClusterRole, map[string][2]string{
		"full": {`{"metadata":{"name":"r"},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"b":"2","a":"1"}},{}]},` + rulesText + `}`, `Aggregates: [a=1,b=2 ]
			` + rulesWant},
		"new":       {`{"metadata":{"name":"r"},"rules":null}`, "Rules: []\nAggregates: []"},
		"malformed": {`{"metadata":{"name":"r"},"rules":7,"aggregationRule":{"clusterRoleSelectors":[7]}}`, "Rules: bad rules\nAggregates: bad aggregationRule.clusterRoleSelectors"},
	}),
	kindOf[items.RoleBinding](kinds.RoleBinding, bindingDocuments),
	kindOf[items.ClusterRoleBinding](kinds.ClusterRoleBinding, bindingDocuments),
	kindOf[items.ServiceAccount](kinds.ServiceAccount, map[string][2]string{
		"full": {`{"metadata":{"name":"s"},"secrets":[{"name":"token"}],"imagePullSecrets":[{"name":"pull"},{"name":"other"}],"automountServiceAccountToken":false}`,
			"AutomountsToken: false\nImagePullSecrets: [pull other]\nSecrets: [token]"},
		"new": {`{"metadata":{"name":"s"}}`, "AutomountsToken: true\nImagePullSecrets: []\nSecrets: []"},
		"malformed": {`{"metadata":{"name":"s"},"secrets":["token"],"imagePullSecrets":{},"automountServiceAccountToken":"no"}`,
			"AutomountsToken: bad automountServiceAccountToken\nImagePullSecrets: bad imagePullSecrets\nSecrets: bad secrets"},
	}),
	kindOf[items.Event](kinds.Event, map[string][2]string{
		"full": {`{"metadata":{"name":"e","namespace":"n"},"involvedObject":{"kind":"Pod","namespace":"n","name":"web-0","uid":"u","apiVersion":"v1","resourceVersion":"3","fieldPath":"spec.containers{main}"},"reason":"BackOff","message":"again",
			"source":{"component":"kubelet","host":"node-1"},"firstTimestamp":"2026-01-02T03:04:05Z","lastTimestamp":"2026-01-02T03:14:05Z","count":12,"type":"Warning","eventTime":null,"reportingComponent":"kubelet","reportingInstance":"node-1"}`,
			`Action: unset action
			Count: 12
			FirstSeen: 2026-01-02 03:04:05 +0000 UTC
			InvolvedObject: Pod n/web-0
			LastSeen: 2026-01-02 03:14:05 +0000 UTC
			Message: again
			Reason: BackOff
			Related: unset related
			Source: {Component:kubelet Host:node-1}
			Type: Warning`},
		"newer form": {`{"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"web-0"},"reason":"Scheduled","message":"to node-1","source":{},"firstTimestamp":null,"lastTimestamp":null,"type":"Normal","eventTime":"2026-01-02T03:04:05.123456Z","action":"Binding",
			"related":{"kind":"Node","name":"node-1"},"reportingComponent":"default-scheduler","reportingInstance":"s-1"}`,
			`Action: Binding
			Count: 1
			FirstSeen: 2026-01-02 03:04:05.123456 +0000 UTC
			InvolvedObject: Pod web-0
			LastSeen: 2026-01-02 03:04:05.123456 +0000 UTC
			Message: to node-1
			Reason: Scheduled
			Related: Node node-1
			Source: {Component:default-scheduler Host:s-1}
			Type: Normal`},
		"series": {`{"metadata":{"name":"e"},"involvedObject":{},"source":{},"count":0,"eventTime":"2026-01-02T03:04:05.000001Z","series":{"count":7,"lastObservedTime":"2026-01-02T04:04:05.000002Z"},"reportingComponent":"","reportingInstance":""}`,
			`Action: unset action
			Count: 7
			FirstSeen: 2026-01-02 03:04:05.000001 +0000 UTC
			InvolvedObject: object
			LastSeen: 2026-01-02 04:04:05.000002 +0000 UTC
			Message: unset message
			Reason: unset reason
			Related: unset related
			Source: unset source.component
			Type: unset type`},
		"first time only": {`{"metadata":{"name":"e"},"firstTimestamp":"2026-01-02T03:04:05Z","count":0,"series":null}`,
			`Action: unset action
			Count: 1
			FirstSeen: 2026-01-02 03:04:05 +0000 UTC
			InvolvedObject: unset involvedObject
			LastSeen: 2026-01-02 03:04:05 +0000 UTC
			Message: unset message
			Reason: unset reason
			Related: unset related
			Source: unset source.component
			Type: unset type`},
		"new": {`{"metadata":{"name":"e"}}`,
			`Action: unset action
			Count: 1
			FirstSeen: unset eventTime
			InvolvedObject: unset involvedObject
			LastSeen: unset eventTime
			Message: unset message
			Reason: unset reason
			Related: unset related
			Source: unset source.component
			Type: unset type`},
		"malformed": {`{"metadata":{"name":"e"},"involvedObject":7,"related":7,"reason":1,"message":2,"action":3,"source":{"component":4},"firstTimestamp":"x","series":{"count":"7","lastObservedTime":5},"type":6}`,
			`Action: bad action
			Count: bad series.count
			FirstSeen: bad firstTimestamp
			InvolvedObject: bad involvedObject
			LastSeen: bad series.lastObservedTime
			Message: bad message
			Reason: bad reason
			Related: bad related
			Source: bad source.component
			Type: bad type`},
	}),
	kindOf[items.Lease](kinds.Lease, map[string][2]string{
		"full": {`{"metadata":{"name":"l"},"spec":{"holderIdentity":"me","leaseDurationSeconds":40,"acquireTime":"2026-01-02T03:04:05.000001Z","renewTime":"2026-01-02T03:04:15.000002Z","leaseTransitions":3,"strategy":"OldestEmulationVersion","preferredHolder":"you"}}`,
			`AcquireTime: 2026-01-02 03:04:05.000001 +0000 UTC
			Duration: 40s
			Expires: 2026-01-02 03:04:55.000002 +0000 UTC
			Holder: me
			PreferredHolder: you
			RenewTime: 2026-01-02 03:04:15.000002 +0000 UTC
			Strategy: OldestEmulationVersion
			Transitions: 3`},
		"new": {`{"metadata":{"name":"l"},"spec":{"holderIdentity":""}}`,
			`AcquireTime: unset spec.acquireTime
			Duration: unset spec.leaseDurationSeconds
			Expires: unset spec.renewTime
			Holder: unset spec.holderIdentity
			PreferredHolder: unset spec.preferredHolder
			RenewTime: unset spec.renewTime
			Strategy: unset spec.strategy
			Transitions: 0`},
		"malformed": {`{"metadata":{"name":"l"},"spec":{"holderIdentity":1,"leaseDurationSeconds":"40","acquireTime":"x","renewTime":"2026-01-02T03:04:15Z","leaseTransitions":"3","strategy":4,"preferredHolder":5}}`,
			`AcquireTime: bad spec.acquireTime
			Duration: bad spec.leaseDurationSeconds
			Expires: bad spec.leaseDurationSeconds
			Holder: bad spec.holderIdentity
			PreferredHolder: bad spec.preferredHolder
			RenewTime: 2026-01-02 03:04:15 +0000 UTC
			Strategy: bad spec.strategy
			Transitions: bad spec.leaseTransitions`},
	}),
	kindOf[items.CustomResourceDefinition](kinds.CustomResourceDefinition, map[string][2]string{
		"full": {`{"metadata":{"name":"widgets.example.com"},"spec":{"group":"example.com","names":{"plural":"widgets","singular":"widget","shortNames":["wd"],"kind":"Widget","listKind":"WidgetList","categories":["all"]},"scope":"Namespaced","versions":[
				{"name":"v1","served":true,"storage":true,"subresources":{"status":{},"scale":{"specReplicasPath":".spec.replicas"}},"additionalPrinterColumns":[{"name":"Size","type":"integer","jsonPath":".spec.size","priority":1}]},
				{"name":"v1beta1","served":false,"storage":false,"deprecated":true,"deprecationWarning":"old"}]},
			"status":{"conditions":[{"type":"Established","status":"True"}],"acceptedNames":{"plural":"widgets","kind":"Widget"},"storedVersions":["v1beta1","v1"]}}`,
			`AcceptedNames: {Kind:Widget ListKind: Plural:widgets Singular: ShortNames:[] Categories:[]}
			Established: true
			Group: example.com
			Names: {Kind:Widget ListKind:WidgetList Plural:widgets Singular:widget ShortNames:[wd] Categories:[all]}
			Scope: Namespaced
			StoredVersions: [v1beta1 v1]
			Versions: [{Name:v1 Served:true Storage:true Deprecated:false Warning: HasStatus:true ScalePath:spec.replicas Columns:[{Name:Size Type:integer Format: Description: Priority:1 JSONPath:.spec.size}]} {Name:v1beta1 Served:false Storage:false Deprecated:true Warning:old HasStatus:false ScalePath: Columns:[]}]`},
		"new": {`{"metadata":{"name":"w"},"spec":{},"status":{"conditions":null,"storedVersions":null}}`,
			`AcceptedNames: unset status.acceptedNames
			Established: false
			Group: unset spec.group
			Names: unset spec.names
			Scope: unset spec.scope
			StoredVersions: []
			Versions: []`},
		"malformed": {`{"metadata":{"name":"w"},"spec":{"group":1,"names":[],"scope":2,"versions":{}},"status":{"conditions":{},"acceptedNames":3,"storedVersions":[4]}}`,
			`AcceptedNames: bad status.acceptedNames
			Established: bad status.conditions
			Group: bad spec.group
			Names: bad spec.names
			Scope: bad spec.scope
			StoredVersions: bad status.storedVersions
			Versions: bad spec.versions`},
	}),
}
