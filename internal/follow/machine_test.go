package follow

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/watch"
)

// thing is an object in the form "name:uid@version", or "name:uid@version=text".
type thing struct{ name, uid, version, text string }

func (g thing) Namespace() string { return "ns" }
func (g thing) Name() string      { return g.name }
func (g thing) UID() string       { return g.uid }
func (g thing) Version() string   { return g.version }

func (g thing) Raw() raw.Object {
	doc, err := raw.Parse(fmt.Appendf(nil, `{"text":%q}`, g.text))
	if err != nil {
		panic(err)
	}
	return doc
}

func (g thing) String() string {
	text := g.name + ":" + g.uid + "@" + g.version
	if g.text != "" {
		text += "=" + g.text
	}
	return text
}

func thingOf(text string) (g thing) {
	text, g.text, _ = strings.Cut(text, "=")
	text, g.version, _ = strings.Cut(text, "@")
	g.name, g.uid, _ = strings.Cut(text, ":")
	return g
}

func thingsOf(texts string) (all []thing) {
	for text := range strings.FieldsSeq(texts) {
		all = append(all, thingOf(text))
	}
	return all
}

// at is a machine that has begun, and has got as far as the version.
func at(phase phase, version, known string, change ...func(*machine[thing])) machine[thing] {
	m := machine[thing]{phase: phase, version: version, known: Objects(thingsOf(known)), began: true}
	for _, f := range change {
		f(&m)
	}
	return m
}

func notBegun(m *machine[thing])   { m.began = false }
func tenacious(m *machine[thing])  { m.tenacious = true }
func partial(m *machine[thing])    { m.partial = true }
func fresh(m *machine[thing])      { m.fresh = true }
func told(m *machine[thing])       { m.told = true }
func streamList(m *machine[thing]) { m.streamList = true }
func tellState(m *machine[thing])  { m.tellState = true }
func mustExist(m *machine[thing])  { m.mustExist = true }
func failures(n int) func(*machine[thing]) {
	return func(m *machine[thing]) { m.failures = n }
}
func absences(n int) func(*machine[thing]) {
	return func(m *machine[thing]) { m.absences = n }
}
func doubted(m *machine[thing]) { m.doubt = unreadableEv }
func lost(err error) func(*machine[thing]) {
	return func(m *machine[thing]) { m.gap = err }
}

var phaseNames = map[phase]string{listing: "listing", probing: "probing", streaming: "streaming", waiting: "waiting", closed: "closed"}

// shown is all of a machine that a step may change, but for flags that are as in
// one that gets on well.
func shown(m machine[thing]) string {
	text := phaseNames[m.phase]
	if m.phase == waiting {
		text += fmt.Sprintf("(%s,%d,%v)", phaseNames[m.pause.then], m.pause.failures, m.pause.least)
	}
	text += " " + cmp.Or(m.version, "-")
	for _, item := range m.known.All() {
		text += " " + item.String()
	}
	for name, on := range map[string]bool{"notBegun": !m.began} {
		if on {
			text += " " + name
		}
	}
	for _, flag := range []struct {
		name string
		on   bool
	}{{"partial", m.partial}, {"fresh", m.fresh}, {"told", m.told}, {"streamList", m.streamList}} {
		if flag.on {
			text += " " + flag.name
		}
	}
	if m.failures > 0 {
		text += fmt.Sprintf(" failures=%d", m.failures)
	}
	if m.absences > 0 {
		text += fmt.Sprintf(" absences=%d", m.absences)
	}
	if m.gap != nil {
		text += " gap=" + nameOf(m.gap)
	}
	if m.doubt != nil {
		text += " doubt=" + nameOf(m.doubt)
	}
	if m.closed != nil {
		text += " for=" + nameOf(m.closed)
	}
	return text
}

// shownOutputs are outputs in the form "TYPE item →version".
func shownOutputs(out []output[thing]) string {
	var lines []string
	for _, o := range out {
		text := string(o.Type)
		switch o.Type {
		case Added, Modified, Deleted:
			text += " " + o.Item.String()
		case Error:
			text += " " + nameOf(o.Err)
		}
		if !o.Gap.IsZero() {
			text += fmt.Sprintf(" [%s-%s", o.Gap.From, o.Gap.To)
			if o.Gap.Rewound {
				text += " rewound"
			}
			if o.Gap.Partial {
				text += " partial"
			}
			text += " " + nameOf(o.Gap.Err) + "]"
		}
		lines = append(lines, strings.TrimSpace(text+" →"+cmp.Or(o.Resume, "-")))
	}
	return strings.Join(lines, "\n")
}

// The faults that a request or a stream may meet, as the connection tells them.
var (
	cut          = rest.Classify(&rest.APIError{Err: io.ErrUnexpectedEOF})
	broken       = rest.Broken(nothing{}, rest.Request{}, io.ErrUnexpectedEOF)
	away         = rest.Classify(&rest.APIError{Code: 500, Message: "dial tcp: connection refused"})
	badGateway   = rest.Classify(&rest.APIError{Code: 502})
	busyText     = rest.Classify(&rest.APIError{Code: 429, RetryAfter: 2 * time.Second})
	busy         = stated(`"code":429,"reason":"TooManyRequests","details":{"retryAfterSeconds":3}`)
	unavailable  = stated(`"code":503,"reason":"ServiceUnavailable"`)
	ahead        = stated(`"code":504,"reason":"Timeout","details":{"retryAfterSeconds":1}`)
	requestLate  = stated(`"code":408`)
	internal     = stated(`"code":500,"reason":"InternalError"`)
	gone410      = rest.Classify(&rest.APIError{Code: 410})
	goneStatus   = stated(`"code":410,"reason":"Expired"`)
	goneReason   = stated(`"reason":"Expired"`)
	goneReason2  = stated(`"code":500,"reason":"Gone"`)
	goneReason3  = stated(`"code":503,"reason":"Expired"`)
	forbidden    = stated(`"code":403,"reason":"Forbidden"`)
	notServed    = rest.Classify(&rest.APIError{Code: 404, Message: "404 page not found"})
	notFound     = stated(`"code":404,"reason":"NotFound","details":{"name":"x"}`)
	bad400       = stated(`"code":400,"reason":"BadRequest"`)
	badText      = rest.Classify(&rest.APIError{Code: 400, Message: "400 Bad Request"})
	bad422       = stated(`"code":422,"reason":"Invalid"`)
	noCode       = stated(`"message":"what?"`)
	unknownType  = error(&rest.APIError{Code: 200, Err: collection.ErrUnknownType})
	noNamespace  = error(&rest.NamespaceError{Namespace: "ns"})
	errStrange   = errors.New("strange")
	noSense      = &rest.APIError{Code: 200, Err: errors.New("bad JSON")}
	unreadableEv = &rest.ObjectError{Name: "a", Err: errors.New("bad JSON")}
)

var faultNames = map[error]string{
	cut: "cut", broken: "broken", away: "away", badGateway: "badGateway", busyText: "busyText", busy: "busy", unavailable: "unavailable",
	ahead: "ahead", requestLate: "requestLate", internal: "internal", gone410: "gone410", goneStatus: "goneStatus",
	goneReason: "goneReason", goneReason2: "goneReason2", goneReason3: "goneReason3", badText: "badText", forbidden: "forbidden", notServed: "notServed", notFound: "notFound",
	bad400: "bad400", bad422: "bad422", noCode: "noCode", unknownType: "unknownType", noNamespace: "noNamespace",
	errStrange: "strange", unreadableEv: "unreadable", watch.ErrRewound: "ErrRewound",
}

func nameOf(err error) string { return cmp.Or(faultNames[err], err.Error()) }

// stated is the error of a Status in an answer that went well, as in a stream.
func stated(members string) error {
	doc, err := raw.Parse([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure",` + members + `}`))
	if err != nil {
		panic(err)
	}
	return rest.FromStatus(rest.Request{}, http.StatusOK, doc)
}

// nothing is a context that is never done.
type nothing struct{}

func (nothing) Deadline() (time.Time, bool) { return time.Time{}, false }
func (nothing) Done() <-chan struct{}       { return nil }
func (nothing) Err() error                  { return nil }
func (nothing) Value(any) any               { return nil }

// checkStep steps, twice: a machine is a value, and a step changes neither it nor
// its input.
func checkStep(t *testing.T, m machine[thing], in input, want string, outputs ...string) machine[thing] {
	t.Helper()
	before, beforeIn := fmt.Sprintf("%+v", m), fmt.Sprintf("%+v", in)
	next, out := m.step(in)
	if got := shown(next); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := shownOutputs(out), strings.Join(outputs, "\n"); got != want {
		t.Errorf("it tells\n%s\nwant\n%s", got, want)
	}
	again, outAgain := m.step(in)
	if shown(again) != shown(next) || !reflect.DeepEqual(outAgain, out) {
		t.Errorf("the second time %s\n%s", shown(again), shownOutputs(outAgain))
	}
	if after := fmt.Sprintf("%+v", m); after != before {
		t.Errorf("the machine was\n%s\nand is\n%s", before, after)
	}
	if after := fmt.Sprintf("%+v", in); after != beforeIn {
		t.Errorf("the input was\n%s\nand is\n%s", beforeIn, after)
	}
	return next
}

// What each fault does to a machine that gets on well, at the place where it is
// met: version 5, one object, nothing wrong before.
func TestMachineFaults(t *testing.T) {
	const same = " 5 a:1@3"
	for _, row := range []struct {
		name                          string
		err                           error
		list, probe, refused, inwards string // the state; " !" for an error that is told
	}{
		{"F02 cut", cut, "waiting(listing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)"},
		{"F02 broken", broken, "waiting(listing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)"},
		{"F05 500 text", away, "waiting(listing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)"},
		{"F05 502 text", badGateway, "waiting(listing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)"},
		{"F12 429 text", busyText, "waiting(listing,1,2s)", "waiting(probing,1,2s)", "waiting(probing,1,2s)", "waiting(probing,1,2s)"},
		{"F12 429 JSON", busy, "waiting(listing,1,3s)", "waiting(probing,1,3s)", "waiting(probing,1,3s)", "waiting(probing,1,3s)"},
		{"503", unavailable, "waiting(listing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)"},
		{"F11 504", ahead, "waiting(listing,1,1s)", "waiting(probing,1,1s)", "waiting(probing,1,1s)", "waiting(probing,1,1s)"},
		{"408", requestLate, "waiting(listing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)"},
		{"F21 500", internal, "waiting(listing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)", "waiting(listing,1,0s) gap"},
		{"F08 410 by code", gone410, "waiting(listing,1,0s)", "streaming", "waiting(listing,1,0s) gap", "waiting(listing,1,0s) gap"},
		{"F07 410", goneStatus, "waiting(listing,1,0s)", "streaming", "waiting(listing,1,0s) gap", "waiting(listing,1,0s) gap"},
		{"F07 Expired without a code", goneReason, "waiting(listing,1,0s)", "streaming", "waiting(listing,1,0s) gap", "waiting(listing,1,0s) gap"},
		{"F07 Gone with another code", goneReason2, "waiting(listing,1,0s)", "streaming", "waiting(listing,1,0s) gap", "waiting(listing,1,0s) gap"},
		{"F07 Expired with the code of a busy server", goneReason3, "waiting(listing,1,0s)", "streaming", "waiting(listing,1,0s) gap", "waiting(listing,1,0s) gap"},
		{"400 text", badText, "waiting(listing,1,0s) told !", "streaming", "waiting(listing,1,0s) gap", "waiting(listing,1,0s) gap"},
		{"F24 403", forbidden, "waiting(listing,1,0s) told !", "streaming", "waiting(streaming,1,0s) told !", "waiting(listing,1,0s) gap"},
		{"F22 404 text", notServed, "waiting(listing,1,2s) told absent !", "streaming", "waiting(streaming,1,2s) told absent !", "waiting(listing,1,2s) absent gap"},
		{"404 of an object", notFound, "waiting(listing,1,0s) told !", "streaming", "waiting(streaming,1,0s) told !", "waiting(listing,1,0s) gap"},
		{"400", bad400, "waiting(listing,1,0s) told !", "streaming", "waiting(listing,1,0s) gap", "waiting(listing,1,0s) gap"},
		{"422", bad422, "waiting(listing,1,0s) told !", "streaming", "waiting(listing,1,0s) gap", "waiting(listing,1,0s) gap"},
		{"an error that says nothing", noCode, "waiting(listing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)", "waiting(listing,1,0s) gap"},
		{"any other", errStrange, "waiting(listing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)", "waiting(probing,1,0s)"},
		{"F20 unknown type", unknownType, "", "", "", "waiting(listing,1,0s) gap !"},
		{"F23 no namespace", noNamespace, "closed", "closed", "", ""},
	} {
		for _, test := range []struct {
			name  string
			phase phase
			in    input
			want  string
		}{
			{"list", listing, listFailed{row.err}, row.list},
			{"probe", probing, probeFailed{row.err}, row.probe},
			{"open", streaming, refused{row.err}, row.refused},
			{"stream", streaming, ended{err: row.err}, row.inwards},
		} {
			if test.want == "" {
				continue
			}
			for _, will := range []string{"", "tenacious"} {
				t.Run(strings.TrimSpace(row.name+" "+test.name+" "+will), func(t *testing.T) {
					m := at(test.phase, "5", "a:1@3")
					if will != "" {
						m.tenacious = true
					}
					words := strings.Fields(test.want)
					want, outputs := words[0]+same, []string(nil)
					if strings.HasPrefix(words[0], "waiting") {
						for _, flag := range []struct{ word, is string }{
							{"told", " told"}, {"", " failures=1"}, {"absent", " absences=1"}, {"gap", " gap=" + nameOf(row.err)},
						} {
							if flag.word == "" || strings.Contains(test.want, " "+flag.word) {
								want += flag.is
							}
						}
					}
					if words[0] == "closed" {
						want += " for=" + nameOf(row.err)
					}
					if strings.HasSuffix(test.want, "!") {
						outputs = append(outputs, "ERROR "+nameOf(row.err)+" →5")
					}
					checkStep(t, m, test.in, want, outputs...)
				})
			}
		}
	}
}

// A first request that fails is the end of a watch, unless its version is too
// old; a mirror goes on.
func TestMachineFirstRequest(t *testing.T) {
	for name, test := range map[string]struct {
		phase           phase
		in              input
		want, tenacious string
		told            string
	}{
		"list cut":         {listing, listFailed{cut}, "closed", "waiting(listing,1,0s)", ""},
		"list 403":         {listing, listFailed{forbidden}, "closed", "waiting(listing,1,0s)", "told"},
		"list 410":         {listing, listFailed{gone410}, "waiting(listing,1,0s)", "waiting(listing,1,0s)", ""},
		"list without ns":  {listing, listFailed{noNamespace}, "closed", "closed", ""},
		"probe cut":        {probing, probeFailed{cut}, "closed", "waiting(probing,1,0s)", ""},
		"probe 403":        {probing, probeFailed{forbidden}, "streaming", "streaming", ""},
		"probe 410":        {probing, probeFailed{gone410}, "streaming", "streaming", ""},
		"probe without ns": {probing, probeFailed{noNamespace}, "closed", "closed", ""},
		"refused cut":      {streaming, refused{cut}, "closed", "waiting(probing,1,0s)", ""},
		"refused 403":      {streaming, refused{forbidden}, "closed", "waiting(streaming,1,0s)", "told"},
		"refused 410":      {streaming, refused{gone410}, "waiting(listing,1,0s)", "waiting(listing,1,0s)", "gap"},
		"refused 400":      {streaming, refused{bad400}, "closed", "waiting(listing,1,0s)", "gap"},
	} {
		t.Run(name, func(t *testing.T) {
			err := faultOf(test.in)
			version := "5"
			if test.phase == listing {
				version = ""
			}
			check := func(phase, flag string, change ...func(*machine[thing])) {
				t.Helper()
				want, outputs := phase+" "+cmp.Or(version, "-")+" notBegun", []string(nil)
				if strings.HasPrefix(phase, "waiting") {
					if flag == "told" {
						want += " told"
						outputs = append(outputs, "ERROR "+nameOf(err)+" →"+cmp.Or(version, "-"))
					}
					want += " failures=1"
					if flag == "gap" {
						want += " gap=" + nameOf(err)
					}
				}
				if phase == "closed" {
					want += " for=" + nameOf(err)
				}
				checkStep(t, at(test.phase, version, "", append(change, notBegun)...), test.in, want, outputs...)
			}
			check(test.want, test.told)
			check(test.tenacious, test.told, tenacious)
		})
	}
}

func TestMachineSteps(t *testing.T) {
	for name, test := range map[string]struct {
		m    machine[thing]
		in   input
		want string
		told []string
	}{
		// lists
		"first list from now":         {at(listing, "", "", notBegun), listed[thing]{thingsOf("b:2@4 a:1@3"), "5"}, "streaming 5 a:1@3 b:2@4 fresh", []string{"→5"}},
		"first list of the state":     {at(listing, "", "", notBegun, tellState, tenacious), listed[thing]{thingsOf("b:2@4 a:1@3"), "5"}, "streaming 5 a:1@3 b:2@4 fresh", []string{"ADDED a:1@3 →-", "ADDED b:2@4 →-", "SYNCED →5"}},
		"first list of no state":      {at(listing, "", "", notBegun, tellState), listed[thing]{nil, "5"}, "streaming 5 fresh", []string{"SYNCED →5"}},
		"list keeps what went wrong":  {at(listing, "", "", told, failures(3), absences(2)), listed[thing]{nil, "5"}, "streaming 5 fresh told failures=3", []string{"→5"}},
		"streamed list falls back":    {at(listing, "", "", notBegun, streamList), listFailed{cut}, "listing - notBegun", nil},
		"streamed list without ns":    {at(listing, "", "", notBegun, streamList), listFailed{noNamespace}, "closed - notBegun streamList for=noNamespace", nil},
		"list after an idle gap":      {at(listing, "5", "a:1@3", lost(gone410), failures(1)), listed[thing]{thingsOf("a:1@3"), "9"}, "streaming 9 a:1@3 fresh failures=1", []string{"MISSED [5-9 gone410] →5", "SYNCED [5-9 gone410] →9"}},
		"F07 difference":              {at(listing, "5", "a:1@3 b:2@4 c:3@2", lost(gone410)), listed[thing]{thingsOf("d:4@8 b:2@7 c:3@2"), "9"}, "streaming 9 b:2@7 c:3@2 d:4@8 fresh", []string{"MISSED [5-9 gone410] →5", "DELETED a:1@3 [5-9 gone410] →5", "MODIFIED b:2@7 [5-9 gone410] →5", "ADDED d:4@8 [5-9 gone410] →5", "SYNCED [5-9 gone410] →9"}},
		"F18 other uid in a gap":      {at(listing, "5", "a:1@3", lost(gone410)), listed[thing]{thingsOf("a:2@7"), "9"}, "streaming 9 a:2@7 fresh", []string{"MISSED [5-9 gone410] →5", "DELETED a:1@3 [5-9 gone410] →5", "ADDED a:2@7 [5-9 gone410] →5", "SYNCED [5-9 gone410] →9"}},
		"F10 difference of a rewind":  {at(listing, "5", "a:1@4 b:2@2", lost(watch.ErrRewound)), listed[thing]{thingsOf("a:1@1 b:2@2"), "3"}, "streaming 3 a:1@1 b:2@2 fresh", []string{"MISSED [5-3 rewound ErrRewound] →5", "MODIFIED a:1@1 [5-3 rewound ErrRewound] →5", "SYNCED [5-3 rewound ErrRewound] →3"}},
		"F10 a version given twice":   {at(listing, "5", "a:1@3=x b:2@2=y", lost(watch.ErrRewound)), listed[thing]{thingsOf("a:1@3=z b:2@2=y"), "4"}, "streaming 4 a:1@3=z b:2@2=y fresh", []string{"MISSED [5-4 rewound ErrRewound] →5", "MODIFIED a:1@3=z [5-4 rewound ErrRewound] →5", "SYNCED [5-4 rewound ErrRewound] →4"}},
		"F10 and beyond again":        {at(listing, "5", "a:1@3=x", lost(watch.ErrRewound)), listed[thing]{thingsOf("a:1@3=z"), "6"}, "streaming 6 a:1@3=z fresh", []string{"MISSED [5-6 rewound ErrRewound] →5", "MODIFIED a:1@3=z [5-6 rewound ErrRewound] →5", "SYNCED [5-6 rewound ErrRewound] →6"}},
		"F10 found by the list":       {at(listing, "5", "a:1@3=x", lost(gone410)), listed[thing]{thingsOf("a:1@3=z"), "4"}, "streaming 4 a:1@3=z fresh", []string{"MISSED [5-4 rewound gone410] →5", "MODIFIED a:1@3=z [5-4 rewound gone410] →5", "SYNCED [5-4 rewound gone410] →4"}},
		"a revision is kept":          {at(listing, "5", "a:1@3=x", lost(gone410)), listed[thing]{thingsOf("a:1@3=y"), "9"}, "streaming 9 a:1@3=x fresh", []string{"MISSED [5-9 gone410] →5", "SYNCED [5-9 gone410] →9"}},
		"versions without order":      {at(listing, "x5", "a:1@x3", lost(gone410)), listed[thing]{thingsOf("a:1@x7"), "x9"}, "streaming x9 a:1@x7 fresh", []string{"MISSED [x5-x9 gone410] →x5", "MODIFIED a:1@x7 [x5-x9 gone410] →x5", "SYNCED [x5-x9 gone410] →x9"}},
		"partial difference":          {at(listing, "5", "a:1@3 b:2@4", partial, lost(gone410)), listed[thing]{thingsOf("b:2@7 c:3@1"), "9"}, "streaming 9 b:2@7 c:3@1 fresh", []string{"MISSED [5-9 partial gone410] →5", "DELETED a:1@3 [5-9 partial gone410] →5", "MODIFIED b:2@7 [5-9 partial gone410] →5", "ADDED c:3@1 [5-9 partial gone410] →5", "SYNCED [5-9 partial gone410] →9"}},
		"partial knows nothing":       {at(listing, "5", "", partial, lost(gone410), tellState), listed[thing]{thingsOf("a:1@3"), "9"}, "streaming 9 a:1@3 fresh", []string{"MISSED [5-9 partial gone410] →5", "ADDED a:1@3 [5-9 partial gone410] →5", "SYNCED [5-9 partial gone410] →9"}},
		"the first gap counts":        {at(streaming, "5", "", lost(internal)), ended{err: gone410}, "waiting(listing,1,0s) 5 failures=1 gap=internal", nil},
		"a list that fails keeps it":  {at(listing, "5", "", lost(internal), failures(1)), listFailed{away}, "waiting(listing,2,0s) 5 failures=2 gap=internal", nil},
		"what lasts is told once":     {at(listing, "5", "", told, failures(1)), listFailed{forbidden}, "waiting(listing,2,0s) 5 told failures=2", nil},
		"what lasts is told once too": {at(streaming, "5", "", told, failures(1)), refused{forbidden}, "waiting(streaming,2,0s) 5 told failures=2", nil},

		// probes
		"probe at the version":      {at(probing, "5", "a:1@3"), probed{"5"}, "streaming 5 a:1@3", nil},
		"probe beyond":              {at(probing, "5", "a:1@3"), probed{"19"}, "streaming 5 a:1@3", nil},
		"F10 probe before":          {at(probing, "15", "a:1@3"), probed{"9"}, "listing 15 a:1@3 gap=ErrRewound", nil},
		"first probe":               {at(probing, "5", "", notBegun), probed{"5"}, "streaming 5", nil},
		"first probe before":        {at(probing, "5", "", notBegun, partial, fresh), probed{"4"}, "listing 5 partial fresh gap=ErrRewound", nil},
		"probe without order":       {at(probing, "x5", ""), probed{"x4"}, "streaming x5", nil},
		"probe without version":     {at(probing, "5", ""), probed{""}, "streaming 5", nil},
		"probe keeps what is wrong": {at(probing, "5", "", told, failures(3), absences(3)), probed{"5"}, "streaming 5 told failures=3", nil},

		// versions that the server does not understand
		"400 after 400":                   {at(streaming, "5", "", fresh, failures(1)), refused{bad400}, "closed 5 fresh failures=1 for=bad400", nil},
		"400 after 400, tenacious":        {at(streaming, "5", "", fresh, tenacious, failures(1)), refused{bad400}, "waiting(streaming,2,0s) 5 fresh told failures=2", []string{"ERROR bad400 →5"}},
		"400 for the caller's version":    {at(streaming, "5", "", partial, fresh), refused{bad400}, "closed 5 partial fresh for=bad400", nil},
		"400 after other faults":          {at(streaming, "5", "", failures(3)), refused{bad400}, "waiting(listing,4,0s) 5 failures=4 gap=bad400", nil},
		"400 for a version of the stream": {at(streaming, "5", "", partial), refused{bad400}, "waiting(listing,1,0s) 5 partial failures=1 gap=bad400", nil},

		// resources that are not served
		"F22 404 flaps":                    {at(streaming, "5", "a:1@3", told, failures(2), absences(2)), refused{notServed}, "waiting(streaming,3,2s) 5 a:1@3 told failures=3 absences=3", nil},
		"F22 404 lasts":                    {at(streaming, "5", "a:1@3 b:2@4", told, failures(6), absences(6)), refused{notServed}, "waiting(listing,7,2s) 5 fresh told failures=7 absences=7 gap=notServed", []string{"MISSED [5-5 notServed] →5", "DELETED a:1@3 [5-5 notServed] →5", "DELETED b:2@4 [5-5 notServed] →5", "SYNCED [5-5 notServed] →5"}},
		"F22 404 of lists lasts":           {at(listing, "5", "a:1@3", told, failures(6), absences(6), lost(gone410)), listFailed{notServed}, "waiting(listing,7,2s) 5 fresh told failures=7 absences=7 gap=notServed", []string{"MISSED [5-5 gone410] →5", "DELETED a:1@3 [5-5 gone410] →5", "SYNCED [5-5 gone410] →5"}},
		"F22 404 lasts, and is told":       {at(streaming, "5", "a:1@3", failures(6), absences(6)), refused{notServed}, "waiting(listing,7,2s) 5 fresh told failures=7 absences=7 gap=notServed", []string{"ERROR notServed →5", "MISSED [5-5 notServed] →5", "DELETED a:1@3 [5-5 notServed] →5", "SYNCED [5-5 notServed] →5"}},
		"F22 404 lasts, partial":           {at(streaming, "5", "a:1@3", told, partial, failures(6), absences(6)), refused{notServed}, "waiting(listing,7,2s) 5 fresh told failures=7 absences=7 gap=notServed", []string{"MISSED [5-5 partial notServed] →5", "DELETED a:1@3 [5-5 partial notServed] →5", "SYNCED [5-5 partial notServed] →5"}},
		"F22 404 behind other faults":      {at(streaming, "5", "a:1@3", told, failures(7)), refused{notServed}, "waiting(streaming,8,2s) 5 a:1@3 told failures=8 absences=1", nil},
		"F22 another fault between":        {at(listing, "5", "a:1@3", told, failures(6), absences(6)), listFailed{away}, "waiting(listing,7,0s) 5 a:1@3 told failures=7", nil},
		"F22 a refusal between":            {at(listing, "5", "a:1@3", told, failures(6), absences(6)), listFailed{forbidden}, "waiting(listing,7,0s) 5 a:1@3 told failures=7", nil},
		"F22 a stream between":             {at(streaming, "5", "a:1@3", told, failures(6), absences(6)), ended{}, "waiting(probing,7,0s) 5 a:1@3 told failures=7", nil},
		"F22 404 with nothing to lose":     {at(streaming, "5", "", told, failures(6), absences(6)), refused{notServed}, "waiting(streaming,7,2s) 5 told failures=7 absences=7", nil},
		"F22 404 before anything is known": {at(listing, "", "", told, tenacious, notBegun, failures(6), absences(6)), listFailed{notServed}, "waiting(listing,7,2s) - notBegun told failures=7 absences=7", nil},
		"F22 served again":                 {at(listing, "5", "", told, failures(7), absences(7), lost(notServed)), listed[thing]{thingsOf("a:2@8"), "9"}, "streaming 9 a:2@8 fresh told failures=7", []string{"MISSED [5-9 notServed] →5", "ADDED a:2@8 [5-9 notServed] →5", "SYNCED [5-9 notServed] →9"}},

		// events
		"added":                      {at(streaming, "5", "a:1@3", fresh, told, failures(2), absences(1)), observed[thing]{Added, thingOf("b:2@6")}, "streaming 6 a:1@3 b:2@6 failures=2", []string{"ADDED b:2@6 →6"}},
		"modified":                   {at(streaming, "5", "a:1@3"), observed[thing]{Modified, thingOf("a:1@6")}, "streaming 6 a:1@6", []string{"MODIFIED a:1@6 →6"}},
		"deleted":                    {at(streaming, "5", "a:1@3"), observed[thing]{Deleted, thingOf("a:1@6")}, "streaming 6", []string{"DELETED a:1@6 →6"}},
		"deleted, its version kept":  {at(streaming, "5", "a:1@3"), observed[thing]{Deleted, thingOf("a:1@3")}, "streaming 5", []string{"DELETED a:1@3 →5"}},
		"added that is known":        {at(streaming, "5", "a:1@3"), observed[thing]{Added, thingOf("a:1@6")}, "streaming 6 a:1@6", []string{"MODIFIED a:1@6 →6"}},
		"modified that is not known": {at(streaming, "5", ""), observed[thing]{Modified, thingOf("a:1@6")}, "streaming 6 a:1@6", []string{"ADDED a:1@6 →6"}},
		"deleted that is not known":  {at(streaming, "5", ""), observed[thing]{Deleted, thingOf("a:1@6")}, "streaming 6", []string{"→6"}},
		"older than what is known":   {at(streaming, "5", "a:1@3"), observed[thing]{Modified, thingOf("a:1@2")}, "streaming 5 a:1@3", nil},
		"what is known":              {at(streaming, "5", "a:1@3", told, failures(1)), observed[thing]{Modified, thingOf("a:1@3")}, "streaming 5 a:1@3 failures=1", nil},
		"deleted before what is":     {at(streaming, "5", "a:2@5"), observed[thing]{Deleted, thingOf("a:1@4")}, "streaming 5 a:2@5", nil},
		"F18 made anew":              {at(streaming, "5", "a:1@3"), observed[thing]{Added, thingOf("a:2@7")}, "streaming 7 a:2@7", []string{"DELETED a:1@3 →5", "ADDED a:2@7 →7"}},
		"F18 modified anew":          {at(streaming, "5", "a:1@3"), observed[thing]{Modified, thingOf("a:2@7")}, "streaming 7 a:2@7", []string{"DELETED a:1@3 →5", "ADDED a:2@7 →7"}},
		"F18 gone anew":              {at(streaming, "5", "a:1@3"), observed[thing]{Deleted, thingOf("a:2@7")}, "streaming 7", []string{"DELETED a:1@3 →7"}},
		"order by number":            {at(streaming, "9", "a:1@9"), observed[thing]{Modified, thingOf("a:1@10")}, "streaming 10 a:1@10", []string{"MODIFIED a:1@10 →10"}},
		"no order: as they come":     {at(streaming, "x9", "a:1@x9"), observed[thing]{Modified, thingOf("a:1@x3")}, "streaming x3 a:1@x3", []string{"MODIFIED a:1@x3 →x3"}},
		"no order: the same":         {at(streaming, "x9", "a:1@x9"), observed[thing]{Modified, thingOf("a:1@x9")}, "streaming x9 a:1@x9", nil},
		"first event":                {at(streaming, "5", "", notBegun, partial, fresh), observed[thing]{Added, thingOf("a:1@6")}, "streaming 6 a:1@6 partial", []string{"ADDED a:1@6 →6"}},
		"partial modified":           {at(streaming, "5", "", partial), observed[thing]{Modified, thingOf("a:1@6")}, "streaming 6 a:1@6 partial", []string{"MODIFIED a:1@6 →6"}},
		"partial modified again":     {at(streaming, "6", "a:1@6", partial), observed[thing]{Modified, thingOf("a:1@7")}, "streaming 7 a:1@7 partial", []string{"MODIFIED a:1@7 →7"}},
		"partial deleted":            {at(streaming, "5", "", partial), observed[thing]{Deleted, thingOf("a:1@6")}, "streaming 6 partial", []string{"DELETED a:1@6 →6"}},
		"partial deleted, was told":  {at(streaming, "6", "a:1@6", partial), observed[thing]{Deleted, thingOf("a:1@7")}, "streaming 7 partial", []string{"DELETED a:1@7 →7"}},
		"bookmark":                   {at(streaming, "5", "a:1@3", fresh, told, notBegun, failures(2), absences(1)), bookmarked{"8"}, "streaming 8 a:1@3 failures=2", []string{"→8"}},
		"bookmark of the past":       {at(streaming, "9", "a:1@3"), bookmarked{"8"}, "waiting(probing,1,0s) 9 a:1@3 failures=1", nil},
		"F19 unreadable":             {at(streaming, "5", "a:1@3", told, failures(2)), unreadable{unreadableEv}, "streaming 5 a:1@3 told failures=2 doubt=unreadable", []string{"ERROR unreadable →5"}},

		"older than all, not known": {at(streaming, "5", ""), observed[thing]{Added, thingOf("a:1@4")}, "streaming 5", nil},
		"F19 a list settles it":     {at(listing, "5", "a:1@3 b:2@4", doubted, lost(unreadableEv)), listed[thing]{thingsOf("a:1@3"), "6"}, "streaming 6 a:1@3 fresh", []string{"MISSED [5-6 unreadable] →5", "DELETED b:2@4 [5-6 unreadable] →5", "SYNCED [5-6 unreadable] →6"}},
		"F19 no list settles it":    {at(listing, "5", "a:1@3", doubted, lost(unreadableEv)), listFailed{noSense}, "waiting(streaming,1,0s) 5 a:1@3 failures=1", nil},
		"F19 the list may, later":   {at(listing, "5", "a:1@3", doubted, lost(unreadableEv)), listFailed{away}, "waiting(listing,1,0s) 5 a:1@3 failures=1 gap=unreadable doubt=unreadable", nil},
		"F19 more is lost":          {at(listing, "5", "a:1@3", doubted, lost(gone410)), listFailed{noSense}, "waiting(listing,1,0s) 5 a:1@3 failures=1 gap=gone410 doubt=unreadable", nil},

		// ends
		"F19 after what is unreadable":    {at(streaming, "5", "a:1@3", doubted), ended{nil, true, time.Minute}, "listing 5 a:1@3 gap=unreadable doubt=unreadable", nil},
		"F19 cut after it":                {at(streaming, "5", "a:1@3", doubted), ended{away, true, time.Minute}, "waiting(listing,1,0s) 5 a:1@3 failures=1 gap=unreadable doubt=unreadable", nil},
		"F01 after an event":              {at(streaming, "5", "a:1@3"), ended{nil, true, time.Minute}, "streaming 5 a:1@3", nil},
		"F01 after an event, soon":        {at(streaming, "5", "a:1@3", failures(3)), ended{nil, true, 300 * time.Millisecond}, "waiting(streaming,0,700ms) 5 a:1@3", nil},
		"F01 after an event, not soon":    {at(streaming, "5", "a:1@3"), ended{nil, true, leastStream}, "streaming 5 a:1@3", nil},
		"F01 idle":                        {at(streaming, "5", "a:1@3", told, failures(3)), ended{nil, false, shortStream}, "probing 5 a:1@3", nil},
		"F01 empty":                       {at(streaming, "5", "a:1@3", told, failures(3)), ended{nil, false, shortStream - 1}, "waiting(probing,4,0s) 5 a:1@3 told failures=4", nil},
		"F01 the first":                   {at(streaming, "5", "", notBegun), ended{nil, false, 0}, "waiting(probing,1,0s) 5 failures=1", nil},
		"F23 empty namespace":             {at(streaming, "5", "", mustExist), ended{nil, true, time.Minute}, "probing 5", nil},
		"F23 empty namespace, soon":       {at(streaming, "5", "", mustExist), ended{nil, true, 0}, "waiting(probing,0,1s) 5", nil},
		"F23 a namespace with objects":    {at(streaming, "5", "a:1@3", mustExist), ended{nil, true, time.Minute}, "streaming 5 a:1@3", nil},
		"F02 cut after an event":          {at(streaming, "5", "", failures(3)), ended{cut, true, 0}, "waiting(probing,1,1s) 5 failures=1", nil},
		"F02 cut after an event, later":   {at(streaming, "5", "", failures(3)), ended{cut, true, time.Minute}, "waiting(probing,1,0s) 5 failures=1", nil},
		"F12 busy after an event":         {at(streaming, "5", ""), ended{busy, true, 0}, "waiting(probing,1,3s) 5 failures=1", nil},
		"F02 cut when idle":               {at(streaming, "5", "", told, failures(3)), ended{cut, false, shortStream}, "waiting(probing,1,0s) 5 failures=1", nil},
		"F02 cut at once":                 {at(streaming, "5", "", told, failures(3)), ended{cut, false, 0}, "waiting(probing,4,0s) 5 told failures=4", nil},
		"F02 the first is cut":            {at(streaming, "5", "", notBegun), ended{cut, false, 0}, "waiting(probing,1,0s) 5 failures=1", nil},
		"F07 after an event":              {at(streaming, "5", "", failures(3)), ended{goneStatus, true, 0}, "waiting(listing,4,1s) 5 failures=4 gap=goneStatus", nil},
		"F07 after an event, later":       {at(streaming, "5", "", failures(3)), ended{goneStatus, true, shortStream}, "waiting(listing,1,0s) 5 failures=1 gap=goneStatus", nil},
		"F20 unknown type when idle":      {at(streaming, "5", "", failures(3)), ended{unknownType, false, shortStream}, "waiting(listing,4,0s) 5 failures=4 gap=unknownType", []string{"ERROR unknownType →5"}},
		"F07 when idle":                   {at(streaming, "5", "", failures(3)), ended{goneStatus, false, time.Minute}, "waiting(listing,4,0s) 5 failures=4 gap=goneStatus", nil},
		"F07 again and again":             {at(streaming, "5", "", failures(3)), ended{goneStatus, false, 0}, "waiting(listing,4,0s) 5 failures=4 gap=goneStatus", nil},
		"F20 unknown type after an event": {at(streaming, "5", "", failures(3)), ended{unknownType, true, 0}, "waiting(listing,4,1s) 5 failures=4 gap=unknownType", []string{"ERROR unknownType →5"}},

		"nothing": {at(closed, "5", ""), nil, "closed 5", nil},
	} {
		t.Run(name, func(t *testing.T) { checkStep(t, test.m, test.in, test.want, test.told...) })
	}
}

func TestMachineWakes(t *testing.T) {
	for then, want := range map[phase]string{listing: "listing 5", probing: "probing 5", streaming: "streaming 5"} {
		checkStep(t, at(waiting, "5", "", func(m *machine[thing]) { m.pause.then = then }), woken{}, want)
	}
}

// A user who may watch, and not list, is served through all faults of the
// connection, once a stream has begun.
func TestMachineThatMayNotListF24(t *testing.T) {
	m := initial(Source[thing]{}, FromVersion("5"), nil)
	m = checkStep(t, m, probeFailed{forbidden}, "streaming 5 notBegun partial fresh")
	m = checkStep(t, m, observed[thing]{Added, thingOf("a:1@6")}, "streaming 6 a:1@6 partial", "ADDED a:1@6 →6")
	m = checkStep(t, m, ended{cut, true, 0}, "waiting(probing,1,1s) 6 a:1@6 partial failures=1")
	m = checkStep(t, m, woken{}, "probing 6 a:1@6 partial failures=1")
	m = checkStep(t, m, probeFailed{away}, "waiting(probing,2,0s) 6 a:1@6 partial failures=2")
	m = checkStep(t, m, woken{}, "probing 6 a:1@6 partial failures=2")
	m = checkStep(t, m, probeFailed{forbidden}, "streaming 6 a:1@6 partial failures=2")
	m = checkStep(t, m, refused{away}, "waiting(probing,3,0s) 6 a:1@6 partial failures=3")
	_ = m
}

// What a fault has told is told again when it comes back behind a stream that
// went well for a while, though nothing happened in it.
func TestMachineTellsARefusalAnewF24(t *testing.T) {
	m := at(streaming, "5", "")
	m = checkStep(t, m, refused{forbidden}, "waiting(streaming,1,0s) 5 told failures=1", "ERROR forbidden →5")
	m = checkStep(t, m, woken{}, "streaming 5 told failures=1")
	m = checkStep(t, m, ended{nil, false, time.Minute}, "probing 5")
	m = checkStep(t, m, probeFailed{forbidden}, "streaming 5")
	checkStep(t, m, refused{forbidden}, "waiting(streaming,1,0s) 5 told failures=1", "ERROR forbidden →5")
}

func TestMachineBegins(t *testing.T) {
	known := Objects(thingsOf("a:1@3"))
	for name, test := range map[string]struct {
		start Start
		known *objects[thing]
		want  string
	}{
		"now":           {FromNow(), nil, "listing - notBegun"},
		"zero":          {Start{}, nil, "listing - notBegun"},
		"state":         {StateFirst(), nil, "listing - notBegun streamList"},
		"version":       {FromVersion("5"), nil, "probing 5 notBegun partial fresh"},
		"snapshot":      {From(thingOf("x:1@5")), &known, "probing 5 a:1@3 notBegun"},
		"no checkpoint": {FromCheckpoint(Checkpoint{}), nil, "listing - notBegun streamList"},
		"checkpoint":    {FromCheckpoint(checkpointOf("here", "5")), nil, "probing 5 notBegun partial fresh"},
	} {
		t.Run(name, func(t *testing.T) {
			m := initial(Source[thing]{MustExist: true}, test.start, test.known)
			if got := shown(m); got != test.want || !m.mustExist || m.tenacious || m.tellState != m.streamList {
				t.Errorf("got %s, %+v, want %s", got, m.policy, test.want)
			}
			if m.hasBegun() {
				t.Error("it has begun")
			}
			if m.version != "" {
				m.known.Set(Key{}, thing{}) // panics without an order
			}
		})
	}
}

func TestKeysAreOrdered(t *testing.T) {
	for _, test := range []struct {
		a, b Key
		want int
	}{{Key{"a", "b"}, Key{"a", "b"}, 0}, {Key{"a", "c"}, Key{"b", "b"}, -1}, {Key{"a", "c"}, Key{"a", "b"}, 1}} {
		if got := test.a.Compare(test.b); got != test.want {
			t.Errorf("%v, %v: got %d", test.a, test.b, got)
		}
	}
	if got := KeyOf(thingOf("a:1@3")); got != (Key{"ns", "a"}) {
		t.Errorf("got %v", got)
	}
}

// Who stops reading the differences is told no more.
func TestDifferencesLeftEarly(t *testing.T) {
	old, next := Objects(thingsOf("a:1@1 b:1@1 c:1@1")), Objects(thingsOf("b:1@2 c:2@2 d:1@1"))
	var all []string
	for event := range Differences(old, next) {
		all = append(all, event.String())
	}
	want := "DELETED a:1@1, MODIFIED b:1@2, DELETED c:1@1, ADDED c:2@2, ADDED d:1@1"
	if got := strings.Join(all, ", "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for n := range all {
		got := 0
		for range Differences(old, next) {
			if got++; got > n {
				break
			}
		}
		if got != n+1 {
			t.Errorf("got %d", got)
		}
	}
}

func TestEventTexts(t *testing.T) {
	gap := Gap{From: "3", To: "5", Err: errStrange}
	back := Gap{From: "5", To: "3", Rewound: true, Err: watch.ErrRewound}
	for want, event := range map[string]Event[thing]{
		"ADDED a:1@3":                         {Type: Added, Item: thingOf("a:1@3")},
		"MODIFIED a:1@3":                      {Type: Modified, Item: thingOf("a:1@3"), Gap: gap},
		"DELETED a:1@3":                       {Type: Deleted, Item: thingOf("a:1@3")},
		"ERROR strange":                       {Type: Error, Err: errStrange},
		"SYNCED":                              {Type: Synced, Gap: gap},
		"MISSED changes from 3 to 5: strange": {Type: Missed, Gap: gap},
		"MISSED changes from 5 to 3 (the server went back): kube: the server was set back to an earlier version": {Type: Missed, Gap: back},
	} {
		if got := event.String(); got != want || event.LogValue().String() != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if none := (Gap{}); none.String() != "no gap" || !none.IsZero() || gap.IsZero() {
		t.Errorf("got %v", none)
	}
}

func TestReasonOfARewindIsOurs(t *testing.T) {
	if !errors.As(watch.ErrRewound, new(rest.Error)) {
		t.Error("it is not")
	}
}
