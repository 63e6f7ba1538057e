package items_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

// R08: accessors of one's own tell what is wrong as those of the library do.
func TestFieldsR08(t *testing.T) {
	w := item[Widget](t, kinds.Pod, `{"kind":"Widget","metadata":{"name":"w"},"spec":{"text":"a","n":7,"yes":true,"at":"2026-01-02T03:04:05Z","cpu":"500m","list":["x"]}}`)
	for name, ok := range map[string]bool{
		"text":   gives("a")(items.Text(w, "spec", "text")),
		"int":    gives(int64(7))(items.Int(w, "spec", "n")),
		"bool":   gives(true)(items.Bool(w, "spec", "yes")),
		"time":   gives(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))(items.Time(w, "spec", "at")),
		"amount": gives("500m")(shown(items.Amount(w, "spec", "cpu"))),
		"unset":  gives(int64(1))(items.WhenUnset(int64(1))(items.Int(w, "spec", "replicas"))),
	} {
		if !ok {
			t.Errorf("%s is not what the document says", name)
		}
	}
	if list, err := items.Field[[]string](w, "spec", "list"); err != nil || len(list) != 1 || list[0] != "x" {
		t.Errorf("got %v, %v", list, err)
	}
	for _, err := range []error{
		second(items.Text(w, "spec", "n")), second(items.Int(w, "spec", "none")), second(items.Bool(w, "spec")), second(items.Time(w, "spec", "text")),
		second(items.Amount(w, "spec", "yes")), second(items.Field[[]string](w, "spec", "text")), second(items.Field[int](w, "status")),
		second(items.WhenUnset(int64(1))(items.Int(w, "spec", "text"))), second(items.Text(Widget{}, "spec", "x")),
	} {
		if !errors.As(err, new(*rest.StatusError)) {
			t.Errorf("got %v", err)
		}
	}
}

func gives[V comparable](want V) func(V, error) bool {
	return func(v V, err error) bool { return err == nil && v == want }
}

func shown(q items.Quantity, err error) (string, error) { return q.String(), err }

func second[V any](_ V, err error) error { return err }
