package items

import "github.com/kubeviews/kube/internal/rest"

// ServiceAccount is who a pod is to the API.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/service-account-v1/.
type ServiceAccount struct{ object }

// Secrets are the names of the Secrets that pods of the account may use, in its
// namespace. Servers before 1.24 put the account's tokens there. The slice is the
// caller's; it is empty when there are none. Possible error: *StatusError when
// they are malformed.
func (s ServiceAccount) Secrets() ([]string, error) { return s.names("secrets") }

// ImagePullSecrets are the names of the Secrets with which images are pulled. The
// slice and the error are as those of Secrets.
func (s ServiceAccount) ImagePullSecrets() ([]string, error) { return s.names("imagePullSecrets") }

func (s ServiceAccount) names(field string) ([]string, error) {
	all, err := list[ObjectReference](s.doc(), field)
	var names []string
	for _, r := range all {
		names = append(names, r.Name)
	}
	return names, err
}

// AutomountsToken reports whether pods get the account's token, unless their spec
// says otherwise: true when the attribute is absent. Possible error: *StatusError
// when it is malformed.
func (s ServiceAccount) AutomountsToken() (bool, error) {
	return whenUnset(true)(rest.Bool(s.doc(), "automountServiceAccountToken"))
}
