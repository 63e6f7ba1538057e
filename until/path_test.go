package until

import (
	"reflect"
	"strings"
	"testing"

	"github.com/kubeviews/kube/raw"
)

const tree = `{
	"name": "root", "a.b": 1, "": 2, "*": 3, "it's": 4, "\\": 5, "tab\tbed": 6, "a]": 7, "null": null, "é": 8,
	"list": [10, 11, 12, 13], "empty": [], "mixed": [[], {"name": "in"}, "name", 1.5, null, [[1], []]],
	"things": [
		{"name": "x", "size": 1, "on": true, "sub": {"name": "deep"}},
		{"name": "y", "size": 2.5, "on": false, "want": 2.5},
		{"name": "z", "size": "3", "tags": ["t", "u"], "sub": null},
		{"name": "w", "twin": {"k": 1, "k": 2}}
	]
}`

func TestPaths(t *testing.T) {
	doc, err := raw.Parse([]byte(tree))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ text, printed, found string }{
		{`name`, `{.name}`, `"root"`},
		{`.name`, `{.name}`, `"root"`},
		{`$.name`, `{.name}`, `"root"`},
		{`@.name`, `{.name}`, `"root"`},
		{`{name}`, `{.name}`, `"root"`},
		{" { $.name } ", `{.name}`, `"root"`},
		{`['name']`, `{.name}`, `"root"`},
		{`$["name"]`, `{.name}`, `"root"`},
		{`.a\.b`, `{.a\.b}`, `1`},
		{`['a.b']`, `{.a\.b}`, `1`},
		{`['a\.b']`, `{.a\.b}`, `1`},
		{`['']`, `{['']}`, `2`},
		{`.\*`, `{.\*}`, `3`},
		{`["it's"]`, `{.it\'s}`, `4`},
		{`['it\'s']`, `{.it\'s}`, `4`},
		{`.\\`, `{.\\}`, `5`},
		{"['tab\tbed']", "{.tab\\\tbed}", `6`},
		{`['a]']`, `{.a\]}`, `7`},
		{`.é`, `{.é}`, `8`},
		{`.null`, `{.null}`, `null`},
		{`.null.x`, `{.null.x}`, ``},
		{`.name.x`, `{.name.x}`, ``},
		{`.list.0`, `{.list.0}`, ``},
		{`.list[0]`, `{.list[0]}`, `10`},
		{`.list[-1]`, `{.list[-1]}`, `13`},
		{`.list[4]`, `{.list[4]}`, ``},
		{`.list[-5]`, `{.list[-5]}`, ``},
		{`.list[*]`, `{.list[*]}`, `10 11 12 13`},
		{`.list[:]`, `{.list[*]}`, `10 11 12 13`},
		{`.list[0:]`, `{.list[*]}`, `10 11 12 13`},
		{`.list[1:3]`, `{.list[1:3]}`, `11 12`},
		{`.list[:-1]`, `{.list[:-1]}`, `10 11 12`},
		{`.list[-2:]`, `{.list[-2:]}`, `12 13`},
		{`.list[2:99]`, `{.list[2:99]}`, `12 13`},
		{`.list[-99:1]`, `{.list[-99:1]}`, `10`},
		{`.list[3:1]`, `{.list[3:1]}`, ``},
		{`.list[9:12]`, `{.list[9:12]}`, ``},
		{`.list.*`, `{.list.*}`, `10 11 12 13`},
		{`.empty[*]`, `{.empty[*]}`, ``},
		{`.empty[-1]`, `{.empty[-1]}`, ``},
		{`.name[*]`, `{.name[*]}`, ``},
		{`.name.*`, `{.name.*}`, ``},
		{`.things[0].sub.*`, `{.things[0].sub.*}`, `"deep"`},
		{`.things[3].twin.*`, `{.things[3].twin.*}`, `2`},
		{`.things[3].twin.k`, `{.things[3].twin.k}`, `2`},
		{`.mixed[*][0]`, `{.mixed[*][0]}`, `[1]`},
		{`.mixed[*][*][*]`, `{.mixed[*][*][*]}`, `1`},
		{`..name`, `{..name}`, `"root" "in" "x" "deep" "y" "z" "w"`},
		{`.things..name`, `{.things..name}`, `"x" "deep" "y" "z" "w"`},
		{`..things..name`, `{..things..name}`, `"x" "deep" "y" "z" "w"`},
		{`..things..*..name`, `{..things..*..name}`, `"x" "deep" "y" "z" "w"`},
		{`..["it's"]`, `{..it\'s}`, `4`},
		{`..['']`, `{..['']}`, `2`},
		{`.mixed..[0]`, `{.mixed..[0]}`, `[] [1] 1`},
		{`..sub..*`, `{..sub..*}`, `"deep"`},
		{`.things[?(@.name=="y")].size`, `{.things[?(@.name=="y")].size}`, `2.5`},
		{`.things[?( @.name == 'y' )].size`, `{.things[?(@.name=="y")].size}`, `2.5`},
		{`.things[?(.name=="y")].size`, `{.things[?(@.name=="y")].size}`, `2.5`},
		{`.things[?("y"==@.name)].size`, `{.things[?("y"==@.name)].size}`, `2.5`},
		{`.things[?(@.name!="y")].name`, `{.things[?(@.name!="y")].name}`, `"x" "z" "w"`},
		{`.things[?(@.name<"y")].name`, `{.things[?(@.name<"y")].name}`, `"x" "w"`},
		{`.things[?(@.name<="y")].name`, `{.things[?(@.name<="y")].name}`, `"x" "y" "w"`},
		{`.things[?(@.name>"y")].name`, `{.things[?(@.name>"y")].name}`, `"z"`},
		{`.things[?(@.name>="y")].name`, `{.things[?(@.name>="y")].name}`, `"y" "z"`},
		{`.things[?(@.size>=1)].name`, `{.things[?(@.size>=1)].name}`, `"x" "y"`},
		{`.things[?(@.size==+1.0)].name`, `{.things[?(@.size==1)].name}`, `"x"`},
		{`.things[?(@.size==2.50)].name`, `{.things[?(@.size==2.5)].name}`, `"y"`},
		{`.things[?(@.size!=1)].name`, `{.things[?(@.size!=1)].name}`, `"y"`},
		{`.things[?(@.size==@.want)].name`, `{.things[?(@.size==@.want)].name}`, `"y"`},
		{`.things[?(@.on==true)].name`, `{.things[?(@.on==true)].name}`, `"x"`},
		{`.things[?(@.on!=true)].name`, `{.things[?(@.on!=true)].name}`, `"y"`},
		{`.things[?(@.on<true)].name`, `{.things[?(@.on<true)].name}`, ``},
		{`.things[?(@.on>=true)].name`, `{.things[?(@.on>=true)].name}`, `"x"`},
		{`.things[?(@.on>false)].name`, `{.things[?(@.on>false)].name}`, ``},
		{`.things[?(@.sub)].name`, `{.things[?(@.sub)].name}`, `"x" "z"`},
		{`.things[?(@.sub.name)].name`, `{.things[?(@.sub.name)].name}`, `"x"`},
		{`.things[?(@.sub=="deep")].name`, `{.things[?(@.sub=="deep")].name}`, ``},
		{`.things[?(@.tags=="t")].name`, `{.things[?(@.tags=="t")].name}`, ``},
		{`.things[?(@.tags[*]=="t")].name`, `{.things[?(@.tags[*]=="t")].name}`, ``},
		{`.things[?(@.tags[0]=="t")].name`, `{.things[?(@.tags[0]=="t")].name}`, `"z"`},
		{`.things[?(@.tags[0]=="\x74")].name`, `{.things[?(@.tags[0]=="t")].name}`, `"z"`},
		{`.things[?(@.name==")]\"'\u00e9")]`, `{.things[?(@.name==")]\"'é")]}`, ``},
		{`.list[?(@>11)]`, `{.list[?(@>11)]}`, `12 13`},
		{`.list[?(@)]`, `{.list[?(@)]}`, `10 11 12 13`},
		{`.name[?(@)]`, `{.name[?(@)]}`, ``},
		{`.mixed[?(.name)].name`, `{.mixed[?(@.name)].name}`, `"in"`},
		{`.mixed[?(@)][?(@[0]==1)]`, `{.mixed[?(@)][?(@[0]==1)]}`, `[1]`},
		{`.mixed[?(@==1.5)]`, `{.mixed[?(@==1.5)]}`, `1.5`},
	} {
		p := pathParser{text: tt.text}
		steps, fault := p.whole()
		if fault != nil {
			t.Errorf("%s: %v", tt.text, fault)
			continue
		}
		if got := steps.String(); got != tt.printed {
			t.Errorf("%s: printed %s, want %s", tt.text, got, tt.printed)
		}
		var found []string
		for _, v := range steps.find(doc.Value()) {
			found = append(found, v.String())
		}
		if got := strings.Join(found, " "); got != tt.found {
			t.Errorf("%s: found %s, want %s", tt.text, got, tt.found)
		}
	}
}

func TestBadPaths(t *testing.T) {
	for text, reason := range map[string]string{
		"":                                 "at byte 0: expected a name, found the end",
		" ":                                "at byte 1: expected a name, found the end",
		"{}":                               "at byte 1: expected a name, found '}'",
		".":                                "at byte 1: expected a name, found the end",
		"{.}":                              "at byte 2: expected a name, found '}'",
		"$":                                "at byte 1: expected '.' or '[', found the end",
		"{@}":                              "at byte 2: expected '.' or '[', found '}'",
		"..":                               "at byte 2: expected a name, found the end",
		".a.":                              "at byte 3: expected a name, found the end",
		".a..":                             "at byte 4: expected a name, found the end",
		".a...b":                           "at byte 4: expected a name, found '.'",
		".a.[0]":                           "at byte 3: expected a name, found '['",
		"{.a":                              "at byte 3: expected '.', '[' or '}', found the end",
		".a}":                              "at byte 2: expected '.', '[' or the end, found '}'",
		"{.a}{.b}":                         "at byte 4: expected '.', '[' or the end, found '{'",
		"x{.a}":                            "at byte 1: expected '.', '[' or the end, found '{'",
		"{.a .b}":                          "at byte 4: expected '.', '[' or '}', found '.'",
		"{range .items[*]}":                "at byte 7: expected '.', '[' or '}', found '.'",
		".a$":                              "at byte 2: expected '.', '[' or the end, found '$'",
		".a*":                              "at byte 2: expected '.', '[' or the end, found '*'",
		".*a":                              "at byte 2: expected '.', '[' or the end, found 'a'",
		".a=b":                             "at byte 2: expected '.', '[' or the end, found '='",
		".a\x00b":                          `at byte 2: expected '.', '[' or the end, found '\x00'`,
		`.a\`:                              "at byte 3: expected a character, found the end",
		".\xff":                            "is not valid UTF-8",
		".a[":                              "at byte 3: expected a position, '*', a quoted name or '?(', found the end",
		".a[]":                             "at byte 3: expected a position, '*', a quoted name or '?(', found ']'",
		".a[ 0]":                           "at byte 3: expected a position, '*', a quoted name or '?(', found ' '",
		".a[b]":                            "at byte 3: expected a position, '*', a quoted name or '?(', found 'b'",
		".a[(1)]":                          "at byte 3: expected a position, '*', a quoted name or '?(', found '('",
		".a[0":                             "at byte 4: expected ']', found the end",
		".a[1.5]":                          "at byte 4: expected ']', found '.'",
		".a[-]":                            "at byte 3: expected an integer, found '-'",
		".a[1:-]":                          "at byte 5: expected an integer, found '-'",
		".a[99999999999999999999]":         "at byte 3: expected an integer, found '9'",
		".a[0,1]":                          "at byte 4: a union is not supported",
		".a['b','c']":                      "at byte 6: a union is not supported",
		".a[1:2:3]":                        "at byte 6: a step is not supported",
		".a[::2]":                          "at byte 4: a step is not supported",
		".a['b]":                           "at byte 6: expected a closing ', found the end",
		`.a["b\"]`:                         `at byte 8: expected a closing ", found the end`,
		`.a["b\`:                           "at byte 6: expected a character, found the end",
		".a['b'":                           "at byte 6: expected ']', found the end",
		".a[?()]":                          "at byte 5: expected '@', a quoted text, a number, true or false, found ')'",
		".a[?($.b)]":                       "at byte 5: expected '@', a quoted text, a number, true or false, found '$'",
		".a[?(b)]":                         "at byte 5: expected '@', a quoted text, a number, true or false, found 'b'",
		".a[?(@.b==c)]":                    "at byte 10: expected '@', a quoted text, a number, true or false, found 'c'",
		".a[?(@.b==null)]":                 "at byte 10: expected '@', a quoted text, a number, true or false, found 'n'",
		".a[?(1)]":                         "at byte 5: a literal needs something to be compared with",
		".a[?(@.b=1)]":                     "at byte 8: expected ==, !=, <, <=, >, >= or ')]', found '='",
		".a[?(@.b=~1)]":                    "at byte 8: expected ==, !=, <, <=, >, >= or ')]', found '='",
		".a[?(@.b==1 && @.c)]":             "at byte 12: expected ')]', found '&'",
		".a[?(@.b==1":                      "at byte 11: expected ')]', found the end",
		".a[?(@.b":                         "at byte 8: expected ==, !=, <, <=, >, >= or ')]', found the end",
		".a[?(@.b) ]":                      "at byte 8: expected ==, !=, <, <=, >, >= or ')]', found ')'",
		".a[?(@.b==1.2.3)]":                "at byte 13: expected ')]', found '.'",
		".a[?(@.b==-)]":                    "at byte 10: expected a number, found '-'",
		".a[?(@.b=='c)]":                   "at byte 14: expected a closing ', found the end",
		`.a[?(@.b=='\"')]`:                 "at byte 11: the escape is unknown",
		".a[?(@.b[?(@.c)])]":               "at byte 8: a filter in a filter is not supported",
		"." + strings.Repeat("a", maxPath): "is longer than 4096 bytes",
	} {
		p := pathParser{text: text}
		if _, err := p.whole(); err == nil || err.Reason != reason || err.Arg != "JSONPath" || err.Value != text {
			t.Errorf("%s: %v, want %s", text, err, reason)
		}
	}
}

// A document may be deeper than a recursion goes, but not than a path does.
func TestDeepDocument(t *testing.T) {
	const depth = 1000
	doc, err := raw.Parse([]byte(strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth)))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		"..a":                               maxDeep,
		".a.a..a":                           maxDeep - 2,
		strings.Repeat(".a", depth):         1,
		strings.Repeat(".a", depth) + "..a": 0,
		strings.Repeat(".a", depth+1):       0,
		// A place is found once. By each way to it, these were billions.
		strings.Repeat("..a", 10): maxDeep - 9,
	} {
		p := pathParser{text: text}
		steps, fault := p.whole()
		if fault != nil {
			t.Fatal(fault)
		}
		if n := len(steps.find(doc.Value())); n != want {
			t.Errorf("%.20s: %d values, want %d", text, n, want)
		}
	}
}

func FuzzJSONPath(f *testing.F) {
	for _, seed := range []string{
		`{$.a['b\.c'][0][-1:]..d.*}`, `.a[?(@.b=="\u00e9\\")].c`, `['']..['*']["'"]`, `a[?(-1.50<.b[*])]`, `{..\.\\\=}`, `.a[?(@ >= 9223372036854775808)]`,
	} {
		f.Add(seed, tree)
	}
	f.Fuzz(func(t *testing.T, text, document string) {
		p := pathParser{text: text}
		steps, err := p.whole()
		if err != nil {
			return
		}
		printed := steps.String()
		if again := (pathParser{text: printed}); len(printed) <= maxPath {
			if second, err := again.whole(); err != nil || !reflect.DeepEqual(steps, second) {
				t.Fatalf("%q printed as %q, which is %v, %v", text, printed, second, err)
			}
		}
		doc, _ := raw.Parse([]byte(document))
		seen := map[raw.Value]bool{}
		for _, v := range steps.find(doc.Value()) {
			if seen[v] || !v.Exists() {
				t.Fatalf("%q finds %v twice", text, v)
			}
			seen[v] = true
		}
	})
}
