package meta

import (
	"cmp"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
)

// CompareVersions orders two resource versions of the same kind: it returns a
// negative number when a is older than b, 0 when they are the same, and else a
// positive one. It goes by the rule of Kubernetes 1.35 (KEP-5504): a version is
// a decimal number of any length. Before 1.35, and on API servers of others,
// versions may be told apart, but not be ordered.
//
// Possible error: *ArgumentError for a version that is no such number.
func CompareVersions(a, b string) (int, error) {
	for _, v := range [...]string{a, b} {
		if !isNumber(v) {
			return 0, &rest.ArgumentError{Arg: "resource version", Value: v, Reason: "cannot be ordered: it is not a decimal number"}
		}
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)), nil
}

func isNumber(v string) bool {
	if v == "" || v[0] == '0' {
		return false
	}
	for i := range len(v) {
		if v[i] < '0' || v[i] > '9' {
			return false
		}
	}
	return true
}
