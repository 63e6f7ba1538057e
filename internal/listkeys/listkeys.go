// Package listkeys knows by what the elements of a list are told apart, in objects of
// the kinds that come with Kubernetes.
//
// The API server tells it in its OpenAPI document: x-kubernetes-list-map-keys, else
// x-kubernetes-patch-merge-key, and x-kubernetes-list-type for sets. A test holds the
// tables here to what a real server says of each of its kinds.
package listkeys

// keys has the lists of objects by their own name, and where lists of one name are not
// alike, by the name that the object with the list stands under, and their own.
var keys = map[string][]string{
	"allocatedResourcesStatus":  {"name"},
	"claims":                    {"name"},
	"conditions":                {"type"},
	"containers":                {"name"},
	"drivers":                   {"name"},
	"env":                       {"name"},
	"ephemeralContainers":       {"name"},
	"hostAliases":               {"ip"},
	"hostIPs":                   {"ip"},
	"imagePullSecrets":          {"name"}, // a ServiceAccount's by us alone
	"initContainers":            {"name"},
	"matchConditions":           {"name"},
	"ownerReferences":           {"uid"},
	"podGroupTemplates":         {"name"},
	"podIPs":                    {"ip"},
	"reservedFor":               {"uid"},
	"resourceClaimStatuses":     {"name"},
	"resourceClaims":            {"name"},
	"schedulingGates":           {"name"},
	"secrets":                   {"name"},
	"storageVersions":           {"apiServerID"},
	"topologySpreadConstraints": {"topologyKey", "whenUnsatisfiable"},
	"variables":                 {"name"}, // a MutatingAdmissionPolicy's by us alone
	"volumeDevices":             {"devicePath"},
	"volumeMounts":              {"mountPath"},
	"volumes":                   {"name"},
	"webhooks":                  {"name"},
	"x-kubernetes-validations":  {"rule"},

	"allocatedResourcesStatus/resources": {"resourceID"},
	"containers/ports":                   {"containerPort", "protocol"},
	"ephemeralContainers/ports":          {"containerPort", "protocol"},
	"initContainers/ports":               {"containerPort", "protocol"},
	"spec/ports":                         {"port", "protocol"}, // a Service's
	"status/addresses":                   {"type"},             // a Node's
	"status/devices":                     {"driver", "device", "pool", "shareID"},

	// By us alone: to the server these have no keys, but what names their elements is
	// plain, and they are not written by hand.
	"additionalPrinterColumns":   {"name"},
	"containerStatuses":          {"name"},
	"ephemeralContainerStatuses": {"name"},
	"initContainerStatuses":      {"name"},
	"/ports":                     {"name"}, // an EndpointSlice's
	"spec/taints":                {"key", "effect"},
	"spec/versions":              {"name"}, // a CustomResourceDefinition's
	"status/volumesAttached":     {"name"},
}

// sets has the lists of plain values whose order means nothing. Those of a FlowSchema
// are not among them: rules of other kinds have lists of the same names that are none.
var sets = map[string]bool{
	"endpoints/addresses":                             true,
	"exitCodes/values":                                true,
	"metadata/finalizers":                             true,
	"nodeAllocatableResourceClaimStatuses/containers": true,
	"onExitCodes/values":                              true,
	"spec/podCIDRs":                                   true,
	"spec/validationActions":                          true,
	"spec/volumeLifecycleModes":                       true,
	"storageVersions/decodableVersions":               true,
	"storageVersions/servedVersions":                  true,
	"uncountedTerminatedPods/failed":                  true,
	"uncountedTerminatedPods/succeeded":               true,
}

// Of returns the members by which the elements of a list are told apart; none for a
// list that has no keys. parent is what the object with the list stands under, the
// list's name if the object is an element of one, and "" at the top. The slice is not
// to be written to.
func Of(parent, list string) []string {
	if found, ok := keys[parent+"/"+list]; ok {
		return found
	}
	return keys[list]
}

// IsSet reports whether a list of plain values is a set.
func IsSet(parent, list string) bool { return sets[parent+"/"+list] }
