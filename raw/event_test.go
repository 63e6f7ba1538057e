package raw_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/kubeviews/kube/raw"
)

// readEvents reads to the end: a line for each event or fault, and what it ended with.
func readEvents(r io.Reader, o raw.ReadOptions) (got []string, end error) {
	for events := raw.NewEventReader(r, o); ; {
		event, err := events.Next()
		var bad *raw.EventError
		switch {
		case err == nil:
			got = append(got, event.Type+" "+string(event.Object.Bytes()))
		case errors.As(err, &bad):
			got = append(got, err.Error())
		default:
			if _, again := events.Next(); again != err {
				err = fmt.Errorf("%w, and then %w", err, again)
			}
			return got, err
		}
	}
}

const podEvent = `{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a","namespace":"n"}}}` + "\n"

func TestEventReader(t *testing.T) {
	const pod = `ADDED {"kind":"Pod","metadata":{"name":"a","namespace":"n"}}`
	long := strings.Repeat("x", 1000)
	for name, test := range map[string]struct {
		text string
		want []string
		end  error
	}{
		"none":               {"", nil, io.EOF},
		"blank lines":        {"\n \r\n", nil, io.EOF},
		"two":                {podEvent + podEvent, []string{pod, pod}, io.EOF},
		"object first":       {`{"object":{"a":1},"type":"MODIFIED"}` + "\n", []string{`MODIFIED {"a":1}`}, io.EOF},
		"more members":       {`{"x":[{"type":1}],"type":"DELETED","y":{},"object":{},"z":null}` + "\n", []string{`DELETED {}`}, io.EOF},
		"spaces":             {" { \"type\" : \"ADDED\" , \"object\" : { \"a\" : [ 1 , 2 ] } } \r\n", []string{`ADDED {"a":[1,2]}`}, io.EOF},
		"unknown type":       {`{"type":"TO\u0055CHED","object":{}}` + "\n", []string{`TOUCHED {}`}, io.EOF},
		"cut":                {podEvent + podEvent[:20], []string{pod}, io.ErrUnexpectedEOF},
		"whole but for \\n":  {podEvent + strings.TrimSpace(podEvent), []string{pod}, io.ErrUnexpectedEOF},
		"not JSON":           {"<html>\n" + podEvent, []string{"an event cannot be read: bad JSON at offset 0: expected an object", pod}, io.EOF},
		"empty object":       {"{}\n", []string{"an event cannot be read: bad JSON at offset 1: expected a name in quotes"}, io.EOF},
		"no type":            {`{"object":{}}` + "\n", []string{"an event cannot be read: bad JSON at offset 0: expected an event, with a type and an object"}, io.EOF},
		"type is none":       {`{"type":5,"object":{}}` + "\n", []string{"an event cannot be read: bad JSON at offset 0: expected an event, with a type and an object"}, io.EOF},
		"no object":          {`{"type":"ADDED"}` + "\n", []string{"an event cannot be read: bad JSON at offset 0: expected an event, with a type and an object"}, io.EOF},
		"object is none":     {`{"type":"ADDED","object":[]}` + "\n", []string{"an event cannot be read: bad JSON at offset 25 in /object: expected an object"}, io.EOF},
		"two on a line":      {strings.TrimSpace(podEvent) + podEvent, []string{"an event of n/a cannot be read: bad JSON at offset 80: text behind the event"}, io.EOF},
		"fault with a name":  {strings.Replace(podEvent, `}}}`, `},"spec":{x}}}`, 1) + podEvent, []string{"an event of n/a cannot be read: bad JSON at offset 87 in /object/spec: expected a name in quotes", pod}, io.EOF},
		"fault before it":    {strings.Replace(podEvent, `"Pod"`, `Pod`, 1) + podEvent, []string{"an event cannot be read: bad JSON at offset 33 in /object/kind: expected a value", pod}, io.EOF},
		"name behind others": {`{"type":"ADDED","object":{"status":[],"metadata":{"annotations":{"name":"no"},"name":"b","x":` + "\n", []string{"an event of b cannot be read: bad JSON at offset 93 in /object/metadata/x: unexpected end of the text"}, io.EOF},
		"too large":          {strings.Replace(podEvent, `}}}`, `},"x":"`+long+`"}}`, 1) + podEvent, []string{"an event of n/a cannot be read: larger than the limit of 1000 bytes", pod}, io.EOF},
		"too large, cut":     {podEvent + long + long, []string{pod, "an event cannot be read: larger than the limit of 1000 bytes"}, io.ErrUnexpectedEOF},
	} {
		o := raw.ReadOptions{MaxItem: 1000}
		for how, r := range map[string]io.Reader{
			"whole": strings.NewReader(test.text), "bytes": iotest.OneByteReader(strings.NewReader(test.text)),
			"with EOF": iotest.DataErrReader(strings.NewReader(test.text)),
		} {
			got, end := readEvents(r, o)
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") || end != test.end {
				t.Errorf("%s, %s:\ngot  %q, %v\nwant %q, %v", name, how, got, end, test.want, test.end)
			}
		}
	}
}

// An event is there as soon as its line is: nothing is waited for behind it.
func TestEventReaderIsPrompt(t *testing.T) {
	r, w := io.Pipe()
	events := raw.NewEventReader(r, raw.ReadOptions{})
	for i := range 100 {
		text := fmt.Sprintf(`{"type":"ADDED","object":{"a":"%s"}}`+"\n", strings.Repeat("x", i*i*i%20000))
		go io.WriteString(w, text)
		if e, err := events.Next(); err != nil || e.Object.Size() != len(text)-len(`{"type":"ADDED","object":}`+"\n") {
			t.Fatal(e, err)
		}
	}
	broken := errors.New("broken")
	w.CloseWithError(broken)
	for range 2 {
		if _, err := events.Next(); err != broken {
			t.Errorf("got %v", err)
		}
	}
}

// What the options say of the items of a list holds for events, too.
func TestEventReaderOptions(t *testing.T) {
	const object = `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"a","managedFields":[{}],"uid":"u"},"spec":{"x":1}}`
	for _, test := range []struct {
		o    raw.ReadOptions
		want string
	}{
		{raw.ReadOptions{DropManagedFields: true}, `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"a","uid":"u"},"spec":{"x":1}}`},
		{raw.ReadOptions{MetadataOnly: true, Kind: "Pod", APIVersion: "v1"}, `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","managedFields":[{}],"uid":"u"}}`},
		{raw.ReadOptions{MetadataOnly: true, Kind: "Pod", APIVersion: "v1", DropManagedFields: true}, `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","uid":"u"}}`},
	} {
		check := func(what string, o raw.Object, err error) {
			if err != nil || string(o.Bytes()) != test.want || o.ManagedFieldsDropped() != test.o.DropManagedFields || o.MetadataOnly() != test.o.MetadataOnly {
				t.Errorf("%s: got %s, %v, %v, want %s", what, o, o.MetadataOnly(), err, test.want)
				return
			}
			left := 100
			checkPaths(t, o, nil, decoded(t, []byte(test.want)), &left)
			if next, err := o.With("x", "metadata", "labels", "y"); err != nil || next.MetadataOnly() != o.MetadataOnly() {
				t.Errorf("%s: With loses the mark, %v", what, err)
			}
		}
		e, err := raw.NewEventReader(strings.NewReader(`{"type":"ADDED","object":`+object+"}\n"), test.o).Next()
		check("event", e.Object, err)
		o, err := raw.NewListReader(strings.NewReader(`{"items":[`+object+"]}"), test.o).Next()
		check("item", o, err)
	}
	o, err := raw.NewListReader(strings.NewReader(`{"items":[{"spec":{}}]}`), raw.ReadOptions{MetadataOnly: true, Kind: "Pod", APIVersion: "v1"}).Next()
	if err != nil || string(o.Bytes()) != `{"kind":"Pod","apiVersion":"v1"}` {
		t.Errorf("got %s, %v", o, err)
	}
	e, err := raw.NewEventReader(strings.NewReader(podEvent), raw.ReadOptions{Sensitive: true}).Next()
	if err != nil || !e.Object.IsSensitive() {
		t.Errorf("got %s, %v", e.Object, err)
	}
}

// FuzzEventReader compares with encoding/json, line by line; how the text
// arrives changes nothing.
func FuzzEventReader(f *testing.F) {
	f.Add([]byte(podEvent + podEvent[:30]))
	f.Add([]byte(`{"type":"ADDED","object":{"metadata":{"name":x}}}` + "\n" + podEvent))
	f.Fuzz(func(t *testing.T, text []byte) {
		o := raw.ReadOptions{MaxItem: 200}
		got, end := readEvents(bytes.NewReader(text), o)
		slow, slowEnd := readEvents(iotest.OneByteReader(bytes.NewReader(text)), o)
		if strings.Join(got, "\n") != strings.Join(slow, "\n") || end != slowEnd {
			t.Fatalf("%q, %v\n%q, %v", got, end, slow, slowEnd)
		}
		lines := bytes.Split(text, []byte("\n"))
		var whole [][]byte
		if last := lines[len(lines)-1]; len(last) > 200 {
			lines = append(lines, nil) // told before it turns out to be cut
		}
		for _, line := range lines[:len(lines)-1] {
			if len(line) > 200 || len(bytes.TrimSpace(line)) > 0 {
				whole = append(whole, line)
			}
		}
		if len(got) != len(whole) {
			t.Fatalf("%d events of %d lines", len(got), len(whole))
		}
		for i, line := range whole {
			var event struct{ Type string }
			if !strings.HasPrefix(got[i], "an event ") && json.Unmarshal(line, &event) != nil {
				t.Fatalf("%q was taken as %s", line, got[i])
			}
		}
	})
}

// Ready promises that Next does not wait: there is an event, not only a newline.
func TestEventReaderReady(t *testing.T) {
	for text, want := range map[string]bool{
		podEvent + podEvent:           true,
		podEvent + "<html>\n":         true,
		podEvent + podEvent[:30]:      false,
		podEvent:                      false,
		podEvent + "\n":               false,
		podEvent + " \r\n" + podEvent: false,
		podEvent + strings.Repeat("x", 1000) + podEvent:  true, // told to be too large
		podEvent + strings.Repeat("x", 1000):             false,
		podEvent + podEvent + strings.Repeat(" ", 20000): true,
	} {
		events := raw.NewEventReader(strings.NewReader(text), raw.ReadOptions{MaxItem: 500})
		if events.Ready() {
			t.Errorf("%.200q: ready before the first is read", text)
		}
		if _, err := events.Next(); err != nil {
			t.Fatal(err)
		}
		if got := events.Ready(); got != want || events.Ready() != want {
			t.Errorf("%.200q: ready: %v", text, got)
		}
		if e, err := events.Next(); want && e.Type == "" && !errors.As(err, new(*raw.EventError)) {
			t.Errorf("%.200q: ready for %v", text, err)
		}
	}
}
