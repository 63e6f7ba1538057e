package items

import (
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// PolicyRule allows some verbs on some resources, or on some paths that are none.
// "*" is all.
//
// See https://kubernetes.io/docs/reference/access-authn-authz/rbac/.
type PolicyRule struct {
	Verbs           []string `json:"verbs"`
	APIGroups       []string `json:"apiGroups"`       // "" is the core group
	Resources       []string `json:"resources"`       // "pods", "pods/log"
	ResourceNames   []string `json:"resourceNames"`   // empty for all
	NonResourceURLs []string `json:"nonResourceURLs"` // only in a ClusterRole
}

// RoleRef names the role that a binding grants.
type RoleRef struct {
	APIGroup string     `json:"apiGroup"`
	Kind     kinds.Name `json:"kind"` // Role or ClusterRole
	Name     string     `json:"name"`
}

// Subject is one to whom a binding grants a role.
type Subject struct {
	Kind      kinds.SubjectKind `json:"kind"`
	APIGroup  string            `json:"apiGroup"` // "" for a service account
	Name      string            `json:"name"`
	Namespace string            `json:"namespace"` // of a service account
}

// Role allows something in its namespace.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-v1/.
type Role struct{ object }

// Rules are what the role allows. The slice is the caller's; it is empty when it
// allows nothing. Possible error: *StatusError when they are malformed.
func (r Role) Rules() ([]PolicyRule, error) { return list[PolicyRule](r.doc(), "rules") }

// ClusterRole allows something in the whole cluster, or in the namespaces of the
// RoleBindings that name it.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/cluster-role-v1/.
type ClusterRole struct{ object }

// Rules are what the role allows. The slice and the error are as those of
// [Role.Rules].
func (r ClusterRole) Rules() ([]PolicyRule, error) { return list[PolicyRule](r.doc(), "rules") }

// Aggregates pick the cluster roles of which a controller puts this one's rules
// together; each may pick some. The slice is the caller's; it is empty for a role
// with rules of its own. Possible error: *StatusError when they are malformed.
func (r ClusterRole) Aggregates() ([]LabelSelector, error) {
	return list[LabelSelector](r.doc(), "aggregationRule", "clusterRoleSelectors")
}

// RoleBinding grants a Role, or a ClusterRole, in its namespace.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-binding-v1/.
type RoleBinding struct{ object }

// RoleRef names the role. Possible error: *StatusError.
func (b RoleBinding) RoleRef() (RoleRef, error) { return roleRef(b.doc()) }

// Subjects are those to whom the role is granted. The slice is the caller's; it is
// empty when there are none. Possible error: *StatusError when they are malformed.
func (b RoleBinding) Subjects() ([]Subject, error) { return list[Subject](b.doc(), "subjects") }

// ClusterRoleBinding grants a ClusterRole in the whole cluster.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/cluster-role-binding-v1/.
type ClusterRoleBinding struct{ object }

// RoleRef names the role. Possible error: *StatusError.
func (b ClusterRoleBinding) RoleRef() (RoleRef, error) { return roleRef(b.doc()) }

// Subjects are those to whom the role is granted. The slice and the error are as
// those of [RoleBinding.Subjects].
func (b ClusterRoleBinding) Subjects() ([]Subject, error) { return list[Subject](b.doc(), "subjects") }

func roleRef(doc raw.Object) (RoleRef, error) { return needed[RoleRef](doc, "roleRef") }
