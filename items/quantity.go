package items

import (
	"cmp"
	"math"
	"math/big"
	"strconv"
)

// Quantity is an exact amount of a resource: "100m" of a CPU, "64Mi" of memory.
// It is an immutable value, and its zero value is 0.
//
// A Quantity also knows the family of suffixes that it was written with, so ==
// does not compare amounts: use Cmp or Equal.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/.
type Quantity struct {
	// The amount is small × 10^scale, or *large × 10^scale if large is not nil.
	// Invariants: nothing writes to *large; it exceeds an int64; neither number
	// can be divided by 10, except 0, whose scale is 0.
	small  int64
	large  *big.Int
	scale  int32
	suffix suffixes
}

// suffixes is a family of suffixes.
type suffixes uint8

const (
	decimalSI suffixes = iota
	binarySI
	decimalExponent
)

// nano is the scale of the smallest part of a unit.
const nano = -9

// newQuantity makes a Quantity that keeps number, and may change it.
func newQuantity(number *big.Int, scale int, suffix suffixes) Quantity {
	if number.IsInt64() {
		return newSmall(number.Int64(), scale, suffix)
	}
	number, scale = stripZeros(number, scale)
	if number.IsInt64() {
		return Quantity{small: number.Int64(), scale: int32(scale), suffix: suffix}
	}
	return Quantity{large: number, scale: int32(scale), suffix: suffix}
}

func newSmall(number int64, scale int, suffix suffixes) Quantity {
	if number == 0 {
		return Quantity{suffix: suffix}
	}
	for number%10 == 0 {
		number /= 10
		scale++
	}
	return Quantity{small: number, scale: int32(scale), suffix: suffix}
}

// stripZeros moves factors of ten from a number to its scale.
func stripZeros(number *big.Int, scale int) (*big.Int, int) {
	quotient, rest := new(big.Int), new(big.Int)
	for {
		quotient.QuoRem(number, big.NewInt(10), rest)
		if rest.Sign() != 0 {
			return number, scale
		}
		number, quotient = quotient, number
		scale++
	}
}

// number returns the number without its scale, for reading only.
func (q Quantity) number() *big.Int {
	if q.large != nil {
		return q.large
	}
	return big.NewInt(q.small)
}

// Sign returns -1, 0 or +1: whether q is negative, zero or positive.
func (q Quantity) Sign() int {
	if q.large != nil {
		return q.large.Sign()
	}
	return cmp.Compare(q.small, 0)
}

// IsZero tells whether q is 0.
func (q Quantity) IsZero() bool { return q.Sign() == 0 }

// Cmp returns -1, 0 or +1: whether q is less than other, as much, or more.
func (q Quantity) Cmp(other Quantity) int {
	if q.Sign() != other.Sign() || q.scale == other.scale && q.large == nil && other.large == nil {
		return cmp.Or(cmp.Compare(q.Sign(), other.Sign()), cmp.Compare(q.small, other.small))
	}
	if a, b, _, ok := alignSmall(q, other); ok {
		return cmp.Compare(a, b)
	}
	a, b, _ := align(q, other)
	return a.Cmp(b)
}

// Equal tells whether q and other are the same amount, however written.
func (q Quantity) Equal(other Quantity) bool { return q.Cmp(other) == 0 }

// Add returns the sum, written as q is, or as other is if q is 0.
func (q Quantity) Add(other Quantity) Quantity {
	suffix := q.suffix
	if q.IsZero() {
		suffix = other.suffix
	}
	if a, b, scale, ok := alignSmall(q, other); ok {
		if sum := a + b; (sum > a) == (b > 0) {
			return newSmall(sum, scale, suffix)
		}
	}
	a, b, scale := align(q, other)
	return newQuantity(new(big.Int).Add(a, b), scale, suffix)
}

// Sub returns the difference, written as q is, or as other is if q is 0.
func (q Quantity) Sub(other Quantity) Quantity { return q.Add(other.negated()) }

func (q Quantity) negated() Quantity {
	if q.large == nil && q.small != math.MinInt64 {
		q.small = -q.small
		return q
	}
	return newQuantity(new(big.Int).Neg(q.number()), int(q.scale), q.suffix)
}

// alignSmall returns the numbers of a and b in their smaller scale, if all of
// that fits.
func alignSmall(a, b Quantity) (x, y int64, scale int, ok bool) {
	scale = int(min(a.scale, b.scale))
	x, okX := a.smallAt(scale)
	y, okY := b.smallAt(scale)
	return x, y, scale, okX && okY
}

// smallAt returns q / 10^scale, if it is an int64. The scale must not be
// larger than q's.
func (q Quantity) smallAt(scale int) (int64, bool) {
	power := int(q.scale) - scale
	if q.large != nil || power >= len(powers) {
		return 0, false
	}
	product := q.small * powers[power]
	return product, product/powers[power] == q.small
}

// align returns the numbers of a and b in their smaller scale, for reading
// only.
func align(a, b Quantity) (x, y *big.Int, scale int) {
	scale = int(min(a.scale, b.scale))
	return shift(a.number(), int(a.scale)-scale), shift(b.number(), int(b.scale)-scale), scale
}

// shift returns number × 10^power. It does not change number, but may return
// it.
func shift(number *big.Int, power int) *big.Int {
	if power == 0 {
		return number
	}
	return new(big.Int).Mul(number, pow10(power))
}

func pow10(power int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(power)), nil)
}

// powers are the powers of ten that fit an int64.
var powers = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// Value returns q in whole units (bytes, cores), rounded away from zero. What
// an int64 cannot hold is math.MaxInt64 or math.MinInt64; resource.Quantity of
// Kubernetes returns some other number then.
func (q Quantity) Value() int64 { return q.in(0) }

// MilliValue returns q in thousandths of a unit, rounded away from zero. What
// an int64 cannot hold is math.MaxInt64 or math.MinInt64.
func (q Quantity) MilliValue() int64 { return q.in(-3) }

// in returns q / 10^scale.
func (q Quantity) in(scale int) int64 {
	if power := scale - int(q.scale); power > 0 {
		return q.divided(power)
	}
	if n, ok := q.smallAt(scale); ok {
		return n
	}
	if q.Sign() < 0 {
		return math.MinInt64
	}
	return math.MaxInt64
}

// divided returns the number / 10^power, rounded away from zero.
func (q Quantity) divided(power int) int64 {
	if q.large != nil || power >= len(powers) {
		return saturated(divide(q.number(), power))
	}
	quotient, rest := q.small/powers[power], q.small%powers[power]
	return quotient + int64(cmp.Compare(rest, 0))
}

func saturated(n *big.Int) int64 {
	switch {
	case n.IsInt64():
		return n.Int64()
	case n.Sign() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

// divide returns number / 10^power, rounded away from zero. It does not change
// number.
func divide(number *big.Int, power int) *big.Int {
	quotient, rest := new(big.Int).QuoRem(number, pow10(power), new(big.Int))
	if rest.Sign() != 0 {
		quotient.Add(quotient, big.NewInt(int64(number.Sign())))
	}
	return quotient
}

// Float returns the float64 that is nearest to q, in units: 0.1 for "100m". A
// quantity beyond all of them is an infinity.
func (q Quantity) Float() float64 {
	text := append(q.appendNumber(nil), 'e')
	text = strconv.AppendInt(text, int64(q.scale), 10)
	f, _ := strconv.ParseFloat(string(text), 64) // out of range: ±Inf, as documented
	return f
}

func (q Quantity) appendNumber(text []byte) []byte {
	if q.large != nil {
		return q.large.Append(text, 10)
	}
	return strconv.AppendInt(text, q.small, 10)
}
