package data

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
)

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var orders = []Order{Served, Shuffled, Adversarial, Small}

func TestSeeds(t *testing.T) {
	for _, resource := range Resources {
		for _, order := range orders {
			make := func(seed uint64) string {
				list, ok := Make(resource, 20, order, seed)
				if !ok || len(list.Items) != 20 {
					t.Fatalf("%s: %d items", resource, len(list.Items))
				}
				return text(t, list.Whole)
			}
			if again := make(1); make(1) != again {
				t.Errorf("%s, %s: a seed makes two lists", resource, order)
			}
			if make(1) == make(2) {
				t.Errorf("%s, %s: two seeds make one list", resource, order)
			}
		}
	}
	if _, ok := Make("api/v1/secrets", 1, Served, 1); ok {
		t.Error("there are secrets")
	}
}

func names(list List) (all []string) {
	for _, o := range list.Items {
		all = append(all, o.GetNamespace()+"/"+o.GetName())
	}
	return all
}

func TestOrders(t *testing.T) {
	for _, resource := range Resources {
		var all [4][]string
		for i, order := range orders {
			list, _ := Make(resource, 100, order, 3)
			all[i] = names(list)
			if len(slices.Compact(slices.Sorted(slices.Values(all[i])))) != 100 {
				t.Errorf("%s, %s: a name is there twice", resource, order)
			}
			if sorted := slices.IsSorted(all[i]); sorted != (order == Served || order == Small) {
				t.Errorf("%s, %s: sorted is %t", resource, order, sorted)
			}
		}
		if slices.Sort(all[1]); !slices.Equal(all[0], all[1]) {
			t.Errorf("%s: shuffled is not what is served", resource)
		}
	}
}

// shape is all of a document but its values.
func shape(v any) string {
	switch v := v.(type) {
	case map[string]any:
		out := ""
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if name != "managedFields" { // holds random names
				out += fmt.Sprintf("%q:%s,", name, shape(v[name]))
			}
		}
		return "{" + out + "}"
	case []any:
		out := ""
		for _, e := range v {
			out += shape(e) + ","
		}
		return "[" + out + "]"
	}
	return ""
}

func shapes(order Order) int {
	all := map[string]bool{}
	for _, pod := range Pods(600, order, 1).Items {
		all[shape(document(&pod))] = true
	}
	return len(all)
}

func TestShapes(t *testing.T) {
	if n := shapes(Adversarial); n != 600 {
		t.Errorf("600 adversarial pods have %d shapes", n)
	}
	if n := shapes(Served); n < 300 || n > 595 {
		t.Errorf("600 pods of %d applications have %d shapes", applications, n)
	}
}

func TestChanged(t *testing.T) {
	for _, resource := range Resources {
		list, _ := Make(resource, 10, Served, 1)
		before := text(t, list.Whole)
		next := Changed(list.Items[3], 4_000)
		if next.GetResourceVersion() != Version(4_000) || next.GetUID() != list.Items[3].GetUID() {
			t.Errorf("%s: changed to %s", resource, text(t, next))
		}
		if text(t, list.Whole) != before {
			t.Errorf("%s: the object itself has changed", resource)
		}
	}
}
