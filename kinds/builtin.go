package kinds

import (
	"iter"
	"slices"
	"strings"
	"sync"
)

// The kinds of the newest Kubernetes are asked of a real API server, which is
// built on first use. "go generate ./kinds" asks it again.
//
//go:generate go -C ../test/cluster run ./cmd/kinds -o ../../kinds/builtin_generated.go

// Builtin returns the table of the built-in kinds. Every call returns the same
// one.
//
// It has every kind that Kubernetes 1.36 serves, also those of alpha and beta
// versions that have to be turned on, with what such a server can do with it;
// and the kinds of metrics.k8s.io, which most clusters have besides. Their former
// groups and versions are those of
// https://kubernetes.io/docs/reference/using-api/deprecation-guide/.
//
// The kinds of the core group come first: "events" are its own, and those of
// events.k8s.io, which have other fields, are "events.events.k8s.io".
func Builtin() Table { return builtin() }

var builtin = sync.OnceValue(func() Table {
	var all []Kind
	for _, d := range definitions() {
		k, err := New(d)
		if err != nil {
			panic(err) // a test makes them all
		}
		all = append(all, k)
	}
	table, err := Table{}.With(all...)
	if err != nil {
		panic(err)
	}
	return table
})

// metrics are the kinds of https://github.com/kubernetes/metrics, in the form of
// served. Their plurals are those of core kinds.
const metrics = `
NodeMetrics nodes - - Cluster metrics.k8s.io/v1beta1 get,list - -
PodMetrics pods - - Namespaced metrics.k8s.io/v1beta1 get,list - -
`

// histories has a line for each kind that has been in other groups or versions
// before: its name and group, and all of its versions, newest first, with the
// group where that is another.
const histories = `
APIService.apiregistration.k8s.io v1 v1beta1
CSIDriver.storage.k8s.io v1 v1beta1
CSINode.storage.k8s.io v1 v1beta1
CSIStorageCapacity.storage.k8s.io v1 v1beta1 v1alpha1
CertificateSigningRequest.certificates.k8s.io v1 v1beta1
ClusterRole.rbac.authorization.k8s.io v1 v1beta1 v1alpha1
ClusterRoleBinding.rbac.authorization.k8s.io v1 v1beta1 v1alpha1
ControllerRevision.apps v1 v1beta2 v1beta1
CronJob.batch v1 v1beta1 v2alpha1
CustomResourceDefinition.apiextensions.k8s.io v1 v1beta1
DaemonSet.apps v1 v1beta2 extensions/v1beta1
Deployment.apps v1 v1beta2 v1beta1 extensions/v1beta1
DeviceClass.resource.k8s.io v1 v1beta2 v1beta1 v1alpha3
EndpointSlice.discovery.k8s.io v1 v1beta1 v1alpha1
Event.events.k8s.io v1 v1beta1
FlowSchema.flowcontrol.apiserver.k8s.io v1 v1beta3 v1beta2 v1beta1 v1alpha1
HorizontalPodAutoscaler.autoscaling v2 v2beta2 v2beta1 v1 extensions/v1beta1
IPAddress.networking.k8s.io v1 v1beta1 v1alpha1
Ingress.networking.k8s.io v1 v1beta1 extensions/v1beta1
IngressClass.networking.k8s.io v1 v1beta1
Job.batch v1 extensions/v1beta1
Lease.coordination.k8s.io v1 v1beta1
LocalSubjectAccessReview.authorization.k8s.io v1 v1beta1
MutatingWebhookConfiguration.admissionregistration.k8s.io v1 v1beta1
NetworkPolicy.networking.k8s.io v1 extensions/v1beta1
PodCertificateRequest.certificates.k8s.io v1beta1 v1alpha1
PodDisruptionBudget.policy v1 v1beta1
PriorityClass.scheduling.k8s.io v1 v1beta1 v1alpha1
PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io v1 v1beta3 v1beta2 v1beta1 v1alpha1
ReplicaSet.apps v1 v1beta2 extensions/v1beta1
ResourceClaim.resource.k8s.io v1 v1beta2 v1beta1 v1alpha3
ResourceClaimTemplate.resource.k8s.io v1 v1beta2 v1beta1 v1alpha3
ResourceSlice.resource.k8s.io v1 v1beta2 v1beta1 v1alpha3
Role.rbac.authorization.k8s.io v1 v1beta1 v1alpha1
RoleBinding.rbac.authorization.k8s.io v1 v1beta1 v1alpha1
RuntimeClass.node.k8s.io v1 v1beta1 v1alpha1
SelfSubjectAccessReview.authorization.k8s.io v1 v1beta1
SelfSubjectReview.authentication.k8s.io v1 v1beta1 v1alpha1
SelfSubjectRulesReview.authorization.k8s.io v1 v1beta1
ServiceCIDR.networking.k8s.io v1 v1beta1 v1alpha1
StatefulSet.apps v1 v1beta2 v1beta1
StorageClass.storage.k8s.io v1 v1beta1
StorageVersionMigration.storagemigration.k8s.io v1beta1 v1alpha1
SubjectAccessReview.authorization.k8s.io v1 v1beta1
TokenReview.authentication.k8s.io v1 v1beta1
ValidatingAdmissionPolicy.admissionregistration.k8s.io v1 v1beta1 v1alpha1
ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io v1 v1beta1 v1alpha1
ValidatingWebhookConfiguration.admissionregistration.k8s.io v1 v1beta1
VolumeAttachment.storage.k8s.io v1 v1beta1 v1alpha1
VolumeAttributesClass.storage.k8s.io v1 v1beta1 v1alpha1
`

// definitions reads the lines.
func definitions() []Definition {
	former := readHistories()
	var all []Definition
	for line := range lines(served + metrics) {
		d := definition(strings.Fields(line))
		group, _ := SplitGroupVersion(d.GroupVersions[0])
		d.GroupVersions = merge(d.GroupVersions, former[string(d.Name)+"."+group])
		all = append(all, d)
	}
	return all
}

func lines(text string) iter.Seq[string] {
	return strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' })
}

func readHistories() map[string][]string {
	all := make(map[string][]string)
	for line := range lines(histories) {
		words := strings.Fields(line)
		_, group, _ := strings.Cut(words[0], ".")
		for _, version := range words[1:] {
			if !strings.Contains(version, "/") {
				version = group + "/" + version
			}
			all[words[0]] = append(all[words[0]], version)
		}
	}
	return all
}

// definition reads the words of a line: Name, Plural, Singular, ShortNames, the
// scope, GroupVersions, Verbs, Subresources, Categories. Where there is nothing
// is a "-".
func definition(words []string) Definition {
	d := Definition{
		Name:          Name(words[0]),
		Plural:        words[1],
		Singular:      strings.TrimPrefix(words[2], "-"),
		ShortNames:    list(words[3]),
		Namespaced:    words[4] == "Namespaced",
		GroupVersions: list(words[5]),
		Verbs:         list(words[6]),
		Subresources:  list(words[7]),
		Categories:    list(words[8]),
	}
	if slices.Contains(d.Subresources, "scale") {
		d.ScalePath = "spec.replicas"
	}
	return d
}

// allVerbs are what can be done with most kinds; the lines have a "*" for them.
const allVerbs = "create,delete,deletecollection,get,list,patch,update,watch"

func list(word string) []string {
	switch word {
	case "-":
		return nil
	case "*":
		return split(allVerbs)
	}
	return split(word)
}

// merge puts what is new in front of a history, which knows the order of all
// others.
func merge(served, history []string) []string {
	isKnown := func(groupVersion string) bool { return slices.Contains(history, groupVersion) }
	return append(slices.DeleteFunc(served, isKnown), history...)
}
