package judge

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kubeviews/kube/items"
	"k8s.io/apimachinery/pkg/api/resource"
)

var quantitySuffixes = []string{
	"", "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
	"e0", "e3", "E-3", "e+6", "e-9", "E-12", "e18", "e20", "e40",
}

var quantityParts = []string{
	"0", "00", "000", "1", "5", "9", "12", "1024", "999999999999999999", "9223372036854775807", "9223372036854775808",
	".", "-", "+", "e", "E", "i", "n", "u", "m", "k", "K", "M", "Ki", "Mi", "e3", "E9", " ", "_", "x",
}

// K46: the same quantities are accepted and mean the same.
func TestQuantityK46(t *testing.T) {
	generate(t, func(t *testing.T, random *rand.Rand) {
		a := spoil(random, goodQuantity(random), quantityParts)
		if random.IntN(4) == 0 {
			a = soup(random, quantityParts, 5)
		}
		checkQuantity(t, a)
		checkPair(t, a, goodQuantity(random))
	})
}

func FuzzQuantity(f *testing.F) {
	f.Add("100m", "64Mi")
	f.Add("1.5Gi", "-.5e3")
	f.Add("9223372036854775807", "1n")
	f.Add("1000E", "8Ei")
	f.Add("00100E001000", "1e-1000")
	f.Fuzz(func(t *testing.T, a, b string) {
		checkQuantity(t, a)
		checkPair(t, a, b)
	})
}

func goodQuantity(random *rand.Rand) string {
	digits := func(most int) string { return soup(random, quantityParts[:8], most) }
	sign := pick(random, []string{"", "", "", "-", "+"})
	return sign + digits(4) + pick(random, []string{"", ".", "." + digits(2), "." + digits(5)}) + pick(random, quantitySuffixes)
}

// parse reads a text with both. ok is false if there is nothing to compare.
func parse(t *testing.T, text string) (ours items.Quantity, theirs resource.Quantity, ok bool) {
	t.Helper()
	ours, err := items.ParseQuantity(text)
	if err != nil && strings.Contains(err.Error(), "at most 1000 bytes") {
		return ours, theirs, false // difference: theirs would take minutes for some
	}
	theirs, theirErr := resource.ParseQuantity(text)
	if number := strings.TrimLeft(text, "+-"); err != nil && strings.Contains(err.Error(), "one digit") && !startsWithNumber(number) {
		return ours, theirs, false // difference: theirs takes "k" for 0
	}
	if (err == nil) != (theirErr == nil) {
		t.Fatalf("%q: error %v, theirs %v", text, err, theirErr)
	}
	return ours, theirs, err == nil
}

func startsWithNumber(text string) bool {
	text = strings.TrimPrefix(text, ".")
	return text != "" && '0' <= text[0] && text[0] <= '9'
}

// exact returns their amount without the flaws of their other methods.
func exact(theirs resource.Quantity) *big.Rat {
	theirs = theirs.DeepCopy()
	dec := theirs.AsDec()
	scale := big.NewInt(int64(dec.Scale()))
	power := new(big.Int).Exp(big.NewInt(10), new(big.Int).Abs(scale), nil)
	if scale.Sign() < 0 {
		return new(big.Rat).SetInt(power.Mul(power, dec.UnscaledBig()))
	}
	return new(big.Rat).SetFrac(dec.UnscaledBig(), power)
}

// canonical returns their text. It is not the one of their String, which may
// repeat what was read ("+1", "007").
func canonical(theirs resource.Quantity) string {
	theirs = theirs.DeepCopy()
	number, suffix := theirs.CanonicalizeBytes(nil)
	return string(number) + string(suffix)
}

func checkQuantity(t *testing.T, text string) {
	t.Helper()
	ours, theirs, ok := parse(t, text)
	if !ok {
		return
	}
	amount := exact(theirs)
	checkText(t, ours, theirs)
	if got, want := ours.Value(), whole(amount, 1); got != want {
		t.Errorf("%q: value %d, want %d", text, got, want)
	}
	if got, want := ours.MilliValue(), whole(amount, 1000); got != want {
		t.Errorf("%q: milli value %d, want %d", text, got, want)
	}
	if got, want := ours.Float(), nearest(amount); got != want {
		t.Errorf("%q: float %v, want %v", text, got, want)
	}
	if ours.Sign() != amount.Sign() || ours.IsZero() != theirs.IsZero() {
		t.Errorf("%q: sign %d, want %d", text, ours.Sign(), amount.Sign())
	}
	checkTheirNumbers(t, text, ours, theirs)
}

// checkTheirNumbers compares with their own methods where these are right:
// theirs overflow, and round some negative numbers the wrong way.
func checkTheirNumbers(t *testing.T, text string, ours items.Quantity, theirs resource.Quantity) {
	t.Helper()
	if ours.Sign() < 0 || ours.Value() > math.MaxInt64/1000-1 {
		return
	}
	if ours.Value() != theirs.Value() || ours.MilliValue() != theirs.MilliValue() {
		t.Errorf("%q: %d and %d milli, theirs %d and %d", text, ours.Value(), ours.MilliValue(), theirs.Value(), theirs.MilliValue())
	}
	if f := theirs.AsFloat64Slow(); math.Abs(f-ours.Float()) > math.Abs(f)*1e-15 {
		t.Errorf("%q: float %v, theirs %v", text, ours.Float(), f)
	}
}

// whole returns amount × factor, rounded away from zero and saturated.
func whole(amount *big.Rat, factor int64) int64 {
	product := new(big.Rat).Mul(amount, big.NewRat(factor, 1))
	n, rest := new(big.Int).QuoRem(product.Num(), product.Denom(), new(big.Int))
	n.Add(n, big.NewInt(int64(rest.Sign())))
	switch {
	case n.IsInt64():
		return n.Int64()
	case n.Sign() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

func nearest(amount *big.Rat) float64 {
	f, _ := amount.Float64()
	return f
}

// checkText compares the canonical texts. Where theirs has lost its suffix, and
// so means something else, ours must still be right.
func checkText(t *testing.T, ours items.Quantity, theirs resource.Quantity) {
	t.Helper()
	text := ours.String()
	// A sum can be larger than what may be read, with a binary suffix or at all.
	cut := strings.HasSuffix(text, "i") && (ours.Value() == math.MaxInt64 || ours.Value() == math.MinInt64)
	again, err := items.ParseQuantity(text)
	if huge := math.IsInf(ours.Float(), 0); !huge && (err != nil || !again.Equal(ours) && !cut) {
		t.Errorf("%s reads back as %s, error %v", text, again, err)
	}
	if back, err := resource.ParseQuantity(canonical(theirs)); err == nil && exact(back).Cmp(exact(theirs)) == 0 {
		if text != canonical(theirs) {
			t.Errorf("written %s, theirs %s", text, canonical(theirs))
		}
		return
	}
	back, err := resource.ParseQuantity(text)
	if err != nil || !cut && exact(back).Cmp(exact(theirs)) != 0 {
		t.Errorf("written %s, which they read as %s, error %v; it is %s", text, canonical(back), err, exact(theirs))
	}
}

func checkPair(t *testing.T, a, b string) {
	t.Helper()
	ourA, theirA, okA := parse(t, a)
	ourB, theirB, okB := parse(t, b)
	if !okA || !okB {
		return
	}
	want := exact(theirA).Cmp(exact(theirB))
	if got, theirs := ourA.Cmp(ourB), theirA.DeepCopy(); got != want || theirs.Cmp(theirB.DeepCopy()) != want {
		t.Errorf("%q.Cmp(%q) is %d, want %d", a, b, got, want)
	}
	sum, difference := theirA.DeepCopy(), theirA.DeepCopy()
	sum.Add(theirB.DeepCopy())
	difference.Sub(theirB.DeepCopy())
	checkText(t, ourA.Add(ourB), sum)
	checkText(t, ourA.Sub(ourB), difference)
}
