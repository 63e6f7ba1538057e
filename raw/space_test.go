package raw_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/kubeviews/kube/raw"
)

// spaces is whitespace without an end.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestEndlessWhitespaceEnds(t *testing.T) {
	for _, start := range []string{"", "{", `{"items":[`, `{"items":[{}`, `{"items":[{},`, `{"items":[]`, `{"items":[]}`} {
		l := raw.NewListReader(io.MultiReader(strings.NewReader(start), spaces{}), raw.ReadOptions{MaxItem: 1 << 16})
		var err error
		for err == nil {
			_, err = l.Next()
		}
		var size *raw.SizeError
		if !errors.As(err, &size) {
			t.Errorf("%q and spaces: %v", start, err)
		}
	}
}
