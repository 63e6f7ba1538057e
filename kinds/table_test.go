package kinds_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// R01: each form of a name, in any case.
func TestLookupR01(t *testing.T) {
	for name, want := range map[string]string{
		"Deployment":                     "Deployment.apps",
		"deployment":                     "Deployment.apps",
		"DEPLOYMENTS":                    "Deployment.apps",
		"deploy":                         "Deployment.apps",
		"deployments.apps":               "Deployment.apps",
		"Deployment.Apps":                "Deployment.apps",
		"deploy.apps":                    "Deployment.apps",
		"deployments.v1.apps":            "Deployment.apps",
		"deployments.extensions":         "Deployment.apps",
		"deployments.v1beta1.extensions": "Deployment.apps",
		"pods":                           "Pod",
		"po":                             "Pod",
		"pods.":                          "Pod",
		"pods.v1.":                       "Pod",
		"pods.v1":                        "Pod",
		"endpoints":                      "Endpoints",
		"ing":                            "Ingress.networking.k8s.io",
		"ingresses.networking.k8s.io":    "Ingress.networking.k8s.io",
		"ingresses.v1beta1.extensions":   "Ingress.networking.k8s.io",
		"netpol":                         "NetworkPolicy.networking.k8s.io",
		"crds":                           "CustomResourceDefinition.apiextensions.k8s.io",
		"events":                         "Event",
		"clusterroles":                   "ClusterRole.rbac.authorization.k8s.io",
		"horizontalpodautoscalers.v2.autoscaling": "HorizontalPodAutoscaler.autoscaling",
	} {
		if k, err := kinds.Builtin().Lookup(name); err != nil || k.String() != want {
			t.Errorf("%q is %v, error %v; want %s", name, k, err, want)
		}
	}
}

// K08, R10: an unknown name is an error that names near misses.
func TestLookupUnknownK08(t *testing.T) {
	for name, want := range map[string]string{
		"":                           "",
		"x":                          "",
		"pdo":                        "pdb pod",
		"pod1":                       "pods",
		"depoyments":                 "deployments",
		"Deploymnet":                 "deployment",
		"deployments.app":            "deployments.apps",
		"deployments.v3.apps":        "deployments.v1.apps",
		"deployments.web.site":       "deployment.apps",
		"configmapz":                 "configmaps",
		"Widget":                     "",
		strings.Repeat("pods", 1000): "",
	} {
		k, err := kinds.Builtin().Lookup(name)
		var unknown *rest.KindError
		if !errors.As(err, &unknown) || !k.IsZero() || unknown.Kind != name {
			t.Errorf("%q is %v, error %v; want a KindError", name, k, err)
			continue
		}
		if got := strings.Join(unknown.Near, " "); got != want {
			t.Errorf("%q is near %q, want %q", name, got, want)
		}
	}
}

func TestLookupObject(t *testing.T) {
	for _, test := range []struct{ apiVersion, kind, want, near string }{
		{"v1", "Pod", "Pod", ""},
		{"apps/v1", "Deployment", "Deployment.apps", ""},
		{"extensions/v1beta1", "Deployment", "Deployment.apps", ""},
		{"apps/v1", "deployment", "", "deployment.apps"},
		{"apps/v1", "Deployments", "", "deployments.apps"},
		{"apps/v9", "Deployment", "", "deployment.apps"},
		{"apps/v1", "Pod", "", "pod"},
		{"", "Pod", "", "pod"},
		{"v1", "", "", ""},
		{"v1", "PodList", "", ""},
	} {
		k, err := kinds.Builtin().LookupObject(test.apiVersion, test.kind)
		if test.want != "" {
			if err != nil || k.String() != test.want {
				t.Errorf("%s %s is %v, error %v; want %s", test.apiVersion, test.kind, k, err, test.want)
			}
			continue
		}
		var unknown *rest.KindError
		if !errors.As(err, &unknown) || !k.IsZero() || strings.Join(unknown.Near, " ") != test.near {
			t.Errorf("%s %s is %v, error %v; want a KindError near %q", test.apiVersion, test.kind, k, err, test.near)
		}
	}
}

// R11: of a kind that is declared twice, the first stays, and the error says so.
func TestWithDuplicateR11(t *testing.T) {
	first := mustNew(t, widget())
	table, err := kinds.Builtin().With(first)
	if err != nil {
		t.Fatal(err)
	}
	renamed := widget()
	renamed.Plural, renamed.GroupVersions = "widgetry", []string{"old.example.com/v2"}
	samePlural := widget()
	samePlural.Name = "Gadget"
	pod := widget()
	pod.Name, pod.GroupVersions = "Pod", []string{"v2", "v1"}

	for _, test := range []struct {
		definition kinds.Definition
		clash      string
	}{
		{widget(), "example.com/Widget"},
		{renamed, "old.example.com/Widget"},
		{samePlural, "example.com/widgets"},
		{pod, "core/Pod"},
	} {
		next, err := table.With(mustNew(t, test.definition))
		var duplicate *rest.DuplicateKindError
		if !errors.As(err, &duplicate) || duplicate.Kind != string(test.definition.Name) || duplicate.Clash != test.clash {
			t.Errorf("%s: error %v, want a clash at %s", test.definition.Name, err, test.clash)
		}
		if k, err := next.Lookup("wd"); k != first || err != nil || next.Len() != table.Len() {
			t.Errorf("%s: wd is %v, error %v; want the first", test.definition.Name, k, err)
		}
	}
}

func TestWithSeveral(t *testing.T) {
	gadget := widget()
	gadget.Name, gadget.Plural, gadget.ShortNames = "Gadget", "gadgets", nil
	table, err := kinds.Table{}.With(mustNew(t, widget()), mustNew(t, widget()), kinds.Kind{}, mustNew(t, gadget))
	var duplicate *rest.DuplicateKindError
	var zero *rest.ArgumentError
	if !errors.As(err, &duplicate) || !errors.As(err, &zero) {
		t.Errorf("error %v, want a duplicate and a zero Kind", err)
	}
	if got := fmt.Sprint(slices.Collect(table.All())); got != "[Gadget.example.com Widget.example.com]" {
		t.Errorf("kinds are %s", got)
	}
}

// Other groups may use a name again; alone, it means the first kind.
func TestSharedNames(t *testing.T) {
	theirs := mustNew(t, kinds.Definition{Name: "Pod", GroupVersions: []string{"metrics.example.com/v1"}, Plural: "pods", ShortNames: []string{"po", "mpo"}})
	full := mustNew(t, kinds.Definition{Name: "SVC", GroupVersions: []string{"example.com/v1"}, Plural: "svcs"})
	table, err := kinds.Builtin().With(theirs, full)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"pods":                     "Pod",
		"po":                       "Pod",
		"mpo":                      "Pod.metrics.example.com",
		"po.metrics.example.com":   "Pod.metrics.example.com",
		"pods.metrics.example.com": "Pod.metrics.example.com",
		"svc":                      "SVC.example.com", // a kind's name comes before a short name
		"services":                 "Service",
	} {
		if k, err := table.Lookup(name); err != nil || k.String() != want {
			t.Errorf("%q is %v, error %v; want %s", name, k, err, want)
		}
	}
}

// R01: a name may carry a version.
func TestLookupVersionR01(t *testing.T) {
	for name, want := range map[string]string{
		"deployments":                    "",
		"deployments.apps":               "",
		"deployments.v1.apps":            "apps/v1",
		"Deploy.V1beta1.Apps":            "apps/v1beta1",
		"deployments.v1beta1.extensions": "extensions/v1beta1",
		"deployments.extensions":         "",
		"pods":                           "",
		"pods.":                          "",
		"pods.v1":                        "v1",
		"pods.v1.":                       "v1",
		"hpa.v1.autoscaling":             "autoscaling/v1",
		"ev.v1.events.k8s.io":            "events.k8s.io/v1",
	} {
		k, got, err := kinds.Builtin().LookupVersion(name)
		if looked, _ := kinds.Builtin().Lookup(name); got != want || err != nil || k != looked {
			t.Errorf("%q is %v in %q, error %v; want %q", name, k, got, err, want)
		}
	}
	if k, gv, err := kinds.Builtin().LookupVersion("depoyments.v1.apps"); !k.IsZero() || gv != "" || !errors.As(err, new(*rest.KindError)) {
		t.Errorf("got %v, %q, %v", k, gv, err)
	}
}

func TestTableZero(t *testing.T) {
	var table kinds.Table
	for range table.All() {
		t.Error("the zero Table has kinds")
	}
	if _, err := table.Lookup("pod"); err == nil || table.Len() != 0 {
		t.Error("the zero Table is not empty")
	}
}

// Every table that ever was still answers as it did when it was made.
func TestTableIsImmutable(t *testing.T) {
	const seed = 1
	t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
		random := rand.New(rand.NewPCG(seed, 0))
		tables := []kinds.Table{{}}
		models := []map[string]kinds.Kind{{}}
		for range 200 {
			i := random.IntN(len(tables))
			letter := string(rune('a' + random.IntN(26)))
			k := mustNew(t, kinds.Definition{Name: kinds.Name("K" + letter), GroupVersions: []string{letter + "/v1"}, Plural: "k" + letter + "s"})
			next, err := tables[i].With(k)
			_, taken := models[i][letter]
			if taken != (err != nil) {
				t.Fatalf("adding %v: error %v, taken %v", k, err, taken)
			}
			model := map[string]kinds.Kind{letter: k}
			for letter, k := range models[i] {
				model[letter] = k
			}
			tables, models = append(tables, next), append(models, model)
		}
		for i, table := range tables {
			checkModel(t, table, models[i])
		}
	})
}

func checkModel(t *testing.T, table kinds.Table, model map[string]kinds.Kind) {
	t.Helper()
	if table.Len() != len(model) {
		t.Errorf("%d kinds, want %d", table.Len(), len(model))
	}
	for letter := 'a'; letter <= 'z'; letter++ {
		if k, _ := table.Lookup("k" + string(letter) + "s"); k != model[string(letter)] {
			t.Errorf("k%cs is %v, want %v", letter, k, model[string(letter)])
		}
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	table := kinds.Builtin()
	if allocs := testing.AllocsPerRun(100, func() { _, _ = table.Lookup("deployments.apps") }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func ExampleTable_Lookup() {
	table := kinds.Builtin()
	for _, name := range []string{"deploy", "Deployment", "deployments.apps", "depolyments"} {
		k, err := table.Lookup(name)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(k, k.APIPaths()[0], k.Resource())
	}
	// Output:
	// Deployment.apps apis/apps/v1 deployments
	// Deployment.apps apis/apps/v1 deployments
	// Deployment.apps apis/apps/v1 deployments
	// kube: unknown kind "depolyments"; did you mean deployments?
}

func ExampleTable_With() {
	widget, _ := kinds.New(kinds.Definition{Name: "Widget", GroupVersions: []string{"example.com/v1"}, Plural: "widgets"})
	table, err := kinds.Builtin().With(widget)
	fmt.Println(table.Len()-kinds.Builtin().Len(), err)

	_, err = table.With(widget)
	fmt.Println(err)
	// Output:
	// 1 <nil>
	// kube: kind Widget is declared already: example.com/Widget is taken; the first declaration stays
}
