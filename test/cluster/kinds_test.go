package cluster_test

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/test/cluster"
)

// TestKinds holds the table of built-in kinds, and what the library learns of a server,
// to what a real one serves. "go generate ./kinds" makes the table anew.
func TestKinds(t *testing.T) {
	for name, flags := range map[string][]string{
		"Default":   nil,
		"AllGroups": {"--runtime-config=api/all=true"},
		"AllGates":  {"--runtime-config=api/all=true", "--feature-gates=AllAlpha=true,AllBeta=true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, cluster.Options{Bare: true, Flags: map[cluster.Part][]string{cluster.APIServer: flags}})
			served := served(t, c)
			t.Run("BuiltinK24", func(t *testing.T) { tableHas(t, served) })
			t.Run("APIResourcesR15", func(t *testing.T) { learns(t, c, served) })
			t.Run("KubectlR15", func(t *testing.T) { asKubectl(t, c) })
		})
	}
}

// described is what a kind can do in one group version.
type described struct {
	Kind, Singular                              string
	Namespaced                                  bool
	ShortNames, Verbs, Subresources, Categories string
}

// served asks for each group version alone, which is the other form than the one that
// the library and the table's generator read. Keys are group versions and plurals.
func served(t *testing.T, c *cluster.Cluster) map[string]described {
	all := map[string]described{}
	for gv := range strings.FieldsSeq(kubectl(t, c, "api-versions")) {
		root := "/apis/"
		if !strings.Contains(gv, "/") {
			root = "/api/"
		}
		var list struct {
			Resources []struct {
				Name, SingularName, Kind      string
				Namespaced                    bool
				ShortNames, Verbs, Categories []string
			}
		}
		if err := json.Unmarshal([]byte(mustGet(t, c.ProxyURL()+root+gv, "")), &list); err != nil {
			t.Fatal(err)
		}
		below := map[string][]string{}
		for _, r := range list.Resources {
			plural, name, _ := strings.Cut(r.Name, "/")
			if name != "" {
				below[plural] = append(below[plural], name)
			}
		}
		for _, r := range list.Resources {
			if !strings.Contains(r.Name, "/") {
				all[gv+" "+r.Name] = described{r.Kind, r.SingularName, r.Namespaced,
					fmt.Sprint(r.ShortNames), sorted(r.Verbs), sorted(below[r.Name]), fmt.Sprint(r.Categories)}
			}
		}
	}
	return all
}

func sorted(list []string) string { return fmt.Sprint(slices.Sorted(slices.Values(list))) }

func describe(k kinds.Kind) described {
	return described{string(k.Name()), k.Singular(), k.Namespaced(),
		fmt.Sprint(k.ShortNames()), sorted(k.Verbs()), sorted(k.Subresources()), fmt.Sprint(k.Categories())}
}

func tableHas(t *testing.T, served map[string]described) {
	for at, want := range served {
		gv, plural, _ := strings.Cut(at, " ")
		k, err := kinds.Builtin().LookupObject(gv, want.Kind)
		if got := describe(k); err != nil || got != want || k.Resource() != plural {
			t.Errorf("%s: %+v, %v; want %+v", at, got, err, want)
		}
		if k.Scalable() != strings.Contains(want.Subresources, "scale") || k.Scalable() && k.ScalePath() != "spec.replicas" {
			t.Errorf("%s: scaled at %q", at, k.ScalePath())
		}
	}
	if len(served) < 60 {
		t.Errorf("only %d are served", len(served))
	}
}

// learns compares all that the library learns, in both directions.
func learns(t *testing.T, c *cluster.Cluster, served map[string]described) {
	library, err := kube.NewCluster(kube.WithURL(c.ProxyURL()))
	do(t, err)
	defer library.Close()
	all, err := library.APIResources(t.Context())
	do(t, err)
	left := len(served)
	for _, k := range all {
		for _, gv := range k.GroupVersions() {
			left--
			if want, ok := served[gv+" "+k.Resource()]; !ok || describe(k) != want {
				t.Errorf("%v in %s: %+v, want %+v", k, gv, describe(k), want)
			}
		}
	}
	if left != 0 {
		t.Errorf("%d are missing", left)
	}
}

// asKubectl compares names, their preferred versions, and the versions.
func asKubectl(t *testing.T, c *cluster.Cluster) {
	library, err := kube.NewCluster(kube.WithURL(c.ProxyURL()))
	do(t, err)
	defer library.Close()
	all, err := library.APIResources(t.Context())
	do(t, err)
	var ours []string
	for _, k := range all {
		ours = append(ours, fmt.Sprint(k.GroupVersions()[0], " ", k.Name(), " ", k.Resource(), " ", k.Namespaced(), " ", k.ShortNames(), " ", sorted(k.Verbs())))
	}
	theirs := kubectlResources(t, c)
	slices.Sort(ours)
	slices.Sort(theirs)
	if !slices.Equal(ours, theirs) {
		t.Errorf("we say\n%s\nkubectl says\n%s", strings.Join(ours, "\n"), strings.Join(theirs, "\n"))
	}
	versions, err := library.APIVersions(t.Context())
	do(t, err)
	if want := kubectl(t, c, "api-versions"); strings.Join(slices.Sorted(slices.Values(versions)), "\n")+"\n" != want || versions[0] != "v1" {
		t.Errorf("versions are %v, kubectl says\n%s", versions, want)
	}
}

func kubectlResources(t *testing.T, c *cluster.Cluster) (lines []string) {
	var list struct {
		Resources []struct {
			Name, Kind, Group, Version string
			Namespaced                 bool
			ShortNames, Verbs          []string
		}
	}
	do(t, json.Unmarshal([]byte(kubectl(t, c, "api-resources", "-o", "json")), &list))
	for _, r := range list.Resources {
		lines = append(lines, fmt.Sprint(path.Join(r.Group, r.Version), " ", r.Kind, " ", r.Name, " ", r.Namespaced, " ", r.ShortNames, " ", sorted(r.Verbs)))
	}
	return lines
}
