package meta_test

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/meta"
)

func TestCompareVersions(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	number := func() string {
		n := new(big.Int).SetUint64(random.Uint64() >> random.UintN(64))
		if random.UintN(4) == 0 {
			n.Mul(n, n)
		}
		return n.Add(n, big.NewInt(1)).String()
	}
	for range 1000 {
		a, b := number(), number()
		x, _ := new(big.Int).SetString(a, 10)
		y, _ := new(big.Int).SetString(b, 10)
		if got, err := meta.CompareVersions(a, b); err != nil || got != x.Cmp(y) {
			t.Errorf("%s, %s: got %d, %v", a, b, got, err)
		}
		if got, err := meta.CompareVersions(a, a); err != nil || got != 0 {
			t.Errorf("%s: got %d, %v", a, got, err)
		}
	}
	for _, bad := range []string{"", "0", "01", "-1", "+1", "1.0", "0x1", "1e3", " 1", "٣", "abc"} {
		for _, pair := range [][2]string{{bad, "1"}, {"1", bad}, {bad, bad}} {
			if _, err := meta.CompareVersions(pair[0], pair[1]); !errors.As(err, new(*rest.ArgumentError)) {
				t.Errorf("%q: got %v", pair, err)
			}
		}
	}
}
