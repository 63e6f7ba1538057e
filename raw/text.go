package raw

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// The functions here walk text that has passed the check, and is compact.

// skipString returns the offset behind the closing quote of the string whose
// first character is at i. Most strings are short: a search by a function would take
// longer to call than to run.
func skipString(t string, i int) int {
	for {
		for i+8 <= len(t) {
			if m := special(word(t, i)); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		switch t[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
		i++
	}
}

// word is the 8 bytes at i.
func word(t string, i int) uint64 {
	t = t[i : i+8]
	return uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
		uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
}

// skip returns the offset behind the value that starts at i.
func skip(t string, i int) int {
	switch t[i] {
	case '"':
		return skipString(t, i+1)
	case '{', '[':
		return skipContainer(t, i)
	}
	for i < len(t) && t[i] != ',' && t[i] != '}' && t[i] != ']' {
		i++
	}
	return i
}

func skipContainer(t string, i int) int {
	for depth := 0; ; {
		switch t[i] {
		case '"':
			i = skipString(t, i+1)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
}

// unquote resolves the escapes in the inside of a string.
func unquote(t string) string {
	if strings.IndexByte(t, '\\') < 0 {
		return t
	}
	b := make([]byte, 0, len(t))
	for i := 0; i < len(t); {
		if t[i] != '\\' {
			b = append(b, t[i])
			i++
			continue
		}
		switch c := t[i+1]; c {
		case 'b', 'f', 'n', 'r', 't':
			b = append(b, "\b\f\n\r\t"[strings.IndexByte("bfnrt", c)])
			i += 2
		case 'u':
			r := hex4(t[i+2:])
			i += 6
			if 0xD800 <= r && r <= 0xDBFF {
				r = 0x10000 + (r-0xD800)<<10 + (hex4(t[i+2:]) - 0xDC00)
				i += 6
			}
			b = utf8.AppendRune(b, r)
		default:
			b = append(b, c)
			i += 2
		}
	}
	return string(b)
}

func hex4(t string) rune {
	return unhex(t[0])<<12 | unhex(t[1])<<8 | unhex(t[2])<<4 | unhex(t[3])
}

// sameText reports whether the inside of a string, as written, means s. Escapes are
// longer than what they mean.
func sameText(t, s string) bool {
	switch {
	case len(t) < len(s):
		return false
	case len(t) == len(s):
		return t == s && strings.IndexByte(t, '\\') < 0
	}
	return strings.IndexByte(t, '\\') >= 0 && unquote(t) == s
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends s as a JSON string. Bytes that are not UTF-8 become the
// replacement character, as in encoding/json.
func appendQuoted(dst []byte, s string) []byte {
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
