package main

import (
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/raw"
)

// TestAuthors has a server whose clock stands: the times in managedFields tell nothing.
func TestAuthors(t *testing.T) {
	for name, step := range map[string]time.Duration{"within a second": 0, "each later": time.Minute} {
		t.Run(name, func(t *testing.T) {
			now := noon
			srv := kubetest.NewServer(t, kubetest.WithClock(func() time.Time { return now }))
			cluster, err := kube.NewCluster(kube.WithURL(srv.URL()))
			do(t, err)
			defer cluster.Close()
			manifest := `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default"},"spec":{"replicas":1,` +
				`"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"web","image":"web:1"}]}}}}`
			last, err := cluster.Proxy().Query("fieldManager", "creator").Post(t.Context(), []byte(manifest), "apis/apps/v1/namespaces/default/deployments")
			do(t, err)
			if who := whoOf(store.Side{}, sideOf(last)); who != "creator" {
				t.Errorf("created by %s", who)
			}
			for _, row := range []struct{ manager, patch, sub, who string }{
				{"alice", `{"spec":{"replicas":2}}`, "", "alice"},
				{"bob", `{"metadata":{"labels":{"x":"1"}}}`, "", "bob"},
				{"alice", `{"spec":{"replicas":3}}`, "", "alice"},
				{"kubelet", `{"status":{"readyReplicas":3}}`, "status", "kubelet/status"},
				{"bob", `{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"web:2"}]}}}}`, "", "bob"},
				{"kubelet", `{"status":{"readyReplicas":4}}`, "status", "kubelet/status"},
				{"carol", `{"metadata":{"labels":{"x":null}}}`, "", "-"}, // who only removes leaves no trace
			} {
				now = now.Add(step)
				path := []string{"apis/apps/v1/namespaces/default/deployments", "web"}
				if row.sub != "" {
					path = append(path, row.sub)
				}
				next, err := cluster.Proxy().Query("fieldManager", row.manager).Patch(t.Context(), []byte(row.patch), path...)
				do(t, err)
				if who := whoOf(sideOf(last), sideOf(next)); who != row.who {
					t.Errorf("%s is said to be by %s, not %s", row.patch, who, row.who)
				}
				last = next
			}
		})
	}
}

// sideOf is a document as the recorder hands it to the store.
func sideOf(doc raw.Object) store.Side {
	plain, _ := doc.Without("metadata", "managedFields")
	return store.Side{Document: plain.Value(), Managed: doc.Get("metadata", "managedFields")}
}

func whoOf(old, new store.Side) string { return by(store.Revision{By: authors(old, new)}) }

// Whatever is in managedFields, nothing panics.
func TestAuthorsMalformed(t *testing.T) {
	doc, err := raw.Parse([]byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":"b"}}`))
	do(t, err)
	for _, text := range []string{`null`, `1`, `{}`, `[1]`, `[{}]`, `[{"manager":5,"time":"never"}]`, `[{"fieldsV1":{"f:data":[]}}]`, `[{"fieldsV1":{"f:data":{"f:a":{}}}}]`} {
		var managed raw.Value
		do(t, managed.UnmarshalJSON([]byte(text)))
		authors(store.Side{}, store.Side{Document: doc.Value(), Managed: managed})
		authors(store.Side{Document: doc.Value(), Managed: managed}, store.Side{Document: doc.Value(), Managed: managed})
	}
}

func TestSeal(t *testing.T) {
	const content = "aHVudGVyMg==" // hunter2
	doc, err := raw.Parse([]byte(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x","namespace":"n","annotations":{"kubectl.kubernetes.io/last-applied-configuration":` +
		`"{\"data\":{\"a\":\"aHVudGVyMg==\"}}","note":"hunter2"},"labels":{"note":"public"}},"data":{"a":"aHVudGVyMg==","b":"aHVudGVyMg==","bad":"%","worse":5},"stringData":{"a":"hunter2"},"type":"Opaque"}`))
	do(t, err)
	doc = doc.Sensitive()
	sealed, err := seal{[]byte("k")}.document(doc)
	do(t, err)
	stored := string(sealed.Bytes())
	if strings.Contains(stored, content) || strings.Contains(stored, "hunter2") || !strings.Contains(stored, "public") || sealed.IsSensitive() {
		t.Errorf("stored is %s", stored)
	}
	if a, b := text(sealed.Get("data", "a")), text(sealed.Get("data", "b")); a == b || !strings.HasPrefix(a, fingerprinted) {
		t.Errorf("the same content shows in two places: %s, %s", a, b)
	}
	if text(sealed.Get("data", "a")) != text(sealed.Get("stringData", "a")) {
		t.Error("data is not decoded")
	}
	other, err := seal{[]byte("another")}.document(doc)
	do(t, err)
	if text(sealed.Get("data", "a")) == text(other.Get("data", "a")) {
		t.Error("another key makes the same fingerprint")
	}
	for _, odd := range []string{`"text"`, `[1]`, `7`} {
		doc, err := raw.Parse([]byte(`{"apiVersion":"v1","kind":"Secret","data":` + odd + `}`))
		do(t, err)
		sealed, err := seal{[]byte("k")}.document(doc.Sensitive())
		do(t, err)
		if !strings.HasPrefix(text(sealed.Get("data")), fingerprinted) {
			t.Errorf("%s is stored as %s", odd, sealed.Bytes())
		}
	}
	whole, err := seal{}.document(doc)
	do(t, err)
	if text(whole.Get("data", "a")) != content {
		t.Errorf("asked for, stored is %s", whole.Bytes())
	}
}

func TestWhen(t *testing.T) {
	a := testApp()
	a.zone = time.FixedZone("there", 2*3600) // 14:00 there
	for text, want := range map[string]string{
		"now": "12:00:00", "90m": "10:30:00", "1d": "12:00:00", "13:15": "11:15:00", "13:15:01.5": "11:15:01.5",
		"2026-05-01": "22:00:00", "2026-05-01 10:30": "08:30:00", "2026-05-01T10:30:00Z": "10:30:00", "2026-05-01T10:30:00": "08:30:00",
	} {
		got, err := a.when(text)
		if err != nil || got.UTC().Format("15:04:05.999") != want {
			t.Errorf("%s is %s, %v", text, got.UTC(), err)
		}
	}
	for _, text := range []string{"-1h", "d", "-3d", "25:00", "2026-13-01", "yesterday", "999999999d"} {
		if got, err := a.when(text); err == nil {
			t.Errorf("%s is %s", text, got)
		}
	}
	for text, want := range map[string]string{"00123": "123", "0": "0", "000": "0"} {
		if m, err := a.moment(text); err != nil || m.Version != want {
			t.Errorf("%s is %+v, %v", text, m, err)
		}
	}
}

// What a name or a value holds does nothing to a terminal.
func TestPrintable(t *testing.T) {
	s := newScene(t, watches...)
	doc := s.object(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"\u001b[2Jx","uid":"u"},"data":{"a\u001b]0;x\u0007":"1"}}`)
	s.state("configmaps", "9", nil, added(s.write(doc, 1)))
	doc, err := doc.With("\x1b[31m\u202eevil\u009b", "data", "b")
	do(t, err)
	s.commit("configmaps", "10", s.write(doc, 2, author1("\x1b[2J", "Update")))
	for _, args := range []string{"log", "diff 1 2"} {
		out, errs, code := call(t, testApp(), append(strings.Fields(args), "--db", s.path)...)
		if code != exitDone || strings.ContainsAny(out, "\x1b\u202e\u009b\x07") {
			t.Errorf("%s: %q%s", args, out, errs)
		}
	}
}
