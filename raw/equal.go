package raw

import (
	"strconv"
	"strings"
)

// Equal reports whether two values mean the same: the order of members and the
// spelling of strings and numbers (1.0 and 1) do not count. Numbers are compared
// exactly, not as floats; those with an exponent beyond 10^12 equal only numbers
// that are spelled alike. A value that is missing equals only another one, not a
// null.
func (v Value) Equal(other Value) bool {
	if v.d == nil || other.d == nil {
		return v.d == other.d
	}
	if v == other || v.isPackedAs(other) {
		return true
	}
	v, other = v.plain(), other.plain()
	if v.text() == other.text() {
		return true
	}
	kind := v.Kind()
	if kind != other.Kind() {
		return false
	}
	switch kind {
	case KindNumber:
		return sameNumber(v.text(), other.text())
	case KindString:
		a, _ := v.Text()
		b, _ := other.Text()
		return a == b
	case KindArray:
		return sameElements(v, other)
	case KindObject:
		return sameMembers(v, other)
	}
	return false // null, true and false have one spelling
}

func sameElements(a, b Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	i := int(b.start) + 1
	for e := range a.Elements() {
		end := skip(b.d.text(), i)
		if !e.Equal(Value{b.d, uint32(i), uint32(end)}) {
			return false
		}
		i = end + 1
	}
	return true
}

// sameMembers compares by name. Of a name that comes twice the last counts.
func sameMembers(a, b Value) bool {
	left, right := a.byName(), b.byName()
	if len(left) != len(right) {
		return false
	}
	for name, v := range left {
		if w, ok := right[name]; !ok || !v.Equal(w) {
			return false
		}
	}
	return true
}

func (v Value) byName() map[string]Value {
	m := make(map[string]Value)
	for name, e := range v.Members() {
		m[name] = e
	}
	return m
}

func sameNumber(a, b string) bool {
	x, okA := canonical(a)
	y, okB := canonical(b)
	return okA && okB && x == y
}

// number is a decimal in its one canonical form: digits × 10^exp, no zeros at
// either end of the digits.
type number struct {
	negative bool
	digits   string
	exp      int64
}

const maxExponent = 1 << 40

// canonical fails only for numbers with exponents beyond reason: those equal
// nothing but the same text.
func canonical(t string) (n number, ok bool) {
	t, n.negative = strings.CutPrefix(t, "-")
	t, exp, ok := cutExponent(t)
	whole, fraction, _ := strings.Cut(t, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return number{}, true // zero, also "-0" and "0e9"
	}
	n.digits = strings.TrimRight(digits, "0")
	n.exp = exp - int64(len(fraction)) + int64(len(digits)-len(n.digits))
	return n, ok
}

func cutExponent(t string) (mantissa string, exp int64, ok bool) {
	at := strings.IndexAny(t, "eE")
	if at < 0 {
		return t, 0, true
	}
	exp, err := strconv.ParseInt(t[at+1:], 10, 64)
	return t[:at], exp, err == nil && -maxExponent < exp && exp < maxExponent
}
