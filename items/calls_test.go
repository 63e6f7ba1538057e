package items_test

import (
	"errors"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
)

func (d *desk) node() items.Node {
	d.Helper()
	n, err := d.cluster.Nodes().Fetch(d.Context(), "machine")
	if err != nil {
		d.Fatal(err)
	}
	return n
}

// R09, R14: what changes one thing takes options, too.
func TestChangeOptionsOfCallsR09R14(t *testing.T) {
	d := newDesk(t)
	node := d.node()
	calls := map[string]func(...items.ChangeOption) (items.Item, error){
		"Scale":    func(o ...items.ChangeOption) (items.Item, error) { return d.web.Scale(t.Context(), 9, o...) },
		"Cordon":   func(o ...items.ChangeOption) (items.Item, error) { return node.Cordon(t.Context(), o...) },
		"Uncordon": func(o ...items.ChangeOption) (items.Item, error) { return node.Uncordon(t.Context(), o...) },
		"SetOwner": func(o ...items.ChangeOption) (items.Item, error) { return d.one.SetOwner(t.Context(), d.web, o...) },
		"Adopt":    func(o ...items.ChangeOption) (items.Item, error) { return d.web.Adopt(t.Context(), d.one, o...) },
	}
	for name, call := range calls {
		before := d.server.Version()
		if _, err := call(items.DryRun(), items.FieldManager("tester")); err != nil || d.server.Version() != before {
			t.Errorf("%s: %v; at version %s, before %s", name, err, d.server.Version(), before)
		}
		for _, r := range d.server.Requests() {
			if r.Method == "PATCH" && (r.Query.Get("fieldManager") != "tester" || r.Query.Get("dryRun") != "All") {
				t.Errorf("%s: %v", name, r.Query)
			}
		}
		if d.written() != 1 {
			t.Errorf("%s: %d writes", name, d.written())
		}
		d.server.ForgetRequests()
		_, err := call(items.Subresource("status"))
		d.unsent(name, err)
	}
}

// R14: SetOwner with IfUnchanged gives up where it would begin anew.
func TestSetOwnerIfUnchangedR14(t *testing.T) {
	d := newDesk(t)
	d.move("configmaps", "one")
	var conflict *kube.ConflictError
	if _, err := d.one.SetOwner(t.Context(), d.web, items.IfUnchanged()); !errors.As(err, &conflict) || d.written() != 0 {
		t.Errorf("got %v, after %d writes", err, d.written())
	}
	if _, err := d.one.SetOwner(t.Context(), d.web); err != nil {
		t.Error(err)
	}
}

// R14: calls that make no sense are refused.
func TestNonsenseR14(t *testing.T) {
	d := newDesk(t)
	node := d.node()
	_, err := d.one.SetOwner(t.Context(), d.one)
	d.unsent("to own itself", err)
	_, err = d.one.Adopt(t.Context(), d.one)
	d.unsent("to adopt itself", err)
	for _, name := range []string{"a:NoSchedule-", "a:Nosched", "a:", "a-", ""} {
		_, err = node.Untaint(t.Context(), name)
		d.unsent("Untaint "+name, err)
	}
	_, err = node.Taint(t.Context(), items.Taint{Key: "a", Effect: "Nosched"})
	d.unsent("a bad effect", err)
}

// R14: taints that the node has are not sent again.
func TestTaintOfNothingR14(t *testing.T) {
	d := newDesk(t)
	a, b := items.Taint{Key: "a", Value: "1", Effect: "NoSchedule"}, items.Taint{Key: "b", Effect: "NoExecute"}
	node, err := d.node().Taint(t.Context(), a, b)
	if err != nil || d.written() != 1 {
		t.Fatalf("%v, after %d writes", err, d.written())
	}
	for _, taints := range [][]items.Taint{{a}, {b}, {b, a}} {
		d.server.ForgetRequests()
		same, err := node.Taint(t.Context(), taints...)
		if err != nil || !same.Equal(node) || d.written() != 0 {
			t.Errorf("%v again: %v, %v, after %d writes", taints, same, err, d.written())
		}
	}
	a.Value = "2"
	next, err := node.Taint(t.Context(), a, b)
	if got, _ := next.Taints(); err != nil || d.written() != 1 || len(got) != 2 {
		t.Errorf("another value: %v, %v, after %d writes", got, err, d.written())
	}
}
