package demo

import (
	"strconv"
	"strings"
)

// splitTag parts a tag such as v1.4.2 at its last number.
func splitTag(tag string) (head string, n int, ok bool) {
	head = strings.TrimRight(tag, "0123456789")
	n, err := strconv.Atoi(tag[len(head):])
	return head, n, err == nil && !strings.HasPrefix(tag, "pr-")
}

// olderTag is the tag some releases ago; not every tag has older ones.
func olderTag(tag string, back int) (string, bool) {
	if back == 0 {
		return tag, true
	}
	head, n, ok := splitTag(tag)
	return head + strconv.Itoa(n-back), ok && n >= back
}

// newerTag is the tag of the next release.
func newerTag(tag string) string {
	head, n, ok := splitTag(tag)
	if !ok {
		return tag + ".1"
	}
	return head + strconv.Itoa(n+1)
}
