package kube

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kubeviews/kube/internal/rest"
)

// Impersonation is the user as whom requests are made: see [WithImpersonation].
// All but User may be left out. Groups and Extra are copied when they are set.
//
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
type Impersonation struct {
	User   string              // "jane", "system:serviceaccount:NAMESPACE:NAME"
	UID    string              // of the user, where the server's policies look at it
	Groups []string            // the server adds system:authenticated
	Extra  map[string][]string // more of the user, by keys such as "scopes"; upper case in a key is kept
}

// The headers of impersonation.
const (
	impersonateUser  = "Impersonate-User"
	impersonateUID   = "Impersonate-Uid"
	impersonateGroup = "Impersonate-Group"
	impersonateExtra = "Impersonate-Extra-"
)

func (i Impersonation) clone() Impersonation {
	i.Groups = slices.Clone(i.Groups)
	i.Extra = maps.Clone(i.Extra)
	for key, values := range i.Extra {
		i.Extra[key] = slices.Clone(values)
	}
	return i
}

func (i Impersonation) equal(other Impersonation) bool {
	return i.User == other.User && i.UID == other.UID && slices.Equal(i.Groups, other.Groups) &&
		maps.EqualFunc(i.Extra, other.Extra, slices.Equal)
}

func (i Impersonation) check() error {
	if i.User == "" {
		return i.checkNobody()
	}
	if err := checkHeader("user", i.User); err != nil {
		return err
	}
	if err := checkHeader("uid", i.UID); err != nil {
		return err
	}
	for _, group := range i.Groups {
		if group == "" {
			return impersonationError("group", "", "it is empty")
		}
		if err := checkHeader("group", group); err != nil {
			return err
		}
	}
	return i.checkExtra()
}

func (i Impersonation) checkNobody() error {
	if i.UID != "" || len(i.Groups) > 0 || len(i.Extra) > 0 {
		return impersonationError("user", "", "without one there are no groups, uid or extras to impersonate")
	}
	return nil
}

func (i Impersonation) checkExtra() error {
	for _, key := range slices.Sorted(maps.Keys(i.Extra)) {
		switch {
		case key == "" || !utf8.ValidString(key):
			return impersonationError("extra key", key, "must be text, and not empty")
		case len(i.Extra[key]) == 0:
			return impersonationError("extra key", key, "it has no value")
		}
		for _, value := range i.Extra[key] {
			if err := checkHeader(fmt.Sprintf("extra %q", key), value); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkHeader refuses what would arrive as something else: a header's value has
// no form for it.
func checkHeader(what, value string) error {
	switch {
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
		return impersonationError(what, value, "must be text without control characters")
	case strings.Trim(value, " ") != value:
		return impersonationError(what, value, "must not start or end with a space")
	}
	return nil
}

func impersonationError(what, value, reason string) error {
	return &rest.ArgumentError{Arg: "impersonated " + what, Value: value, Reason: reason}
}

// apply sets the headers. What a request that is passed on says itself must not
// mix with them.
func (i Impersonation) apply(h http.Header) {
	if i.User == "" {
		return
	}
	maps.DeleteFunc(h, func(name string, _ []string) bool {
		return strings.HasPrefix(http.CanonicalHeaderKey(name), "Impersonate-")
	})
	h.Set(impersonateUser, i.User)
	if i.UID != "" {
		h.Set(impersonateUID, i.UID)
	}
	for _, group := range i.Groups {
		h.Add(impersonateGroup, group)
	}
	for key, values := range i.Extra {
		h[impersonateExtra+escapeKey(key)] = slices.Clone(values)
	}
}

// escapeKey percent-encodes what the name of a header cannot hold, and upper
// case, which it does not keep.
func escapeKey(key string) string {
	var b strings.Builder
	for _, c := range []byte(key) {
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("!#$&'*+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}
