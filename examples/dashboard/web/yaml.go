package web

import (
	"regexp"
	"strings"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/manifests"
	"github.com/kubeviews/kube/raw"
)

// yamlLine is a line of YAML in three parts, so that it can be coloured.
type yamlLine struct {
	Indent, Key, Value string
}

var yamlKey = regexp.MustCompile(`^(\s*(?:- )*)((?:"[^"]*"|[^\s"'#:][^:]*):)(\s.*|)$`)

// lastApplied repeats an object within itself, a Secret with its content.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// yamlOf shows an object, but for what only repeats the rest of it. Of a Secret only
// metadata was read.
func yamlOf(item items.Item) ([]yamlLine, error) {
	doc := item.Raw()
	for _, path := range [][]string{{"metadata", "managedFields"}, {"metadata", "annotations", lastApplied}} {
		var err error
		if doc, err = doc.Without(path...); err != nil {
			return nil, err
		}
	}
	if doc.IsSensitive() {
		doc = withoutContent(doc)
	}
	text, err := manifests.YAML(doc)
	if err != nil {
		return nil, err
	}
	var lines []yamlLine
	for text := range strings.SplitSeq(strings.TrimRight(string(text), "\n"), "\n") {
		line := yamlLine{Value: text}
		if parts := yamlKey.FindStringSubmatch(text); parts != nil {
			line = yamlLine{parts[1], parts[2], parts[3]}
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// withoutContent is a Secret without its data, should it have any, and without its
// annotations: more tools than kubectl keep copies of the data there.
func withoutContent(doc raw.Object) raw.Object {
	for _, path := range [][]string{{"data"}, {"stringData"}, {"metadata", "annotations"}} {
		if without, err := doc.Without(path...); err == nil {
			doc = without
		}
	}
	return doc
}
