package items_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
)

func quantity(t *testing.T, s string) items.Quantity {
	t.Helper()
	q, err := items.ParseQuantity(s)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// K46: quantities are exact, whatever their form.
func TestQuantityK46(t *testing.T) {
	for _, test := range []struct {
		text, canonical string
		value, milli    int64
		float           float64
	}{
		{"0", "0", 0, 0, 0},
		{"-0", "0", 0, 0, 0},
		{"0Ki", "0", 0, 0, 0},
		{"1", "1", 1, 1000, 1},
		{"+1", "1", 1, 1000, 1},
		{"007", "7", 7, 7000, 7},
		{"1.", "1", 1, 1000, 1},
		{".5", "500m", 1, 500, .5},
		{"-.5", "-500m", -1, -500, -.5},
		{"100m", "100m", 1, 100, .1},
		{"1500m", "1500m", 2, 1500, 1.5},
		{"-1500m", "-1500m", -2, -1500, -1.5},
		{"2000m", "2", 2, 2000, 2},
		{"1.50", "1500m", 2, 1500, 1.5},
		{"1n", "1n", 1, 1, 1e-9},
		{"1u", "1u", 1, 1, 1e-6},
		{"0.1n", "1n", 1, 1, 1e-9}, // rounded up, so that there is some
		{"-0.1n", "-1n", -1, -1, -1e-9},
		{"1.0000000001", "1000000001n", 2, 1001, 1.000000001},
		{"12345k", "12345k", 12345000, 12345000000, 12345000},
		{"10M", "10M", 1e7, 1e10, 1e7},
		{"1G", "1G", 1e9, 1e12, 1e9},
		{"1T", "1T", 1e12, 1e15, 1e12},
		{"1P", "1P", 1e15, 1e18, 1e15},
		{"1E", "1E", 1e18, math.MaxInt64, 1e18},
		{"10E", "10E", math.MaxInt64, math.MaxInt64, 1e19},
		{"-10E", "-10E", math.MinInt64, math.MinInt64, -1e19},
		{"1000E", "1000E", math.MaxInt64, math.MaxInt64, 1e21},
		{"12345678901234567890", "12345678901234567890", math.MaxInt64, math.MaxInt64, 12345678901234567890},
		{"12345678901234567891m", "12345678901234567891m", 12345678901234568, math.MaxInt64, 12345678901234567.891},
		{"12345678901234567890123456789n", "12345678901234567890123456789n", math.MaxInt64, math.MaxInt64, 12345678901234567890.123456789},
		{"-12345678901234567890123456789n", "-12345678901234567890123456789n", math.MinInt64, math.MinInt64, -12345678901234567890.123456789},
		{"100000000000000000000n", "100G", 1e11, 1e14, 1e11},
		{"1Ki", "1Ki", 1024, 1024000, 1024},
		{"1024Ki", "1Mi", 1 << 20, 1000 << 20, 1 << 20},
		{"64Mi", "64Mi", 64 << 20, 64000 << 20, 64 << 20},
		{"-64Mi", "-64Mi", -64 << 20, -64000 << 20, -64 << 20},
		{"1.5Gi", "1536Mi", 3 << 29, 3000 << 29, 3 << 29},
		{"16093496Ki", "16093496Ki", 16093496 << 10, 16093496000 << 10, 16093496 << 10},
		{"1Ti", "1Ti", 1 << 40, 1000 << 40, 1 << 40},
		{"1Pi", "1Pi", 1 << 50, 1000 << 50, 1 << 50},
		{"7Ei", "7Ei", 7 << 60, math.MaxInt64, 7 << 60},
		{"8Ei", "9223372036854775807", math.MaxInt64, math.MaxInt64, math.MaxInt64}, // cut, like the server's
		{"-8Ei", "-9223372036854775807", -math.MaxInt64, math.MinInt64, -math.MaxInt64},
		{"0.5Ki", "512", 512, 512000, 512},
		{"0.1Ki", "102400m", 103, 102400, 102.4},
		{"0.0001Ki", "102400u", 1, 103, .1024},
		{"1e3", "1e3", 1000, 1000000, 1000},
		{"1E3", "1e3", 1000, 1000000, 1000},
		{"12e4", "120e3", 120000, 120000000, 120000},
		{"1e+3", "1e3", 1000, 1000000, 1000},
		{"1e-3", "1e-3", 1, 1, .001},
		{"1e-20", "1e-9", 1, 1, 1e-9},
		{"1e0", "1", 1, 1000, 1},
		{"1e21", "1e21", math.MaxInt64, math.MaxInt64, 1e21},
		{"1e400", "10e399", math.MaxInt64, math.MaxInt64, math.Inf(1)},
		{"-1e400", "-10e399", math.MinInt64, math.MinInt64, math.Inf(-1)},
	} {
		q, err := items.ParseQuantity(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if got := q.String(); got != test.canonical {
			t.Errorf("%s is written %s, want %s", test.text, got, test.canonical)
		}
		if again := quantity(t, q.String()); !again.Equal(q) || again.String() != q.String() {
			t.Errorf("%s is written %s, which reads as %s", test.text, q, again)
		}
		if q.Value() != test.value || q.MilliValue() != test.milli || q.Float() != test.float {
			t.Errorf("%s: value %d, milli %d, float %v; want %d, %d, %v", test.text, q.Value(), q.MilliValue(), q.Float(), test.value, test.milli, test.float)
		}
		if want := signOf(test.value); q.Sign() != want || q.IsZero() != (want == 0) {
			t.Errorf("%s: sign %d, zero %v; want %d", test.text, q.Sign(), q.IsZero(), want)
		}
	}
}

func signOf(n int64) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func TestParseQuantityErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "at least one digit",
		"+":                       "at least one digit",
		".":                       "at least one digit",
		"k":                       "at least one digit",
		"-Mi":                     "at least one digit",
		"1 ":                      "must be a decimal number",
		" 1":                      "must be a decimal number",
		"1K":                      "must be a decimal number",
		"1ki":                     "must be a decimal number",
		"1ni":                     "must be a decimal number",
		"1mm":                     "must be a decimal number",
		"1e":                      "must be a decimal number",
		"1e+":                     "must be a decimal number",
		"1e1.5":                   "must be a decimal number",
		"1e1_0":                   "must be a decimal number",
		"1.2.3":                   "must be a decimal number",
		"--1":                     "must be a decimal number",
		"0x10":                    "must be a decimal number",
		"१":                       "must be a decimal number",
		"1,5":                     "must be a decimal number",
		"NaN":                     "must be a decimal number",
		"1e900":                   "below 1e900",
		"10e899":                  "below 1e900",
		"-1e900":                  "below 1e900",
		"1e-1001":                 "no exponent below",
		"1e99999999999999999999":  "below 1e900",
		"1e-99999999999999999999": "no exponent below",
		"0e901":                   "below 1e900",
		strings.Repeat("1", 1001): "at most 1000 bytes",
	} {
		q, err := items.ParseQuantity(text)
		var bad *rest.ArgumentError
		if !errors.As(err, &bad) || errors.Unwrap(bad) == nil || !strings.Contains(err.Error(), want) || !q.IsZero() {
			t.Errorf("%.20q: %v, error %v; want an ArgumentError that says %q", text, q, err, want)
		}
	}
}

func TestQuantityCmp(t *testing.T) {
	ascending := []string{
		"-1e400", "-1e30", "-10E", "-9223372036854775807", "-1Ki", "-1", "-1m", "-1n",
		"0",
		"1n", "1u", "1m", "999m", "1", "1001m", "1k", "1023", "1Ki", "1M", "1Mi",
		"9223372036854775806", "8Ei", "9223372036854775808", "10E", "12345678901234567890123", "1e30", "1e400",
	}
	for i, a := range ascending {
		for j, b := range ascending {
			if got, want := quantity(t, a).Cmp(quantity(t, b)), signOf(int64(i-j)); got != want {
				t.Errorf("%s.Cmp(%s) is %d, want %d", a, b, got, want)
			}
		}
	}
	for _, same := range [][2]string{{"1", "1000m"}, {"1Ki", "1024"}, {"1e3", "1k"}, {"1024Ki", "1Mi"}, {"10E", "10000000000000000000"}} {
		if a, b := quantity(t, same[0]), quantity(t, same[1]); !a.Equal(b) || a.Cmp(b) != 0 {
			t.Errorf("%s and %s differ", a, b)
		}
	}
}

func TestQuantityAddSub(t *testing.T) {
	for _, test := range []struct{ a, b, sum, difference string }{
		{"1", "1", "2", "0"},
		{"1", "100m", "1100m", "900m"},
		{"0", "1Ki", "1Ki", "-1Ki"},
		{"1Ki", "0", "1Ki", "1Ki"},
		{"1k", "1Ki", "2024", "-24"},
		{"1Ki", "1k", "2024", "24"},
		{"1Mi", "1Mi", "2Mi", "0"},
		{"9223372036854775807", "1", "9223372036854775808", "9223372036854775806"},
		{"-9223372036854775807", "2", "-9223372036854775805", "-9223372036854775809"},
		{"-9223372036854775808", "-9223372036854775808", "-18446744073709551616", "0"},
		{"10E", "1n", "10000000000000000000000000001n", "9999999999999999999999999999n"},
		{"10E", "10E", "20E", "0"},
		{"7Ei", "7Ei", "14Ei", "0"},
		{"1e30", "1", "1000000000000000000000000000001", "999999999999999999999999999999"},
	} {
		a, b := quantity(t, test.a), quantity(t, test.b)
		if sum, difference := a.Add(b), a.Sub(b); sum.String() != test.sum || difference.String() != test.difference {
			t.Errorf("%s and %s: sum %s, difference %s; want %s, %s", a, b, sum, difference, test.sum, test.difference)
		}
		if !a.Equal(quantity(t, test.a)) || !b.Equal(quantity(t, test.b)) {
			t.Errorf("%s or %s was changed", test.a, test.b)
		}
	}
}

// What can be read can be written and read again, up to the bounds.
func TestQuantityBounds(t *testing.T) {
	nines := strings.Repeat("9", 900)
	for _, text := range []string{
		"1e899", "-9e899", "1e-1000", nines, nines[1:] + ".9999999999", nines[18:] + "E", nines + "." + nines[:90] + "e-9",
		"." + nines + "e900", "0." + strings.Repeat("0", 990) + "1",
	} {
		q := quantity(t, text)
		if again := quantity(t, q.String()); !again.Equal(q) {
			t.Errorf("%s reads back as %s", q, again)
		}
	}
}

func TestQuantityZero(t *testing.T) {
	var zero items.Quantity
	if zero.String() != "0" || !zero.IsZero() || zero.Value() != 0 || zero.Float() != 0 || !zero.Equal(quantity(t, "0Mi")) {
		t.Errorf("the zero Quantity is %s", zero)
	}
}

func TestQuantityJSON(t *testing.T) {
	text, err := json.Marshal(map[string]items.Quantity{"cpu": quantity(t, "1.5")})
	if err != nil || string(text) != `{"cpu":"1500m"}` {
		t.Errorf("JSON is %s, error %v", text, err)
	}
}

func TestQuantityDoesNotAllocate(t *testing.T) {
	limit := quantity(t, "1Gi")
	allocs := testing.AllocsPerRun(100, func() {
		q, err := items.ParseQuantity("1500m")
		if err != nil || q.Value() != 2 || q.MilliValue() != 1500 || q.Add(limit).Cmp(limit) != 1 {
			t.Error("wrong")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkParseQuantity(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := items.ParseQuantity("16093496Ki"); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleParseQuantity() {
	q, err := items.ParseQuantity("1.5Gi")
	fmt.Println(q, q.Value(), err)

	_, err = items.ParseQuantity("1.5 GB")
	fmt.Println(err)
	// Output:
	// 1536Mi 1610612736 <nil>
	// kube: bad quantity "1.5 GB": must be a decimal number with one of the suffixes n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei, or an exponent such as e3
}

func ExampleQuantity_Add() {
	var total items.Quantity
	for _, cpu := range []string{"250m", "1", "500m"} {
		q, err := items.ParseQuantity(cpu)
		if err != nil {
			fmt.Println(err)
			return
		}
		total = total.Add(q)
	}
	fmt.Println(total, total.Float(), total.MilliValue())
	// Output:
	// 1750m 1.75 1750
}
