package kinds

import "testing"

// Every history is of a kind that there is.
func TestHistoriesAreOfKinds(t *testing.T) {
	for name, groupVersions := range readHistories() {
		k, err := Builtin().Lookup(name)
		if err != nil || k.String() != name || len(groupVersions) < 2 {
			t.Errorf("%s: %v, %v, %v", name, k, groupVersions, err)
		}
	}
}

func BenchmarkBuiltin(b *testing.B) {
	for b.Loop() {
		var all []Kind
		for _, d := range definitions() {
			k, _ := New(d)
			all = append(all, k)
		}
		Table{}.With(all...)
	}
}
