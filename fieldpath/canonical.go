package fieldpath

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kubeviews/kube/raw"
)

// appendJSON appends the one text of all values that are equal. A value that is not
// there is a null.
func appendJSON(dst []byte, v raw.Value) []byte {
	switch v.Kind() {
	case raw.KindNumber:
		return appendNumber(dst, string(v.Bytes()))
	case raw.KindString:
		text, _ := v.Text()
		return appendText(dst, text)
	case raw.KindArray:
		return appendArray(dst, v)
	case raw.KindObject:
		return appendObject(dst, v)
	}
	return v.AppendTo(dst)
}

func appendArray(dst []byte, v raw.Value) []byte {
	dst = append(dst, '[')
	comma := ""
	for e := range v.Elements() {
		dst = appendJSON(append(dst, comma...), e)
		comma = ","
	}
	return append(dst, ']')
}

func appendObject(dst []byte, v raw.Value) []byte {
	members := maps.Collect(v.Members()) // of a name that comes twice the last counts
	dst = append(dst, '{')
	comma := ""
	for _, name := range slices.Sorted(maps.Keys(members)) {
		dst = append(appendText(append(dst, comma...), name), ':')
		dst = appendJSON(dst, members[name])
		comma = ","
	}
	return append(dst, '}')
}

const hexDigits = "0123456789abcdef"

// appendText appends s as a JSON string. Bytes that are not UTF-8 become the
// replacement character, as in encoding/json.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

// textValue is a string as a value.
func textValue(s string) (v raw.Value) {
	_ = v.UnmarshalJSON(appendText(nil, s)) // a quoted text is well-formed
	return v
}

const (
	maxExponent = 1 << 40 // beyond, raw.Value.Equal compares spellings
	maxZeros    = 6       // between the digits and the decimal point
)

// appendNumber appends the shortest of the forms 1500, 0.0015 and 15e20, in which
// equal numbers are alike.
func appendNumber(dst []byte, t string) []byte {
	digits, exp, ok := decimal(strings.TrimPrefix(t, "-"))
	if !ok {
		return append(dst, t...)
	}
	if digits == "" {
		return append(dst, '0') // also -0
	}
	if t[0] == '-' {
		dst = append(dst, '-')
	}
	point := int64(len(digits)) + exp // where it is, from the first digit
	switch {
	case exp >= 0 && exp <= maxZeros:
		return append(append(dst, digits...), zeros(exp)...)
	case exp < 0 && point > 0:
		return append(append(append(dst, digits[:point]...), '.'), digits[point:]...)
	case exp < 0 && -point <= maxZeros:
		return append(append(append(dst, '0', '.'), zeros(-point)...), digits...)
	}
	return strconv.AppendInt(append(append(dst, digits...), 'e'), exp, 10)
}

func zeros(n int64) string { return strings.Repeat("0", int(n)) }

// decimal takes a number apart: digits × 10^exp, no zeros at either end of the digits.
func decimal(t string) (digits string, exp int64, ok bool) {
	mantissa, exp, ok := cutExponent(t)
	whole, fraction, _ := strings.Cut(mantissa, ".")
	all := strings.TrimLeft(whole+fraction, "0")
	digits = strings.TrimRight(all, "0")
	return digits, exp - int64(len(fraction)) + int64(len(all)-len(digits)), ok || digits == ""
}

func cutExponent(t string) (mantissa string, exp int64, ok bool) {
	at := strings.IndexAny(t, "eE")
	if at < 0 {
		return t, 0, true
	}
	exp, err := strconv.ParseInt(t[at+1:], 10, 64)
	return t[:at], exp, err == nil && -maxExponent < exp && exp < maxExponent
}
