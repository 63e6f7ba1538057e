package raw_test

import (
	"strings"
	"testing"
)

func TestEqual(t *testing.T) {
	digits := strings.Repeat("1234567890", 10)
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{`null`, `null`, true}, {`null`, `false`, false}, {`true`, `false`, false}, {`null`, `{}`, false}, {`[]`, `{}`, false},
		{`"é"`, `"\u00e9"`, true}, {`"\ud83d\ude00"`, `"😀"`, true}, {`"\/"`, `"/"`, true}, {`"a"`, `"b"`, false}, {`""`, `null`, false}, {`"1"`, `1`, false},
		{`1`, `1.0`, true}, {`1`, `10e-1`, true}, {`1`, `0.1E+1`, true}, {`1`, `-1`, false}, {`0`, `-0`, true}, {`0`, `0.0e55`, true}, {`100`, `1e2`, true},
		{`0`, `0e99999999999999999999999`, true}, {`1e0000000000000000000000001`, `10`, true}, {`1e400`, `10e399`, true}, {`1e400`, `1e401`, false},
		{`1e1000000000000`, `10e999999999999`, true}, {`1e99999999999999999999999`, `1e99999999999999999999999`, true},
		{`1e99999999999999999999999`, `2e99999999999999999999999`, false}, {`1e99999999999999999999999`, `1e-99999999999999999999999`, false},
		{`0.1`, `0.10000000000000000001`, false}, {`9007199254740993`, `9007199254740992`, false}, {digits, digits + `.000`, true}, {digits, `1` + digits, false},
		{`[1,2]`, `[1.0,2]`, true}, {`[1,2]`, `[2,1]`, false}, {`[1]`, `[1,2]`, false}, {`[[],{}]`, `[[],{}]`, true}, {`[{"a":1}]`, `[{"a":1.0}]`, true},
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`, true}, {`{"a":1}`, `{"a":1,"b":2}`, false}, {`{"a":1}`, `{"b":1}`, false}, {`{"\u0061":1}`, `{"a":1.0}`, true},
		{`{"a":null}`, `{}`, false}, {`{"a":{"x":1,"x":2}}`, `{"a":{"x":2}}`, true}, {`{"a":{"x":1,"x":2}}`, `{"a":{"x":1}}`, false},
	} {
		// Two levels down, where names may be there twice.
		a, b := parse(t, `{"v":{"v":`+test.a+`}}`), parse(t, `{"v":{"v":`+test.b+`}}`)
		if a.Equal(b) != test.want || b.Equal(a) != test.want || a.Get("v", "v").Equal(b.Get("v", "v")) != test.want {
			t.Errorf("%s and %s: %v, want %v", test.a, test.b, !test.want, test.want)
		}
		if !a.Equal(a) || !a.Equal(a.Sensitive()) {
			t.Errorf("%s does not equal itself", test.a)
		}
	}
}
