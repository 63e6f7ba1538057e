package cluster_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/test/cluster"
	"github.com/kubeviews/kube/views"
)

const printedKind = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: prints.tables.example.com}
spec:
  group: tables.example.com
  scope: Namespaced
  names: {plural: prints, singular: print, kind: Print}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    additionalPrinterColumns:
    - {name: Text, type: string, jsonPath: .spec.text}
    - {name: Count, type: integer, jsonPath: .spec.count}
    - {name: Ratio, type: number, jsonPath: .spec.ratio}
    - {name: Open, type: boolean, jsonPath: .spec.open}
    - {name: Since, type: date, jsonPath: .spec.since}
    - {name: All, type: string, jsonPath: .spec.all, priority: 1}
`

// TestTableOfCustomColumns has kubectl judge cells of every type, and none.
func TestTableOfCustomColumns(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ns := namespace(t, c)
	do(t, c.Apply(t.Context(), printedKind))
	for name, spec := range map[string]string{
		"empty": `{}`,
		"full":  `{"text":"a","count":7,"ratio":1.5,"open":true,"since":"2020-01-01T00:00:00Z","all":[1,{"a":"b"}]}`,
		"odd":   `{"text":"two\nlines \u001b[1m","count":9007199254740993,"ratio":1000000,"open":false,"since":"x","all":{"a":[1]}}`,
		"wrong": `{"text":7,"count":"x","ratio":1e30,"open":"true","all":null}`,
		"tiny":  `{"text":"ünï\ttab","ratio":0.0000001,"count":-1,"all":"x\ry"}`,
	} {
		manifest := fmt.Sprintf(`{"apiVersion":"tables.example.com/v1","kind":"Print","metadata":{"name":%q,"namespace":%q},"spec":%s}`, name, ns, spec)
		eventually(t, func() error { return c.Apply(t.Context(), manifest) })
	}
	library, err := kube.NewCluster(kube.WithURL(c.ProxyURL()))
	do(t, err)
	defer library.Close()
	view, err := library.View(t.Context(), "prints.v1.tables.example.com")
	do(t, err)
	for _, wide := range []bool{false, true} {
		eventually(t, func() error {
			table, err := view.In(ns).Table(t.Context())
			do(t, err)
			args := []string{"get", "prints", "-n", ns}
			if wide {
				table, args = table.Wide(), append(args, "-o", "wide")
			}
			if want := kubectl(t, c, args...); table.String() != want {
				return fmt.Errorf("got\n%q, kubectl says\n%q", table.String(), want)
			}
			return nil
		})
	}
}

// TestBytesOfTables counts what lists, metadata and tables of the same pods cost on
// the wire.
func TestBytesOfTables(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ns := namespace(t, c)
	const pods = 100
	kubectl(t, c, "create", "deployment", "web", "-n", ns, "--image=nginx", fmt.Sprint("--replicas=", pods))
	kubectl(t, c, "rollout", "status", "deployment/web", "-n", ns)
	wire, err := cluster.NewWire(c.ProxyURL())
	do(t, err)
	defer wire.Close()
	library, err := kube.NewCluster(kube.WithURL(wire.URL()))
	do(t, err)
	defer library.Close()
	view := library.Pods().In(ns)
	cost := func(name string, get func() (int, error)) int64 {
		begun, before := time.Now(), wire.Counts().Down
		n, err := get()
		if err != nil || n != pods {
			t.Fatalf("%s: %d pods, %v", name, n, err)
		}
		bytes := wire.Counts().Down - before
		t.Logf("%-22s %8d bytes, %4d a pod, in %v", name, bytes, bytes/pods, time.Since(begun).Round(100*time.Microsecond))
		return bytes
	}
	list := func(v views.View[items.Pod]) func() (int, error) {
		return func() (int, error) { all, err := v.List(t.Context()); return all.Len(), err }
	}
	table := func(include views.Include) func() (int, error) {
		return func() (int, error) { all, err := view.Table(t.Context(), include); return all.Len(), err }
	}
	cost("list, cold", list(view))
	whole := cost("list", list(view))
	metadata := cost("list of metadata", list(view.Metadata()))
	rows := cost("table", table(views.IncludeNone))
	withMetadata := cost("table with metadata", table(views.IncludeMetadata))
	cost("table with objects", table(views.IncludeObject))
	t.Logf("metadata is %.2f of the list, a table %.3f, with metadata %.2f",
		float64(metadata)/float64(whole), float64(rows)/float64(whole), float64(withMetadata)/float64(whole))
	if rows*10 > whole || metadata*10 > whole*7 || withMetadata > whole {
		t.Error("they cost more than they should")
	}
}
