package cluster_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kubeviews/kube/internal/listkeys"
	"github.com/kubeviews/kube/test/cluster"
)

// schema is what the server's OpenAPI document says of a type, or of a member.
type schema struct {
	Ref          string            `json:"$ref"`
	Type         string            `json:"type"`
	Properties   map[string]schema `json:"properties"`
	Items        *schema           `json:"items"`
	Values       json.RawMessage   `json:"additionalProperties"`
	Keys         []string          `json:"x-kubernetes-list-map-keys"`
	MergeKey     string            `json:"x-kubernetes-patch-merge-key"`
	ListType     string            `json:"x-kubernetes-list-type"`
	GroupVersion []struct {
		Kind string `json:"kind"`
	} `json:"x-kubernetes-group-version-kind"`
}

// oursAlone are the lists that have no keys for the server, or, with "=", that are no
// sets for us.
var oursAlone = []string{
	"additionalPrinterColumns", "containerStatuses", "ephemeralContainerStatuses", "initContainerStatuses",
	"/ports", "spec/taints", "spec/versions", "status/volumesAttached", "/imagePullSecrets", "spec/variables",
	"resourceRules/apiGroups", "resourceRules/resources", "resourceRules/namespaces", "resourceRules/verbs",
	"nonResourceRules/verbs", "nonResourceRules/nonResourceURLs", // a FlowSchema's
}

// TestListKeys holds the keys by which lists are matched to what a real server says of
// each list of each of its kinds.
func TestListKeys(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Bare: true, Flags: map[cluster.Part][]string{cluster.APIServer: {
		"--runtime-config=api/all=true", "--feature-gates=AllAlpha=true,AllBeta=true"}}})
	var document struct {
		Definitions map[string]schema `json:"definitions"`
	}
	if err := json.Unmarshal([]byte(mustGet(t, c.ProxyURL()+"/openapi/v2", "")), &document); err != nil {
		t.Fatal(err)
	}
	w := listWalker{types: document.Definitions, lists: map[string]map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(w.types)) {
		if of := w.types[name]; len(of.GroupVersion) > 0 && strings.HasSuffix(of.Properties["metadata"].Ref, ".ObjectMeta") {
			w.seen = map[string]bool{}
			w.kind = of.GroupVersion[0].Kind
			w.object(name, "")
		}
	}
	if len(w.lists) < 200 {
		t.Fatalf("only %d lists were found", len(w.lists))
	}
	keyed := 0
	for _, place := range slices.Sorted(maps.Keys(w.lists)) {
		parent, name, _ := strings.Cut(place, "/")
		ours := strings.Join(listkeys.Of(parent, name), ",")
		if listkeys.IsSet(parent, name) {
			ours = "="
		}
		for theirs, kind := range w.lists[place] {
			if theirs != "" {
				keyed++
			}
			if ours != theirs && !slices.Contains(oursAlone, place) && !slices.Contains(oursAlone, name) {
				t.Errorf("the keys of %s, of %s, are %q, the server says %q", place, kind, ours, theirs)
			}
		}
	}
	if keyed < 50 {
		t.Errorf("only %d lists have keys", keyed)
	}
}

// listWalker collects what is said of lists, by their parents' names and their own, and
// for each answer a kind that has it.
type listWalker struct {
	types map[string]schema
	lists map[string]map[string]string
	seen  map[string]bool
	kind  string
}

func (w *listWalker) object(name, parent string) {
	if w.seen[name+" "+parent] {
		return
	}
	w.seen[name+" "+parent] = true
	of := w.types[name]
	for _, member := range slices.Sorted(maps.Keys(of.Properties)) {
		w.member(of.Properties[member], parent, member)
	}
}

func (w *listWalker) member(of schema, parent, name string) {
	var values schema
	_ = json.Unmarshal(of.Values, &values) // it may also be a bool, or not be there
	switch {
	case of.Ref != "":
		w.object(typeOf(of), name)
	case of.Type == "array":
		place := parent + "/" + name
		if w.lists[place] == nil {
			w.lists[place] = map[string]string{}
		}
		w.lists[place][keysOf(of)] = fmt.Sprint(w.kind)
		if of.Items != nil && of.Items.Ref != "" {
			w.object(typeOf(*of.Items), name)
		}
	case values.Ref != "":
		w.object(typeOf(values), "*") // the names are the user's
	}
}

func typeOf(of schema) string { return strings.TrimPrefix(of.Ref, "#/definitions/") }

func keysOf(of schema) string {
	switch {
	case len(of.Keys) > 0:
		return strings.Join(of.Keys, ",")
	case of.MergeKey != "":
		return of.MergeKey
	case of.ListType == "set":
		return "="
	}
	return ""
}
