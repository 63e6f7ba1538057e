package conformance

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

func secretTests() map[string]func(*place) {
	return map[string]func(*place){
		"K55 never printed":       neverPrinted,
		"K55 never logged":        neverLogged,
		"K55 never in errors":     neverInErrors,
		"K55 never in difference": neverInDifference,
	}
}

// canary is what must never be seen.
const canary = "s3cr3t-c4n4ry-w0rd"

// unseen expects that a text does not show the canary, in any spelling of it.
func unseen(p *place, what, text string) {
	p.Helper()
	low := strings.ToLower(text)
	decimal := strings.Trim(fmt.Sprint([]byte(canary)), "[]")
	for _, spelling := range []string{canary, canary[3:12], base64.StdEncoding.EncodeToString([]byte(canary)),
		hex.EncodeToString([]byte(canary)), decimal, strings.ReplaceAll(decimal, " ", ", ")} {
		if strings.Contains(low, strings.ToLower(spelling)) {
			p.Errorf("%s shows the secret: %.300s", what, text)
			return
		}
	}
}

// hidden creates a Secret that kubectl apply has made.
func (p *place) hidden(name string) items.Secret {
	p.Helper()
	m := p.secret(name, object{"word": canary, canary[:6]: "x"})
	m["metadata"].(object)["annotations"] = object{
		"kubectl.kubernetes.io/last-applied-configuration": `{"stringData":{"word":"` + canary + `"}}`,
	}
	return must[items.Secret](p)(p.cluster.Secrets().In(p.namespace).Create(p.ctx, m))
}

// faces are all values in which a Secret can come to a print statement.
func (p *place) faces(s items.Secret) map[string]any {
	p.Helper()
	type holder struct {
		Exported items.Secret
		inner    items.Secret
		any      any
	}
	view := p.cluster.Secrets().In(p.namespace)
	doc := must[raw.Object](p)(p.cluster.Proxy().Get(p.ctx, s.Link()))
	stream := must[*watch.Stream](p)(p.cluster.Proxy().Query("fieldSelector", "metadata.name="+s.Name()).Watch(p.ctx, p.path("v1", "secrets")))
	defer stream.Close()
	var list []items.Secret
	for item, err := range view.PageSize(1).All(p.ctx) {
		p.must(err)
		list = append(list, item)
	}
	m := s.Meta()
	return map[string]any{
		"the item": s, "a pointer": &s, "any item": items.Item(s), "a slice": []items.Secret{s}, "a map": map[string]items.Secret{"x": s},
		"a struct": holder{s, s, s}, "a pointer to a struct": &holder{s, s, s}, "a listed one": list,
		"the snapshot": must[views.Snapshot[items.Secret]](p)(view.List(p.ctx)), "the view": view,
		"the metadata": m, "the annotations": m.Annotations(), "the labels": m.Labels(), "raw metadata": m.Raw(),
		"the document": s.Raw(), "a part": s.Raw().Get("data"), "a value": s.Raw().Get("data", "word"),
		"the value as object": must[raw.Object](p)(s.Raw().Get("data").Object()),
		"the proxy's answer":  doc, "the proxy's answer changed": must[raw.Object](p)(doc.With("x", "metadata", "name")),
		"a notice": p.next(stream), "a list of the proxy": must[raw.Object](p)(p.cluster.Proxy().Get(p.ctx, p.path("v1", "secrets"))),
		"a patched one": must[items.Secret](p)(s.Labels().Set(p.ctx, "a", "b")),
		"a bound one":   kube.Bind(p.cluster, s),
	}
}

func neverPrinted(p *place) {
	for what, v := range p.faces(p.hidden("one")) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%U", "%t", "%o", "%b", "%e", "%p", "%10.3v", "%w", "% x"} {
			unseen(p, what+" with "+verb, fmt.Sprintf(verb, v))
		}
		unseen(p, what+" printed", fmt.Sprint(v))
		if s, ok := v.(fmt.Stringer); ok {
			unseen(p, what+" as text", s.String())
		}
		if s, ok := v.(fmt.GoStringer); ok {
			unseen(p, what+" as Go", s.GoString())
		}
	}
}

func neverLogged(p *place) {
	var out bytes.Buffer
	for what, v := range p.faces(p.hidden("one")) {
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			out.Reset()
			slog.New(h).Error("x", "v", v, slog.Group("g", "v", v))
			unseen(p, what+" logged", out.String())
		}
	}
}

func neverInErrors(p *place) {
	s := p.hidden("one")
	view, proxy := p.cluster.Secrets().In(p.namespace), p.cluster.Proxy()
	secret := func(more string) []byte {
		return []byte(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"two"},` + more + `}`)
	}
	for what, f := range map[string]func() error{
		"not base64":   func() error { _, err := view.Create(p.ctx, secret(`"data":{"a":"`+canary+`!"}`)); return err },
		"a wrong type": func() error { _, err := view.Create(p.ctx, secret(`"data":["`+canary+`"]`)); return err },
		"a bad key":    func() error { _, err := view.Create(p.ctx, secret(`"stringData":{"`+canary+` /":"x"}`)); return err },
		"an unknown type": func() error {
			_, err := p.cluster.Create(p.ctx, p.namespace, secret(`"type":"kubernetes.io/tls","stringData":{"x":"`+canary+`"}`))
			return err
		},
		"broken text": func() error { _, err := view.Create(p.ctx, secret(`"stringData":{"x":"`+canary+`}`)); return err },
		"a bad label": func() error {
			_, err := view.Create(p.ctx, secret(`"stringData":{"x":"`+canary+`"},"immutable":"`+canary+`"`))
			return err
		},
		"a merge patch": func() error { _, err := s.MergePatch(p.ctx, object{"data": object{"x": canary + "!"}}); return err },
		"a JSON patch": func() error {
			_, err := s.Patch(p.ctx, kube.JSONPatch, []byte(`[{"op":"test","path":"/data/word","value":"`+canary+`"}]`))
			return err
		},
		"the proxy's post": func() error {
			_, err := proxy.Post(p.ctx, secret(`"data":{"a":"`+canary+`!"}`), p.path("v1", "secrets"))
			return err
		},
		"the proxy's patch": func() error {
			_, err := proxy.Patch(p.ctx, []byte(`{"data":{"a":"`+canary+`!"}}`), s.Link())
			return err
		},
		"decoding to int":    func() error { return s.Decode(&struct{ Data map[string]int }{}) },
		"decoding a part":    func() error { return s.Raw().Get("data", "word").Decode(new(int)) },
		"a value as integer": func() error { _, err := s.Raw().Get("data", "word").Int(); return err },
		"a value as time":    func() error { _, err := s.Raw().Get("data", "word").Time(); return err },
	} {
		err := f()
		if err == nil {
			p.Errorf("%s is no error", what)
			continue
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
			unseen(p, what, fmt.Sprintf(verb, err))
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			unseen(p, what+", its cause", fmt.Sprintf("%v %+v", e, e))
		}
		var out bytes.Buffer
		slog.New(slog.NewJSONHandler(&out, nil)).Error("x", "err", err)
		slog.New(slog.NewTextHandler(&out, nil)).Error("x", "err", err)
		unseen(p, what+", logged", out.String())
	}
}

func neverInDifference(p *place) {
	one, two := p.hidden("one"), p.hidden("two")
	a, b := p.faces(one), p.faces(two)
	for what := range a {
		switch what {
		case "a struct", "a pointer to a struct", "the view":
			continue // go-cmp refuses unexported fields
		case "the snapshot", "the metadata", "the annotations", "the labels", "the object", "a notice":
		}
		unseen(p, "the difference of "+what, p.diff(a[what], b[what]))
	}
	unseen(p, "the difference of a map", p.env.Diff(map[string]any{"x": one, "y": one.Raw()}, map[string]any{"x": two}))
}

// diff takes a refusal of go-cmp, which panics, for its answer.
func (p *place) diff(a, b any) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprint(r)
		}
	}()
	return p.env.Diff(a, b)
}
