// Package syntax knows the forms of the names that Kubernetes uses: which
// texts are a DNS label, a DNS subdomain, a label key or a label value.
//
// Each Fault function returns "" for a good text, and otherwise says what the
// text must be, in words that fit after "kube: bad label key "x": ".
package syntax

import "strings"

// Longest texts that the server takes, in bytes.
const (
	MaxLabel     = 63  // a DNS label, the name in a label key, a label value
	MaxSubdomain = 253 // a DNS subdomain, the prefix of a label key
)

// LabelFault checks an RFC 1123 label, as namespaces are named.
func LabelFault(s string) string {
	switch {
	case len(s) > MaxLabel:
		return "must be at most 63 bytes long"
	case !isLabel(s):
		return "must consist of lower case letters, digits and '-', and start and end with a letter or digit"
	}
	return ""
}

// SubdomainFault checks an RFC 1123 subdomain, as most objects and all API
// groups are named. Its labels may each be longer than 63 bytes: the server
// bounds only the whole.
func SubdomainFault(s string) string {
	if len(s) > MaxSubdomain {
		return "must be at most 253 bytes long"
	}
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) {
			return "must consist of lower case letters, digits, '-' and '.', and each part between dots must start and end with a letter or digit"
		}
	}
	return ""
}

// QualifiedNameFault checks a label key: a name, or a DNS subdomain, a slash
// and a name.
func QualifiedNameFault(s string) string {
	prefix, name, slash := strings.Cut(s, "/")
	if !slash {
		return wordFault(s)
	}
	if strings.Contains(name, "/") {
		return "must contain at most one '/', between a DNS subdomain and a name"
	}
	if fault := SubdomainFault(prefix); fault != "" {
		return "the part before '/' " + fault
	}
	if fault := wordFault(name); fault != "" {
		return "the part after '/' " + fault
	}
	return ""
}

// LabelValueFault checks a label value, which may be empty.
func LabelValueFault(s string) string {
	if s == "" {
		return ""
	}
	if fault := wordFault(s); fault != "" {
		return fault + ", or be empty"
	}
	return ""
}

// wordFault checks a non-empty label value, which is also the name part of a
// label key.
func wordFault(s string) string {
	switch {
	case len(s) > MaxLabel:
		return "must be at most 63 bytes long"
	case !isWord(s):
		return "must consist of letters, digits, '-', '_' and '.', and start and end with a letter or digit"
	}
	return ""
}

func isLabel(s string) bool {
	if s == "" || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLower(c) && c != '-' {
			return false
		}
	}
	return true
}

func isWord(s string) bool {
	if s == "" || !isAlphanumeric(s[0]) || !isAlphanumeric(s[len(s)-1]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// isLower tells whether c is a lower case ASCII letter or a digit.
func isLower(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }

func isAlphanumeric(c byte) bool { return isLower(c) || 'A' <= c && c <= 'Z' }
