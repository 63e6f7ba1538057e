package churn

import (
	"fmt"
	"testing"
)

// TestChurn runs a few seeds, each of which draws every fault once.
func TestChurn(t *testing.T) {
	for _, seed := range []uint64{1, 2} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			report, err := Run(t.Context(), Config{Seed: seed, Objects: 5000, Rounds: 3, Faults: 5, Logf: t.Logf})
			t.Log(report)
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Violations) > 0 {
				t.Errorf("%d violations", len(report.Violations))
			}
			if len(report.Faults) != len(faults) {
				t.Errorf("only %d of %d faults were made", len(report.Faults), len(faults))
			}
		})
	}
}
