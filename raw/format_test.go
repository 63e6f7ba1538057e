package raw_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/kubeviews/kube/raw"
)

func TestPrintingShowsTheText(t *testing.T) {
	o := parse(t, `{"a": "b"}`)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, o); got != `{"a":"b"}` {
			t.Errorf("%s: %s", verb, got)
		}
		if got := fmt.Sprintf(verb, o.Get("a")); got != `"b"` {
			t.Errorf("%s: %s", verb, got)
		}
	}
}

const secret, secretBase64 = "hunter2", "aHVudGVyMg=="

// sensitiveThings are all that can be taken from a sensitive document, or made
// of it, and does not show its content.
func sensitiveThings(t *testing.T) map[string]any {
	o := parse(t, string(testdata(t)["secret.json"])).Sensitive()
	list := raw.NewListReader(strings.NewReader(`{"metadata":`+string(o.Bytes())+`,"items":[`+string(o.Bytes())+`]}`), raw.ReadOptions{Sensitive: true, DropManagedFields: true})
	item, err := list.Next()
	if err != nil {
		t.Fatal(err)
	}
	must := func(o raw.Object, err error) raw.Object {
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	same := must(raw.From(o))
	inner := must(o.Get("data").Object())
	holder := must(o.With([]string{secretBase64}, "list"))
	array, err := holder.Get("list").Array()
	if err != nil {
		t.Fatal(err)
	}
	things := map[string]any{
		"document": o, "item": item, "head": list.Head(), "same": same, "value": o.Value(), "string": o.Get("data", "password"), "pointer": &o, "object": inner,
		"with": must(o.With("x", "data", "other")), "without": must(o.Without("data", "user")), "inner with": must(inner.With(1, "x")),
		"put object": must(parse(t, "{}").With(o, "copy")), "put value": must(parse(t, "{}").With(o.Get("data", "password"), "copy")),
		"array": array, "element": holder.Get("list").Index(0), "nested": map[string]any{"a": []raw.Object{o}}, "struct": struct{ o raw.Object }{o}, "exported": struct{ O raw.Object }{o},
		"pointers": struct{ o *raw.Object }{&o},
	}
	for name, v := range inner.Members() {
		things["member "+name] = v
	}
	for v := range holder.Get("list").Elements() {
		things["yielded element"] = v
	}
	_, err = o.Get("data", "password").Time()
	things["time error"] = err
	things["decode error"] = o.Decode(&struct{ Data struct{ Password logLevel } }{})
	things["inner decode error"] = inner.Decode(&struct{ Password logLevel }{})
	_, err = o.With(1, "data", "password", "x")
	things["path error"] = err
	_, err = o.With(json.RawMessage(`{"a":1,"a":2}`), "data")
	things["syntax error"] = err
	return things
}

// logLevel is a type whose errors quote what it cannot read.
type logLevel struct{}

func (l *logLevel) UnmarshalText(text []byte) error { return errors.New("bad level " + string(text)) }

func TestSensitiveNeverShows(t *testing.T) {
	for name, thing := range sensitiveThings(t) {
		if thing == nil {
			t.Errorf("%s is nil", name)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "% X", "%d", "%t", "%p", "%T", "%10.3v", "%!"} {
			checkHidden(t, name+" by "+verb, fmt.Sprintf(verb, thing))
		}
		checkHidden(t, name+" by Println", fmt.Sprintln(thing))
		checkHidden(t, name+" by reflection", reachable(reflect.ValueOf(thing), map[any]bool{}))
		var text, lines bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("m", "k", thing, slog.Group("g", "k", thing))
		checkHidden(t, name+" by the text handler", text.String())
		slog.New(slog.NewJSONHandler(&lines, nil)).Info("m", "k", thing, slog.Group("g", "k", thing))
		checkHidden(t, name+" by the JSON handler", lines.String())
	}
}

func checkHidden(t *testing.T, how, printed string) {
	t.Helper()
	for _, content := range []string{secret, secretBase64, fmt.Sprintf("%x", secretBase64), fmt.Sprintf("% X", secretBase64)} {
		if strings.Contains(printed, content) {
			t.Errorf("%s: %s", how, printed)
		}
	}
}

// reachable is all text that a printer finds which goes through unexported
// fields and pointers and calls no methods.
func reachable(v reflect.Value, seen map[any]bool) string {
	var b strings.Builder
	switch v.Kind() {
	case reflect.String:
		return v.String() + "\n"
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return ""
		}
		seen[v.Pointer()] = true
		return reachable(v.Elem(), seen)
	case reflect.Interface:
		return reachable(v.Elem(), seen)
	case reflect.Struct:
		for i := range v.NumField() {
			b.WriteString(reachable(v.Field(i), seen))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			b.WriteString(reachable(v.Index(i), seen))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			b.WriteString(reachable(key, seen) + reachable(v.MapIndex(key), seen))
		}
	}
	return b.String()
}

// The explicit ways still give the content.
func TestSensitiveGivesContentWhenAsked(t *testing.T) {
	text := parse(t, string(testdata(t)["secret.json"])).Bytes()
	o := parse(t, string(text)).Sensitive()
	if !o.IsSensitive() || !bytes.Equal(o.Bytes(), text) {
		t.Error("the text is not whole")
	}
	password, err := o.Get("data", "password").Text()
	if err != nil || password != secretBase64 {
		t.Error(password, err)
	}
	data, _ := o.Map()["data"].(map[string]any)
	if data["password"] != secretBase64 {
		t.Error(data)
	}
	if plain := parse(t, string(text)); !plain.Equal(o) || plain.IsSensitive() {
		t.Error("Sensitive has changed more than the printing")
	}
}

// What marshals on the way, as log handlers do with slices, does not get it.
func TestSensitiveIsNotMarshalled(t *testing.T) {
	o := parse(t, `{"a":{"b":1}}`).Sensitive()
	for _, v := range []any{o, &o, o.Get("a"), []any{o}, map[string]any{"o": o}, struct{ O raw.Object }{o}} {
		if text, err := json.Marshal(v); !errors.Is(err, raw.ErrSensitive) {
			t.Errorf("%T: %s, %v", v, text, err)
		}
	}
	if _, err := raw.From(map[string]any{"o": o}); !errors.Is(err, raw.ErrSensitive) {
		t.Error(err)
	}
	if _, err := parse(t, `{}`).With([]any{o}, "list"); !errors.Is(err, raw.ErrSensitive) {
		t.Error(err)
	}
}

func TestSensitiveErrorsTellTheirKind(t *testing.T) {
	o := parse(t, `{"n":300}`).Sensitive()
	err := o.Decode(&struct{ N int8 }{})
	var kind *raw.TypeError
	if !errors.As(err, &kind) || kind.Got != raw.KindObject || !strings.Contains(err.Error(), "json.UnmarshalTypeError") || strings.Contains(err.Error(), "300") {
		t.Error(err)
	}
}

func TestFingerprint(t *testing.T) {
	a, b := parse(t, `{"a":1}`), parse(t, `{"a":2}`)
	if a.Fingerprint() == b.Fingerprint() || a.Fingerprint() != a.Sensitive().Fingerprint() || a.Get("a").Fingerprint() == b.Get("a").Fingerprint() {
		t.Error("fingerprints do not follow the content")
	}
	want := fmt.Sprintf("<7 bytes, %s>", a.Fingerprint())
	if got := a.Sensitive().String(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
