package kinds_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

func widget() kinds.Definition {
	return kinds.Definition{
		Name:          "Widget",
		GroupVersions: []string{"example.com/v1", "example.com/v1beta1", "old.example.com/v1alpha1"},
		Plural:        "widgets",
		ShortNames:    []string{"wd", "wdg"},
		Namespaced:    true,
		Verbs:         []string{"get", "watch", "create"},
		Subresources:  []string{"status", "log", "parts/old"},
		Categories:    []string{"tools", "all"},
		ScalePath:     "spec.parts.count",
	}
}

func mustNew(t *testing.T, d kinds.Definition) kinds.Kind {
	t.Helper()
	k, err := kinds.New(d)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// R08, K24, K25: a declared kind knows all that was declared, without an
// instance.
func TestNewR08(t *testing.T) {
	k := mustNew(t, widget())
	for _, test := range []struct{ what, got, want string }{
		{"Name", string(k.Name()), "Widget"},
		{"ListName", string(k.ListName()), "WidgetList"},
		{"Group", k.Group(), "example.com"},
		{"GroupVersions", strings.Join(k.GroupVersions(), " "), "example.com/v1 example.com/v1beta1 old.example.com/v1alpha1"},
		{"APIPaths", strings.Join(k.APIPaths(), " "), "apis/example.com/v1 apis/example.com/v1beta1 apis/old.example.com/v1alpha1"},
		{"Resource", k.Resource(), "widgets"},
		{"Singular", k.Singular(), "widget"},
		{"ShortNames", strings.Join(k.ShortNames(), " "), "wd wdg"},
		{"Verbs", strings.Join(k.Verbs(), " "), "create get watch"},
		{"Subresources", strings.Join(k.Subresources(), " "), "log parts/old status"},
		{"Categories", strings.Join(k.Categories(), " "), "tools all"},
		{"ScalePath", k.ScalePath(), "spec.parts.count"},
		{"String", k.String(), "Widget.example.com"},
		{"flags", fmt.Sprint(k.IsZero(), k.Namespaced(), k.HasLogs(), k.HasExec()), "false true true false"},
	} {
		if test.got != test.want {
			t.Errorf("%s is %q, want %q", test.what, test.got, test.want)
		}
	}
}

func TestNewRefusesR08(t *testing.T) {
	for _, test := range []struct {
		change func(*kinds.Definition)
		want   string
	}{
		{func(d *kinds.Definition) { d.Name = "" }, "Name must"},
		{func(d *kinds.Definition) { d.Name = "Wid get" }, "Name must"},
		{func(d *kinds.Definition) { d.Name = "1Widget" }, "Name must"},
		{func(d *kinds.Definition) { d.Name = "Widge\u212a" }, "Name must"}, // the Kelvin sign
		{func(d *kinds.Definition) { d.ListName = "a/b" }, "ListName"},
		{func(d *kinds.Definition) { d.Plural = "" }, "Plural"},
		{func(d *kinds.Definition) { d.Plural = "Widgets" }, "Plural"},
		{func(d *kinds.Definition) { d.Plural = "../nodes" }, "Plural"},
		{func(d *kinds.Definition) { d.Singular = "a.b" }, "Singular"},
		{func(d *kinds.Definition) { d.ShortNames = []string{"a", "a"} }, "ShortNames"},
		{func(d *kinds.Definition) { d.ShortNames = []string{"a,b"} }, "ShortNames"},
		{func(d *kinds.Definition) { d.GroupVersions = nil }, "GroupVersions"},
		{func(d *kinds.Definition) { d.GroupVersions = []string{""} }, "GroupVersions"},
		{func(d *kinds.Definition) { d.GroupVersions = []string{"/v1"} }, "GroupVersions"},
		{func(d *kinds.Definition) { d.GroupVersions = []string{"a/"} }, "GroupVersions"},
		{func(d *kinds.Definition) { d.GroupVersions = []string{"a/b/c"} }, "GroupVersions"},
		{func(d *kinds.Definition) { d.GroupVersions = []string{"a/.."} }, "GroupVersions"},
		{func(d *kinds.Definition) { d.GroupVersions = []string{"a/v1", "a/v1"} }, "GroupVersions"},
		{func(d *kinds.Definition) { d.Verbs = []string{"get", ""} }, "Verbs"},
		{func(d *kinds.Definition) { d.Verbs = []string{"get,list"} }, "Verbs"},
		{func(d *kinds.Definition) { d.Verbs = []string{"get", "list", "get"} }, "Verbs"},
		{func(d *kinds.Definition) { d.Subresources = []string{""} }, "Subresources"},
		{func(d *kinds.Definition) { d.Subresources = []string{"log,exec"} }, "Subresources"},
		{func(d *kinds.Definition) { d.Subresources = []string{"../nodes"} }, "Subresources"},
		{func(d *kinds.Definition) { d.Subresources = []string{"/log"} }, "Subresources"},
		{func(d *kinds.Definition) { d.Subresources = []string{"log", "log"} }, "Subresources"},
		{func(d *kinds.Definition) { d.Categories = []string{"All"} }, "Categories"},
		{func(d *kinds.Definition) { d.ScalePath = ".spec.replicas" }, "ScalePath"},
		{func(d *kinds.Definition) { d.ScalePath = "spec..replicas" }, "ScalePath"},
		{func(d *kinds.Definition) { d.ScalePath = "spec/replicas" }, "ScalePath"},
	} {
		d := widget()
		test.change(&d)
		k, err := kinds.New(d)
		var bad *rest.ArgumentError
		if !errors.As(err, &bad) || !strings.HasPrefix(bad.Reason, test.want) || !k.IsZero() {
			t.Errorf("%+v: kind %v, error %v; want an ArgumentError about %s", d, k, err, test.want)
		}
	}
}

func TestKindIsImmutableAndComparable(t *testing.T) {
	d := widget()
	k := mustNew(t, d)
	lists := func(k kinds.Kind) [][]string {
		return [][]string{k.GroupVersions(), k.APIPaths(), k.ShortNames(), k.Verbs(), k.Subresources(), k.Categories()}
	}
	was := fmt.Sprint(lists(k))
	for _, list := range append(lists(k), d.GroupVersions, d.ShortNames, d.Verbs, d.Subresources, d.Categories) {
		list[0] = "changed"
	}

	same := mustNew(t, widget())
	if is := fmt.Sprint(lists(k)); k != same || is != was {
		t.Errorf("the kind changed: from %s to %s", was, is)
	}
	d = widget()
	slices.Reverse(d.Verbs)
	slices.Reverse(d.Subresources)
	if other := mustNew(t, d); other != k {
		t.Error("the order of verbs and subresources counts")
	}
	for name, change := range map[string]func(*kinds.Definition){
		"Verbs":        func(d *kinds.Definition) { d.Verbs = d.Verbs[1:] },
		"Subresources": func(d *kinds.Definition) { d.Subresources = nil },
		"Categories":   func(d *kinds.Definition) { d.Categories = nil },
		"ScalePath":    func(d *kinds.Definition) { d.ScalePath = "" },
	} {
		d := widget()
		change(&d)
		if other := mustNew(t, d); other == k {
			t.Errorf("kinds of different %s are equal", name)
		}
	}
}

// K24: the paths of the core group differ from all others.
func TestAPIPathsK24(t *testing.T) {
	for name, want := range map[string]string{
		"pod":    "api/v1",
		"deploy": "apis/apps/v1 apis/apps/v1beta2 apis/apps/v1beta1 apis/extensions/v1beta1",
	} {
		k, err := kinds.Builtin().Lookup(name)
		if got := strings.Join(k.APIPaths(), " "); got != want || err != nil {
			t.Errorf("%s: paths %s, error %v; want %s", name, got, err, want)
		}
	}
}

func TestKindZero(t *testing.T) {
	var k kinds.Kind
	if !k.IsZero() || k.Name() != "" || k.Resource() != "" || k.Group() != "" || k.GroupVersions() != nil || k.APIPaths() != nil || k.ShortNames() != nil {
		t.Errorf("the zero Kind has names")
	}
	if k.String() != "no kind" {
		t.Errorf("String is %q", k)
	}
}

// K42: the nine kinds and their lists; name equals value.
func TestNamesK42(t *testing.T) {
	names := map[kinds.Name]kinds.Name{
		kinds.DaemonSet:             kinds.DaemonSetList,
		kinds.Deployment:            kinds.DeploymentList,
		kinds.Namespace:             kinds.NamespaceList,
		kinds.Node:                  kinds.NodeList,
		kinds.Pod:                   kinds.PodList,
		kinds.ReplicaSet:            kinds.ReplicaSetList,
		kinds.ReplicationController: kinds.ReplicationControllerList,
		kinds.Secret:                kinds.SecretList,
		kinds.Service:               kinds.ServiceList,
	}
	if len(names) != 9 {
		t.Errorf("%d names, want 9", len(names))
	}
	for name, list := range names {
		k, err := kinds.Builtin().Lookup(string(name))
		if err != nil || k.Name() != name || k.ListName() != list || list != name+"List" {
			t.Errorf("%s: kind %v, list %s, error %v", name, k, list, err)
		}
	}
}

// K41: enums carry what they do not know.
func TestEnumsK41(t *testing.T) {
	if phase := kinds.PodPhase("Hibernating"); phase == kinds.PodRunning || string(phase) != "Hibernating" {
		t.Error("an unknown phase is lost")
	}
	states := []kinds.ContainerStateName{kinds.ContainerRunning, kinds.ContainerWaiting, kinds.ContainerTerminated}
	if want := []kinds.ContainerStateName{"running", "waiting", "terminated"}; !slices.Equal(states, want) {
		t.Errorf("states %v, want %v", states, want)
	}
}

func ExampleNew() {
	k, err := kinds.New(kinds.Definition{
		Name:          "Widget",
		GroupVersions: []string{"example.com/v1"},
		Plural:        "widgets",
		Namespaced:    true,
	})
	fmt.Println(k, k.APIPaths(), err)

	_, err = kinds.New(kinds.Definition{Name: "Widget", GroupVersions: []string{"v1"}, Plural: "Widgets"})
	fmt.Println(err)
	// Output:
	// Widget.example.com [apis/example.com/v1] <nil>
	// kube: bad kind definition "Widget": Plural "Widgets" must be the resource's name in URLs: lower case letters, digits and '-', starting with a letter, at most 63 in all
}
