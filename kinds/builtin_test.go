package kinds_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubeviews/kube/kinds"
)

func TestBuiltin(t *testing.T) {
	table := kinds.Builtin()
	all := slices.Collect(table.All())
	if again := slices.Collect(table.All()); !slices.Equal(all, again) || len(all) != table.Len() || len(all) < 70 {
		t.Errorf("%d kinds, then %d; want all twice", len(all), len(again))
	}
	sorted := slices.IsSortedFunc(all, func(a, b kinds.Kind) int { return strings.Compare(a.String(), b.String()) })
	if !sorted {
		t.Errorf("kinds are not sorted: %v", all)
	}
}

// second are the names that mean another kind, unless the group is with them.
var second = map[string]string{
	"Event.events.k8s.io/Event":        "Event",
	"Event.events.k8s.io/event":        "Event",
	"Event.events.k8s.io/events":       "Event",
	"Event.events.k8s.io/ev":           "Event",
	"NodeMetrics.metrics.k8s.io/nodes": "Node",
	"PodMetrics.metrics.k8s.io/pods":   "Pod",
}

// R01: each kind is found by each of its names, and no name of two is left
// unexplained.
func TestBuiltinNamesR01(t *testing.T) {
	table := kinds.Builtin()
	for k := range table.All() {
		for _, name := range append(k.ShortNames(), string(k.Name()), k.Resource(), k.Singular()) {
			want := k.String()
			if first, ok := second[want+"/"+name]; ok {
				want = first
			}
			if found, err := table.Lookup(name); found.String() != want {
				t.Errorf("%s of %v is %v, error %v; want %s", name, k, found, err, want)
			}
			if found, err := table.Lookup(name + "." + k.Group()); found != k {
				t.Errorf("%s.%s is %v, error %v", name, k.Group(), found, err)
			}
		}
		for _, apiVersion := range k.GroupVersions() {
			if found, err := table.LookupObject(apiVersion, string(k.Name())); found != k {
				t.Errorf("%s %s is %v, error %v", apiVersion, k.Name(), found, err)
			}
		}
	}
}

// R08, R09: what the built-in kinds can do is known.
func TestBuiltinAbilitiesR08(t *testing.T) {
	const all = "create delete deletecollection get list patch update watch"
	for name, want := range map[string]struct{ verbs, subresources, categories, scalePath string }{
		"pods":               {all, "attach binding ephemeralcontainers eviction exec log portforward proxy resize status", "all", ""},
		"deployments":        {all, "scale status", "all", "spec.replicas"},
		"rc":                 {all, "scale status", "all", "spec.replicas"},
		"ds":                 {all, "status", "all", ""},
		"namespaces":         {"create delete get list patch update watch", "finalize status", "", ""},
		"bindings":           {"create", "", "", ""},
		"cs":                 {"get list", "", "", ""},
		"tokenreviews":       {"create", "", "", ""},
		"selfsubjectreviews": {"create", "", "", ""},
		"sa":                 {all, "token", "", ""},
		"crd":                {all, "status", "api-extensions", ""},
		"apiservices":        {all, "status", "api-extensions", ""},
		"podmetrics":         {"get list", "", "", ""},
	} {
		k, err := kinds.Builtin().Lookup(name)
		got := []string{strings.Join(k.Verbs(), " "), strings.Join(k.Subresources(), " "), strings.Join(k.Categories(), " "), k.ScalePath()}
		if !slices.Equal(got, []string{want.verbs, want.subresources, want.categories, want.scalePath}) || err != nil {
			t.Errorf("%s: %q, error %v; want %q", name, got, err, want)
		}
	}
	for k := range kinds.Builtin().All() {
		pod := k.String() == "Pod"
		if len(k.Verbs()) == 0 || k.HasLogs() != pod || k.HasExec() != pod || k.Scalable() != (k.ScalePath() != "") {
			t.Errorf("%v: verbs %v, logs %t, exec %t, scalable %t", k, k.Verbs(), k.HasLogs(), k.HasExec(), k.Scalable())
		}
	}
}

// K24: former group versions are still known, newest first, behind what is
// served today.
func TestHistoriesK24(t *testing.T) {
	for name, want := range map[string]string{
		"deploy":                      "apps/v1 apps/v1beta2 apps/v1beta1 extensions/v1beta1",
		"hpa":                         "autoscaling/v2 autoscaling/v2beta2 autoscaling/v2beta1 autoscaling/v1 extensions/v1beta1",
		"ing":                         "networking.k8s.io/v1 networking.k8s.io/v1beta1 extensions/v1beta1",
		"cj":                          "batch/v1 batch/v1beta1 batch/v2alpha1",
		"mutatingadmissionpolicies":   "admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1beta1 admissionregistration.k8s.io/v1alpha1",
		"clustertrustbundles":         "certificates.k8s.io/v1beta1 certificates.k8s.io/v1alpha1",
		"events.events.k8s.io":        "events.k8s.io/v1 events.k8s.io/v1beta1",
		"flowschemas":                 "flowcontrol.apiserver.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1beta3 flowcontrol.apiserver.k8s.io/v1beta2 flowcontrol.apiserver.k8s.io/v1beta1 flowcontrol.apiserver.k8s.io/v1alpha1",
		"customresourcedefinitions":   "apiextensions.k8s.io/v1 apiextensions.k8s.io/v1beta1",
		"pods":                        "v1",
		"storageversions":             "internal.apiserver.k8s.io/v1alpha1",
		"validatingadmissionpolicies": "admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1beta1 admissionregistration.k8s.io/v1alpha1",
	} {
		k, err := kinds.Builtin().Lookup(name)
		if got := strings.Join(k.GroupVersions(), " "); got != want || err != nil {
			t.Errorf("%s: %s, error %v; want %s", name, got, err, want)
		}
	}
}
