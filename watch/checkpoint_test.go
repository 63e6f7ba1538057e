package watch_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/watch"
)

const place = "kube1:0123456789abcdef:"

// A checkpoint is the same when it comes back from its text, alone or in JSON, as
// a value or as the key of a map.
func TestCheckpointText(t *testing.T) {
	for _, text := range []string{"", place + "5", place + "18446744073709551616", place + "a:b:c", place + strings.Repeat("9", 128)} {
		point, err := watch.ParseCheckpoint(text)
		if err != nil || point.String() != text || point.IsZero() != (text == "") {
			t.Errorf("%q: got %v, %v", text, point, err)
			continue
		}
		if want := strings.TrimPrefix(text, place); point.Version() != want {
			t.Errorf("%q: the version is %q", text, point.Version())
		}
		type saved struct {
			At   watch.Checkpoint
			Seen map[watch.Checkpoint]int
		}
		doc, err := json.Marshal(saved{point, map[watch.Checkpoint]int{point: 1}})
		if err != nil {
			t.Fatal(err)
		}
		var back saved
		if err := json.Unmarshal(doc, &back); err != nil || back.At != point || back.Seen[point] != 1 {
			t.Errorf("%s: got %v, %v", doc, back, err)
		}
	}
}

func TestCheckpointOfNoWatcher(t *testing.T) {
	for _, text := range []string{
		" ", "5", ":", "::", "kube1", "kube1:", "kube1::", "kube1::5", "kube1:0123456789abcdef", place, place + "0",
		"kube2:0123456789abcdef:5", "KUBE1:0123456789abcdef:5", "kube1:0123456789abcde:5", "kube1:0123456789abcdef0:5",
		"kube1:0123456789ABCDEF:5", "kube1:0123456789abcdeg:5", "kube1:0123456789abcde\n:5",
		place + " 5", place + "5\n", place + "5\x00", place + "é", place + strings.Repeat("9", 129), " " + place + "5",
	} {
		was, err := watch.ParseCheckpoint(place + "7")
		if err != nil {
			t.Fatal(err)
		}
		point, err := watch.ParseCheckpoint(text)
		var bad *rest.ArgumentError
		if !errors.As(err, &bad) || bad.Arg != "checkpoint" || bad.Value != text || !point.IsZero() {
			t.Errorf("%q: got %v, %v", text, point, err)
		}
		kept := was
		if err := kept.UnmarshalText([]byte(text)); !errors.As(err, &bad) || kept != was {
			t.Errorf("%q: got %v, %v", text, kept, err)
		}
	}
	var point watch.Checkpoint
	if err := json.Unmarshal([]byte(`5`), &point); err == nil || !point.IsZero() {
		t.Errorf("got %v, %v", point, err)
	}
}

func FuzzCheckpoint(f *testing.F) {
	for _, text := range []string{"", place + "5", place + "0", place + "a:b", "kube1:x:5", "kube2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		point, err := watch.ParseCheckpoint(text)
		if err != nil {
			if !errors.As(err, new(*rest.ArgumentError)) || !point.IsZero() {
				t.Errorf("got %v, %v", point, err)
			}
			return
		}
		if point.String() != text || point.IsZero() != (text == "") {
			t.Errorf("%q came back as %q", text, point)
		}
		if start := watch.FromCheckpoint(point); start.Base() != nil {
			t.Errorf("got %v", start)
		}
		doc, err := json.Marshal(point)
		var back watch.Checkpoint
		if err != nil || json.Unmarshal(doc, &back) != nil || back != point {
			t.Errorf("%s came back as %v, %v", doc, back, err)
		}
	})
}
