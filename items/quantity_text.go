package items

import (
	"errors"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
)

// The causes that ParseQuantity tells.
var (
	errQuantityForm   = errors.New(`must be a decimal number with one of the suffixes n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei, or an exponent such as e3`)
	errQuantityDigits = errors.New("must have at least one digit")
	errQuantitySize   = errors.New("must be at most 1000 bytes long, below 1e900, and have no exponent below -1000")
)

// Without bounds, "1e999999999" costs gigabytes. That of the digits before the
// point leaves room to write what was read in less than maxQuantityBytes.
const (
	maxQuantityBytes = 1000
	maxWholeDigits   = 900
	minExponent      = -1000
)

// maxBinary is the largest amount that can be written with a binary suffix.
var maxBinary = newSmall(math.MaxInt64, 0, binarySI)

// ParseQuantity reads a quantity as Kubernetes writes it: a decimal number with
// an optional sign, and
//
//   - nothing, or a decimal suffix: n, u, m, k, M, G, T, P, E (10⁻⁹ … 10¹⁸),
//   - a binary suffix: Ki, Mi, Gi, Ti, Pi, Ei (2¹⁰ … 2⁶⁰),
//   - or an exponent of ten: e3, E-3, e+3.
//
// Like the server, it rounds what is finer than 10⁻⁹ away from zero, and cuts
// what has a binary suffix at ±(2⁶³-1). Unlike the server, it refuses a number
// without any digit ("k"), and the absurd: more than 1000 bytes, amounts from
// 1e900 on, exponents below -1000.
//
// The error is an *ArgumentError that wraps the cause.
func ParseQuantity(s string) (Quantity, error) {
	t, err := scanQuantity(s)
	if err != nil {
		return Quantity{}, &rest.ArgumentError{Arg: "quantity", Value: s, Err: err}
	}
	q, ok := t.small()
	if !ok {
		q = t.exact()
	}
	if t.negative {
		q = q.negated()
	}
	return q, nil
}

// quantityText is a quantity taken apart. Its amount, without the sign, is
// whole.fraction × 2^shift × 10^exponent.
type quantityText struct {
	negative        bool
	whole, fraction string // digits
	shift           uint
	exponent        int
	suffix          suffixes
}

func scanQuantity(s string) (t quantityText, err error) {
	if len(s) > maxQuantityBytes {
		return t, errQuantitySize
	}
	if s != "" && (s[0] == '-' || s[0] == '+') {
		t.negative = s[0] == '-'
		s = s[1:]
	}
	t.whole, s = cutDigits(s)
	if after, ok := strings.CutPrefix(s, "."); ok {
		t.fraction, s = cutDigits(after)
	}
	if err := t.scanSuffix(s); err != nil {
		return t, err
	}
	if t.whole+t.fraction == "" {
		return t, errQuantityDigits
	}
	t.whole = strings.TrimLeft(t.whole, "0")
	if len(t.whole)+t.exponent > maxWholeDigits || t.exponent < minExponent {
		return t, errQuantitySize
	}
	return t, nil
}

func cutDigits(s string) (digits, tail string) {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return s[:n], s[n:]
}

// decimalSuffixes and binarySuffixes are in steps of 10³ and 2¹⁰.
var (
	decimalSuffixes = [...]string{"n", "u", "m", "", "k", "M", "G", "T", "P", "E"}
	binarySuffixes  = [...]string{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}
)

func (t *quantityText) scanSuffix(s string) error {
	for i, suffix := range decimalSuffixes {
		if s == suffix {
			t.exponent = nano + 3*i
			return nil
		}
	}
	for i, suffix := range binarySuffixes {
		if s == suffix {
			t.shift, t.suffix = uint(10*i), binarySI
			return nil
		}
	}
	if s[0] != 'e' && s[0] != 'E' {
		return errQuantityForm
	}
	t.suffix = decimalExponent
	return t.scanExponent(s[1:])
}

func (t *quantityText) scanExponent(s string) error {
	exponent, err := strconv.Atoi(s)
	if errors.Is(err, strconv.ErrSyntax) {
		return errQuantityForm
	}
	// Out of range, Atoi returns the nearest int, so that later checks refuse it.
	t.exponent = min(exponent, maxQuantityBytes)
	return nil
}

// small returns the amount if it needs neither rounding nor a big number, which
// is nearly always.
func (t *quantityText) small() (Quantity, bool) {
	scale := t.exponent - len(t.fraction)
	if len(t.whole)+len(t.fraction) > 18 || scale < nano {
		return Quantity{}, false
	}
	number := int64(0)
	for _, digits := range [...]string{t.whole, t.fraction} {
		for i := range len(digits) {
			number = 10*number + int64(digits[i]-'0')
		}
	}
	if number > math.MaxInt64>>t.shift {
		return Quantity{}, false
	}
	return newSmall(number<<t.shift, scale, t.suffix).settle(), true
}

// exact returns any amount.
func (t *quantityText) exact() Quantity {
	number, _ := new(big.Int).SetString("0"+t.whole+t.fraction, 10)
	number.Lsh(number, t.shift)
	scale := t.exponent - len(t.fraction)
	if scale < nano {
		number, scale = divide(number, nano-scale), nano
	}
	q := newQuantity(number, scale, t.suffix)
	if t.suffix == binarySI && q.Cmp(maxBinary) > 0 {
		return maxBinary
	}
	return q.settle()
}

// settle gives up the binary suffix for an amount below 1, as the server does.
func (q Quantity) settle() Quantity {
	if q.suffix == binarySI && !q.IsZero() && q.Cmp(newSmall(1, 0, decimalSI)) < 0 {
		q.suffix = decimalSI
	}
	return q
}

// String returns the canonical form, as the server writes it: the same kind of
// suffix that was read, the largest that leaves no fraction, and no sign or
// zero that is not needed: "1.50" is "1500m", and "1024Ki" is "1Mi". A binary
// quantity that is below 1024, or has a fraction, is written in decimal.
//
// resource.Quantity of Kubernetes writes amounts beyond 999E and 1023Ei without
// their suffix; here they keep it: "1000E". A sum beyond 2⁶³-1 is written in
// full too, but ParseQuantity and the server cut it if the suffix is binary.
func (q Quantity) String() string {
	if q.IsZero() {
		return "0"
	}
	if q.suffix == binarySI && q.scale >= 0 {
		if n, ok := q.smallAt(0); !ok {
			return q.binary()
		} else if n >= 1024 || n <= -1024 {
			return smallBinary(n)
		}
	}
	return q.decimal()
}

// MarshalText returns the canonical form, which is also how Kubernetes has it
// in JSON. It never fails.
func (q Quantity) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// smallBinary writes a number with the largest binary suffix.
func smallBinary(n int64) string {
	step := min(bits.TrailingZeros64(uint64(n))/10, len(binarySuffixes)-1)
	return strconv.FormatInt(n>>(10*step), 10) + binarySuffixes[step]
}

// binary writes any whole number with the largest binary suffix.
func (q Quantity) binary() string {
	number := shift(q.number(), int(q.scale))
	step := min(number.TrailingZeroBits()/10, uint(len(binarySuffixes)-1))
	return new(big.Int).Rsh(number, 10*step).String() + binarySuffixes[step]
}

// decimal writes any number with the largest decimal suffix, or exponent.
func (q Quantity) decimal() string {
	exponent := floor3(int(q.scale))
	if largest := nano + 3*(len(decimalSuffixes)-1); q.suffix != decimalExponent {
		exponent = min(exponent, largest)
	}
	text := q.appendNumber(make([]byte, 0, 24))
	for range int(q.scale) - exponent {
		text = append(text, '0')
	}
	switch {
	case q.suffix != decimalExponent:
		text = append(text, decimalSuffixes[(exponent-nano)/3]...)
	case exponent != 0:
		text = strconv.AppendInt(append(text, 'e'), int64(exponent), 10)
	}
	return string(text)
}

// floor3 returns the multiple of 3 at or below n.
func floor3(n int) int {
	rest := n % 3
	if rest < 0 {
		rest += 3
	}
	return n - rest
}
