package items

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/kubeviews/kube/raw"
)

// IntOrString is a number, or a text that stands for one: a percentage such as
// "25%", or the name of a port. It is an immutable value that can be compared by
// ==. The zero IntOrString is none: neither.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/#DeploymentSpec.
type IntOrString struct {
	text  string
	isInt bool
}

// IsZero reports whether there is neither a number nor a text.
func (i IntOrString) IsZero() bool { return i == IntOrString{} }

// Int is the number, if it is one.
func (i IntOrString) Int() (n int64, ok bool) {
	if !i.isInt {
		return 0, false
	}
	n, err := strconv.ParseInt(i.text, 10, 64)
	return n, err == nil
}

// Percent is the percentage, if it is one: 25 for "25%".
func (i IntOrString) Percent() (n int64, ok bool) {
	digits, ok := strings.CutSuffix(i.text, "%")
	if !ok || i.isInt {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil
}

// String is the number in decimal, or the text; "" for the zero value.
func (i IntOrString) String() string { return i.text }

// MarshalJSON gives the number or the text as the API has it; null for the zero
// value.
func (i IntOrString) MarshalJSON() ([]byte, error) {
	switch {
	case i.isInt:
		return []byte(i.text), nil
	case i.text == "":
		return []byte("null"), nil
	}
	return json.Marshal(i.text)
}

// UnmarshalJSON reads a number or a text. A null is the zero value. Possible
// errors: *[raw.TypeError], and that of json.Unmarshal.
func (i *IntOrString) UnmarshalJSON(text []byte) error {
	var v raw.Value
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	read, err := intOrString(v)
	*i = read
	return err
}

func intOrString(v raw.Value) (IntOrString, error) {
	switch v.Kind() {
	case raw.KindMissing, raw.KindNull:
		return IntOrString{}, nil
	case raw.KindString:
		text, err := v.Text()
		return IntOrString{text, false}, err
	}
	n, err := v.Int()
	if err != nil {
		return IntOrString{}, err
	}
	return IntOrString{strconv.FormatInt(n, 10), true}, nil
}
