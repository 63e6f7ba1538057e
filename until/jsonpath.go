package until

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// JSONPath is met when the value at a path is the wanted one, as in kubectl wait
// --for=jsonpath='{.status.phase}'=Running.
//
// A path is one expression of kubectl's language. Braces, the root ($ or @) and
// the first dot may be left out.
//
//	.status.phase            members by name
//	.labels.app\.io/name     the same, with \ before what would end the name
//	['app.io/name']  ["a"]   a member by its quoted name, \ before quotes and \
//	[0]  [-1]                an element of a list, also from its end
//	[1:3]  [:-1]  [*]        elements of a list
//	.*                       all members or elements
//	..image                  the member image at any depth, up to 128 levels
//	[?(@.type=="Ready")]     elements for which ==, !=, <, <=, > or >= holds
//	[?(@.lastState)]         elements that have the member
//
// The sides of a comparison are paths from the element on, strings, integers,
// decimal numbers, true or false. It does not hold where a side is missing, null,
// a list, an object or several values, or the two are a number and a string.
//
// Values are compared by their text, without the blanks around it: strings as
// they are, numbers as kubectl prints them (1.50 is "1.5", 1e3 is "1000"), "true",
// "false" and "null". A list or an object equals the JSON that means the same. A
// path with several matches meets the goal when all of them are equal to want.
//
// A path that is malformed, or longer than 4096 bytes, is an error which says at
// which byte. Differences from kubectl:
//
//   - Several matches, lists, objects and filters with sides that cannot be
//     compared end kubectl wait with an error; so does a member or element by
//     position, or a filter, of what is no list or too short. Here there is just
//     no match. An empty list does not hide the lists behind it.
//   - Integers compare with decimal numbers.
//   - [?(@.list[0])] does not pick an element whose list is empty.
//   - A dot in quotes belongs to the name: kubectl needs \. there, which works here
//     too.
//   - A null has the text "null", not "<nil>".
//   - .* and .. do not go into the bytes of strings.
//   - What is no single path is refused: text around it, range, unions ([0,1]),
//     steps ([::2]), $ in a filter, a filter in a filter, blanks between the parts.
//     = ! < > ( ) and quotes in a name without quotes need a \.
//
// See https://kubernetes.io/docs/reference/kubectl/jsonpath/.
func JSONPath(path, want string) Goal { return jsonPath(path, newEquals(want)) }

// JSONPathExists is met when there is a value at a path, null included, as in
// kubectl wait --for=jsonpath='{.status.loadBalancer.ingress}'. See JSONPath for
// paths and errors. Difference: several values meet the goal too, where kubectl
// ends with an error.
func JSONPathExists(path string) Goal { return jsonPath(path, nil) }

func jsonPath(text string, want *equals) Goal {
	p := pathParser{text: text}
	steps, err := p.whole()
	if err != nil {
		return Goal{err: err}
	}
	return good(atPath{steps, want})
}

// atPath asks for any value at a path, or for the wanted one.
type atPath struct {
	path path
	want *equals
}

func (atPath) check(Object) *rest.ArgumentError { return nil }

func (a atPath) look(obj Object) truth {
	if obj == nil {
		return unknown
	}
	found := a.path.find(obj.Raw().Value())
	for _, v := range found {
		if a.want != nil && !a.want.same(v) {
			return no
		}
	}
	return truthOf(len(found) > 0)
}

func (a atPath) saw(obj Object) string {
	doc, text := obj.Raw(), a.path.String()+" is "
	found := a.path.find(doc.Value())
	switch {
	case len(found) == 0:
		return text + "not there"
	case doc.IsSensitive():
		return text + "set"
	case len(found) == 1:
		return text + show(found[0])
	}
	return text + fmt.Sprintf("%d values: ", len(found)) + showAll(found)
}

func show(v raw.Value) string {
	if text, err := v.Text(); err == nil {
		return strconv.Quote(clip(text))
	}
	return clip(v.String())
}

func showAll(values []raw.Value) string {
	text := show(values[0])
	for _, v := range values[1:] {
		if len(text) >= maxShown {
			return text + ", …"
		}
		text += ", " + show(v)
	}
	return text
}

func (a atPath) String() string {
	if a.want == nil {
		return a.path.String() + " exists"
	}
	return a.path.String() + " = " + strconv.Quote(a.want.text)
}

// equals is a wanted value: its text, and for lists and objects the JSON that the
// text is, if it is any.
type equals struct {
	text string
	json raw.Value
}

func newEquals(want string) *equals {
	e := &equals{text: strings.TrimSpace(want)}
	if strings.HasPrefix(e.text, "[") || strings.HasPrefix(e.text, "{") {
		if e.json.UnmarshalJSON([]byte(e.text)) != nil {
			e.json = raw.Value{}
		}
	}
	return e
}

func (e *equals) same(v raw.Value) bool {
	switch v.Kind() {
	case raw.KindArray, raw.KindObject:
		return v.Equal(e.json)
	case raw.KindNull:
		return e.text == "null"
	}
	return strings.TrimSpace(fmt.Sprint(v.Any())) == e.text
}
