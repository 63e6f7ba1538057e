package items

import (
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// CustomResourceDefinition makes the server know a kind. Its accessors read the
// form of apiextensions.k8s.io/v1.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/.
type CustomResourceDefinition struct{ object }

// ResourceNames is what a kind is called.
type ResourceNames struct {
	Kind       kinds.Name `json:"kind"`
	ListKind   kinds.Name `json:"listKind"`
	Plural     string     `json:"plural"`
	Singular   string     `json:"singular"`
	ShortNames []string   `json:"shortNames"`
	Categories []string   `json:"categories"` // such as "all"
}

// ResourceVersion is a version in which a kind is defined.
type ResourceVersion struct {
	Name       string // "v1"
	Served     bool   // the server offers it
	Storage    bool   // the server keeps objects in it; true of one version
	Deprecated bool
	Warning    string // what the server tells who uses a deprecated version; may be ""
	HasStatus  bool   // the status is a resource of its own
	ScalePath  string // as of [kinds.Definition]; "" when the kind is not scaled

	Columns []PrinterColumn // beside the name; empty when there is only the age
}

// PrinterColumn is a column of the tables in which a kind is shown.
type PrinterColumn struct {
	Name        string `json:"name"`
	Type        string `json:"type"`        // "string", "integer", "number", "boolean", "date"
	Format      string `json:"format"`      // of the type; may be ""
	Description string `json:"description"` // may be ""
	Priority    int32  `json:"priority"`    // above 0, it is shown only in wide tables
	JSONPath    string `json:"jsonPath"`    // ".spec.size"
}

// Group is the API group of the kind. Possible error: *StatusError.
func (c CustomResourceDefinition) Group() (string, error) { return rest.Text(c.doc(), "spec", "group") }

// Names is what the kind is to be called. Possible error: *StatusError.
func (c CustomResourceDefinition) Names() (ResourceNames, error) {
	return needed[ResourceNames](c.doc(), "spec", "names")
}

// AcceptedNames is what the kind is called in fact; names that others have are
// missing. Possible error: *StatusError, as long as the server has not decided.
func (c CustomResourceDefinition) AcceptedNames() (ResourceNames, error) {
	return needed[ResourceNames](c.doc(), "status", "acceptedNames")
}

// Scope tells whether each object is in a namespace. Possible error: *StatusError.
func (c CustomResourceDefinition) Scope() (kinds.Scope, error) {
	return enum[kinds.Scope](rest.Text(c.doc(), "spec", "scope"))
}

// Versions are the versions of the kind, in the order of the definition. The slice
// is the caller's. Possible error: *StatusError when they are malformed.
func (c CustomResourceDefinition) Versions() ([]ResourceVersion, error) {
	wire, err := list[struct {
		Name               string          `json:"name"`
		Served             bool            `json:"served"`
		Storage            bool            `json:"storage"`
		Deprecated         bool            `json:"deprecated"`
		DeprecationWarning string          `json:"deprecationWarning"`
		Columns            []PrinterColumn `json:"additionalPrinterColumns"`
		Subresources       struct {
			Status *struct{} `json:"status"`
			Scale  struct {
				SpecReplicasPath string `json:"specReplicasPath"`
			} `json:"scale"`
		} `json:"subresources"`
	}](c.doc(), "spec", "versions")
	var all []ResourceVersion
	for _, w := range wire {
		all = append(all, ResourceVersion{w.Name, w.Served, w.Storage, w.Deprecated, w.DeprecationWarning,
			w.Subresources.Status != nil, scalePath(w.Subresources.Scale.SpecReplicasPath), w.Columns})
	}
	return all, err
}

// scalePath writes a path as kinds do: without the dot that it starts with.
func scalePath(path string) string {
	if path != "" && path[0] == '.' {
		return path[1:]
	}
	return path
}

// StoredVersions are the versions in which objects may be kept: this one and
// earlier ones. The slice is the caller's. Possible error: *StatusError when they
// are malformed.
func (c CustomResourceDefinition) StoredVersions() ([]string, error) {
	return list[string](c.doc(), "status", "storedVersions")
}

// Established reports whether the server serves the kind: false as long as it has
// not decided. Possible error: *StatusError when the conditions are malformed.
func (c CustomResourceDefinition) Established() (bool, error) {
	is, err := whenUnset(Condition{})(c.Condition("Established"))
	return is.Status == kinds.ConditionTrue, err
}
