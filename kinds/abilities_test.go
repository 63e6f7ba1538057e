package kinds_test

import (
	"fmt"
	"testing"

	"github.com/kubeviews/kube/kinds"
)

// R08, R09: what a kind can do, and what is presumed of one that does not say.
func TestAbilitiesR08(t *testing.T) {
	for _, test := range []struct {
		name         string
		verbs        []string
		subresources []string
		scalePath    string
		want         string // Can get, watch; has status, log, exec; scalable
	}{
		{"says nothing", nil, nil, "", "true true true true true false"},
		{"says verbs", []string{"get"}, nil, "", "true false false false false false"},
		{"says subresources", nil, []string{"log"}, "", "true true false true false false"},
		{"says both", []string{"watch", "get"}, []string{"status", "exec"}, "", "true true true false true false"},
		{"has a path to scale", []string{"get"}, nil, "spec.size", "true false false false false true"},
		{"has the subresource scale", []string{"get"}, []string{"scale"}, "", "true false false false false true"},
		{"has others", []string{"forget"}, []string{"scales", "log/old"}, "", "false false false false false false"},
	} {
		d := widget()
		d.Verbs, d.Subresources, d.ScalePath = test.verbs, test.subresources, test.scalePath
		k := mustNew(t, d)
		got := fmt.Sprint(k.Can("get"), k.Can("watch"), k.HasSubresource("status"), k.HasLogs(), k.HasExec(), k.Scalable())
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	var zero kinds.Kind
	if zero.Can("get") || zero.HasSubresource("status") || zero.Scalable() || zero.Verbs() != nil || zero.Subresources() != nil || zero.Categories() != nil {
		t.Error("the zero Kind can do something")
	}
}

// R01: a kind of one version is what a name that carries a version means.
func TestOnlyR01(t *testing.T) {
	k := mustNew(t, widget())
	only := k.Only("example.com/v1beta1")
	d := widget()
	d.GroupVersions = []string{"example.com/v1beta1"}
	if want := mustNew(t, d); only != want || only == k {
		t.Errorf("got %v of %v", only, only.GroupVersions())
	}
	if only.Only("example.com/v1beta1") != only {
		t.Error("only of only is another")
	}
	for _, bad := range []string{"", "/", "a/b/c", "V1"} {
		if got := k.Only(bad); !got.IsZero() {
			t.Errorf("only %q is %v", bad, got)
		}
	}
	if got := (kinds.Kind{}).Only("v1"); !got.IsZero() {
		t.Errorf("no kind became %v", got)
	}
}
