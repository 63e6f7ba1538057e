package manifests_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/manifests"
	"github.com/kubeviews/kube/raw"
)

// fake is a cluster that keeps what it is sent, as kind/namespace/name.
type fake struct {
	sent    []string
	options int
	fail    map[string]error // by name
	unready int              // how often a new kind is not known yet
}

func (f *fake) Create(ctx context.Context, namespace string, manifest any, options ...items.ChangeOption) (items.Item, error) {
	doc, err := raw.From(manifest)
	if err != nil {
		return nil, err
	}
	if own := rest.String(doc, "metadata", "namespace"); own != "" {
		namespace = own
	}
	kind, name := rest.String(doc, "kind"), rest.String(doc, "metadata", "name")
	if (kind == "Namespace" || kind == "CustomResourceDefinition") && namespace != "" {
		return nil, &rest.NamespaceError{Kind: kind, Reason: "it has none"}
	}
	if kind == "Widget" && f.unready > 0 {
		f.unready--
		return nil, &rest.KindError{Kind: kind}
	}
	if err := f.fail[name]; err != nil {
		return nil, err
	}
	f.sent = append(f.sent, kind+"/"+namespace+"/"+name)
	f.options = len(options)
	item, err := items.From[items.Generic](doc)
	if kind == "CustomResourceDefinition" {
		return &definition{Generic: item, after: 3}, err
	}
	return item, err
}

func (f *fake) Apply(ctx context.Context, namespace string, manifest any, options ...items.ChangeOption) (items.Item, error) {
	f.sent = append(f.sent, "apply:")
	return f.Create(ctx, namespace, manifest, options...)
}

// definition becomes established after a few looks.
type definition struct {
	items.Generic
	after int
}

func (d *definition) Latest(context.Context) (items.Item, error) {
	doc, condition := d.Raw(), `[{"type":"Established","status":"True"}]`
	if d.after--; d.after > 0 {
		condition = `[{"type":"Established","status":"False"}]`
	}
	if d.Name() == "refused" {
		condition = `[{"type":"NamesAccepted","status":"False"}]`
	}
	v, err := raw.Parse([]byte(`{"c":` + condition + `}`))
	if err == nil {
		doc, err = doc.With(v.Get("c"), "status", "conditions")
	}
	if err != nil {
		return nil, err
	}
	item, err := items.From[items.Generic](doc)
	return &definition{item, d.after}, err
}

func object(apiVersion, kind, name string) map[string]any {
	return map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": name}, "spec": map[string]any{}}
}

func widgets(name string) map[string]any {
	crd := object("apiextensions.k8s.io/v1", "CustomResourceDefinition", name)
	crd["spec"] = map[string]any{"group": "example.com", "names": map[string]any{"kind": "Widget"}}
	return crd
}

// R07: what others need is sent first; the results are in the order of the documents.
func TestCreateInOrderR07(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &fake{unready: 2}
		docs := manifests.Of(
			object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "hook"),
			object("example.com/v1", "Widget", "w"),
			object("serving.example.com/v1", "Service", "custom"),
			object("apps/v1", "Deployment", "web"),
			object("v1", "Service", "web"),
			object("v1", "ConfigMap", "b"), object("v1", "ConfigMap", "a"),
			object("v1", "ServiceAccount", "sa"),
			widgets("widgets.example.com"),
			object("v1", "Namespace", "shop"),
		)
		began := time.Now()
		results, err := manifests.Create(t.Context(), to, docs, manifests.Namespace("shop"), manifests.With(items.FieldManager("me")))
		if err != nil {
			t.Fatal(err)
		}
		want := "Namespace//shop CustomResourceDefinition//widgets.example.com ServiceAccount/shop/sa ConfigMap/shop/b ConfigMap/shop/a " +
			"Service/shop/web Deployment/shop/web Widget/shop/w Service/shop/custom ValidatingWebhookConfiguration/shop/hook"
		if got := strings.Join(to.sent, " "); got != want || to.options != 1 {
			t.Errorf("sent\n%s, want\n%s", got, want)
		}
		if took := time.Since(began); took != 5*100*time.Millisecond { // 3 looks, 2 more tries
			t.Errorf("took %v", took)
		}
		var names []string
		for _, r := range results {
			names = append(names, r.Item.Name())
		}
		if got := fmt.Sprint(names); got != "[hook w custom web web b a sa widgets.example.com shop]" {
			t.Error(got)
		}
	})
}

func outcome(results []manifests.Result) (all []string) {
	for _, r := range results {
		switch {
		case errors.Is(r.Err, manifests.ErrNotTried):
			all = append(all, "not tried")
		case r.Err != nil:
			all = append(all, "failed")
		default:
			all = append(all, r.Item.Name())
		}
	}
	return all
}

// R07: after a failure the others are sent, or not.
func TestFailuresR07(t *testing.T) {
	boom := errors.New("boom")
	good := []any{object("v1", "Pod", "a"), object("v1", "Pod", "b"), object("v1", "Pod", "c")}
	bad := []any{object("v1", "Pod", "a"), 7, object("v1", "Pod", ""), object("v1", "Pod", "c")}
	for name, test := range map[string]struct {
		docs    []any
		options []manifests.Option
		want    string
	}{
		"goes on":         {good, nil, "[a failed c]"},
		"stops":           {good, []manifests.Option{manifests.StopAtError()}, "[a failed not tried]"},
		"bad documents":   {bad, nil, "[not tried failed failed not tried]"},
		"skips them":      {bad, []manifests.Option{manifests.SkipBad()}, "[a failed failed c]"},
		"skips and stops": {bad, []manifests.Option{manifests.SkipBad(), manifests.StopAtError(), nil}, "[a failed failed c]"},
	} {
		results, err := manifests.Apply(t.Context(), &fake{fail: map[string]error{"b": boom}}, manifests.Of(test.docs...), test.options...)
		if got := fmt.Sprint(outcome(results)); got != test.want {
			t.Errorf("%s: %s", name, got)
		}
		if _, ok := errors.AsType[*manifests.ManifestError](err); !ok || len(test.docs) == 3 && !errors.Is(err, boom) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// R13: the end of the context ends it, and tells what was not tried.
func TestCancelledR13(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	to := &fake{}
	docs := manifests.Of(object("v1", "Pod", "a"), object("v1", "Pod", "b"))
	cancel(enough)
	results, err := manifests.Create(ctx, to, docs)
	if !errors.Is(err, enough) || !errors.Is(err, context.Canceled) || !slices.Equal(outcome(results), []string{"not tried", "not tried"}) || len(to.sent) != 0 {
		t.Error(err, outcome(results))
	}
	synctest.Test(t, func(t *testing.T) { // a kind that never comes
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := manifests.Create(ctx, &fake{unready: 1 << 30}, manifests.Of(widgets("w"), object("example.com/v1", "Widget", "a")))
		if _, ok := errors.AsType[*rest.KindError](err); !ok {
			t.Error(err)
		}
		_, err = manifests.Create(t.Context(), &fake{unready: 1 << 30}, manifests.Of(widgets("refused"), object("example.com/v1", "Widget", "a")))
		if _, ok := errors.AsType[*rest.KindError](err); !ok {
			t.Error(err)
		}
	})
}

// A dry run makes no kinds to wait for.
func TestDryRunR03(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &fake{}
		began := time.Now()
		results, err := manifests.Apply(t.Context(), to, manifests.Of(widgets("w"), object("example.com/v1", "Widget", "a")), manifests.DryRun())
		if took := time.Since(began); err != nil || len(results) != 2 || to.options != 1 || took != 0 {
			t.Error(err, to, took)
		}
	})
}
