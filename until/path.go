package until

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kubeviews/kube/raw"
)

// path is a parsed JSONPath. It finds each place of a document at most once, so
// that a step costs at most one walk through the document.
type path []step

// step picks values out of each value that was found before, or, when it is
// deep, out of all that lie in these too.
type step struct {
	deep bool
	picker
}

type picker interface {
	// pick appends what it picks out of v to found.
	pick(v raw.Value, found []raw.Value) []raw.Value
	appendTo(text []byte) []byte
}

// place is a value, and how far below the root it is.
type place struct {
	raw.Value
	depth int
}

func (p path) find(root raw.Value) (found []raw.Value) {
	places := []place{{root, 0}}
	for _, s := range p {
		if s.deep {
			places = containers(places)
		}
		var next []place
		for _, from := range places {
			found = s.pick(from.Value, found[:0])
			for _, v := range found {
				next = append(next, place{v, from.depth + 1})
			}
		}
		places = next
	}
	found = found[:0]
	for _, at := range places {
		found = append(found, at.Value)
	}
	return found
}

// maxDeep is how deep a deep step goes. Each level costs a scan of what lies
// below it, and a document can be as deep as it is long; those of Kubernetes are
// far from it.
const maxDeep = 128

// containers returns the objects and lists among places, and all within them.
func containers(places []place) (all []place) {
	seen := map[raw.Value]bool{}
	var visit func(place)
	visit = func(at place) {
		if kind := at.Kind(); kind != raw.KindObject && kind != raw.KindArray {
			return
		}
		if seen[at.Value] || at.depth >= maxDeep {
			return
		}
		seen[at.Value] = true
		all = append(all, at)
		for _, child := range (each{}).pick(at.Value, nil) {
			visit(place{child, at.depth + 1})
		}
	}
	for _, at := range places {
		visit(at)
	}
	return all
}

func (p path) String() string { return string(append(p.appendTo([]byte("{")), '}')) }

func (p path) appendTo(text []byte) []byte {
	for _, s := range p {
		if s.deep {
			text = s.appendDeep(text)
		} else {
			text = s.appendTo(text)
		}
	}
	return text
}

// appendDeep writes two dots before what has none or one.
func (s step) appendDeep(text []byte) []byte {
	single := s.appendTo(nil)
	if single[0] == '[' {
		text = append(text, '.')
	}
	return append(append(text, '.'), single...)
}

// member picks the member of that name.
type member string

func (m member) pick(v raw.Value, found []raw.Value) []raw.Value {
	if v.Kind() != raw.KindObject { // Get would take a position in a list
		return found
	}
	if value := v.Get(string(m)); value.Exists() {
		found = append(found, value)
	}
	return found
}

func (m member) appendTo(text []byte) []byte {
	if m == "" {
		return append(text, "['']"...)
	}
	text = append(text, '.')
	for i := range len(m) {
		if endsName(m[i]) || m[i] == '\\' {
			text = append(text, '\\')
		}
		text = append(text, m[i])
	}
	return text
}

// each picks all members or elements.
type each struct{}

func (each) pick(v raw.Value, found []raw.Value) []raw.Value {
	found = slices.AppendSeq(found, v.Elements())
	at := map[string]int{}
	for name, value := range v.Members() {
		if i, twice := at[name]; twice {
			found[i] = value // the last one counts
			continue
		}
		at[name] = len(found)
		found = append(found, value)
	}
	return found
}

func (each) appendTo(text []byte) []byte { return append(text, ".*"...) }

// position picks an element, from the end when it is negative.
type position int

func (p position) pick(v raw.Value, found []raw.Value) []raw.Value {
	i := int(p)
	if i < 0 {
		i += v.Len()
	}
	if i < 0 {
		return found
	}
	if element := v.Index(i); element.Exists() {
		found = append(found, element)
	}
	return found
}

func (p position) appendTo(text []byte) []byte {
	return append(strconv.AppendInt(append(text, '['), int64(p), 10), ']')
}

// span picks the elements from one position up to another; both count from the
// end when they are negative.
type span struct{ from, to int }

const toEnd = math.MaxInt

func (s span) pick(v raw.Value, found []raw.Value) []raw.Value {
	elements := slices.Collect(v.Elements())
	from, to := s.within(len(elements))
	return append(found, elements[from:max(from, to)]...)
}

func (s span) within(n int) (from, to int) {
	from, to = s.from, s.to
	if from < 0 {
		from += n
	}
	if to < 0 {
		to += n
	}
	return min(max(from, 0), n), min(to, n)
}

func (s span) appendTo(text []byte) []byte {
	if s == (span{0, toEnd}) {
		return append(text, "[*]"...)
	}
	text = append(text, '[')
	if s.from != 0 {
		text = strconv.AppendInt(text, int64(s.from), 10)
	}
	text = append(text, ':')
	if s.to != toEnd {
		text = strconv.AppendInt(text, int64(s.to), 10)
	}
	return append(text, ']')
}

// filter picks the elements for which a comparison holds, or, without an
// operator, that have something at left.
type filter struct {
	left     operand
	operator string
	right    operand
}

// operand is one side of a comparison: a literal, or else a path.
type operand struct {
	literal any // string, int64, float64 or bool
	path    path
}

func (f filter) pick(v raw.Value, found []raw.Value) []raw.Value {
	for element := range v.Elements() {
		if f.holds(element) {
			found = append(found, element)
		}
	}
	return found
}

func (f filter) holds(element raw.Value) bool {
	if f.operator == "" {
		return len(f.left.path.find(element)) > 0
	}
	order, ok := compare(f.left.of(element), f.right.of(element))
	if !ok {
		return false
	}
	switch f.operator {
	case "==":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order == 1
	}
	return order == 0 || order == 1 // >=
}

// of returns a scalar, or nil for what cannot be compared.
func (o operand) of(element raw.Value) any {
	if o.literal != nil {
		return o.literal
	}
	found := o.path.find(element)
	if len(found) != 1 {
		return nil
	}
	switch found[0].Kind() {
	case raw.KindArray, raw.KindObject:
		return nil
	}
	return found[0].Any()
}

// unequal is the order of two bools that differ: neither is less.
const unequal = 2

func compare(left, right any) (order int, ok bool) {
	switch a := left.(type) {
	case string:
		b, ok := right.(string)
		return cmp.Compare(a, b), ok
	case bool:
		b, ok := right.(bool)
		if a != b {
			return unequal, ok
		}
		return 0, ok
	case int64:
		if b, ok := right.(int64); ok {
			return cmp.Compare(a, b), true
		}
	}
	a, ok := float(left)
	b, ok2 := float(right)
	return cmp.Compare(a, b), ok && ok2
}

func float(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

func (f filter) appendTo(text []byte) []byte {
	text = f.left.appendTo(append(text, "[?("...))
	if f.operator != "" {
		text = f.right.appendTo(append(text, f.operator...))
	}
	return append(text, ")]"...)
}

func (o operand) appendTo(text []byte) []byte {
	switch v := o.literal.(type) {
	case string:
		return strconv.AppendQuote(text, v)
	case int64:
		return strconv.AppendInt(text, v, 10)
	case float64:
		return strconv.AppendFloat(text, v, 'f', -1, 64)
	case bool:
		return strconv.AppendBool(text, v)
	}
	return o.path.appendTo(append(text, '@'))
}

// endsName reports whether a byte ends a name that stands without quotes.
func endsName(c byte) bool {
	return c <= ' ' || c == 0x7f || strings.IndexByte(`.,[]{}()$@=!<>*'"`, c) >= 0
}
