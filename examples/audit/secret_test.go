package main

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/raw"
)

const canary = "s3cr3t-c4n4ry"

// canaries is a Secret whose content is in all places where there can be some.
var canaries = `{"apiVersion":"v1","kind":"Secret","type":"Opaque","immutable":false,"metadata":{"name":"s","namespace":"default",` +
	`"uid":"u","labels":{"l":"public"},"finalizers":["example.com/public"],"annotations":{` +
	`"kubectl.kubernetes.io/last-applied-configuration":"{\"stringData\":{\"word\":\"` + canary + `\"}}","tool/original":"` + canary + `"},` +
	`"managedFields":[{"manager":"public"}],"odd":"` + canary + `"},"data":{"word":"` + encoded + `"},"stringData":{"word":"` + canary + `"},` +
	`"spec":{"deep":{"er":"` + canary + `"}},"items":[{"data":"` + canary + `"}],"message":"` + canary + `"}`

var encoded = base64.StdEncoding.EncodeToString([]byte(canary))

// The library is the judge: what its differences hide of a Secret is sealed, and what
// they show is as it was.
func TestSealAsDiffHides(t *testing.T) {
	for name, document := range map[string]string{
		"all": canaries,
		"odd": `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","annotations":["` + canary + `"],"note":{"a":"` + canary + `"}},` +
			`"type":["` + canary + `"],"immutable":["` + canary + `"],"data":"` + canary + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			plain, sealed := sealedDocument(t, document)
			for c := range items.Diff(nil, sensitiveItem(t, plain), items.WithNoise()).All() {
				was, stored := c.Path.In(plain.Value()), c.Path.In(sealed.Value())
				switch {
				case c.Hidden && !strings.HasPrefix(text(stored), fingerprinted):
					t.Errorf("%s is stored as %s", c.Path, stored)
				case !c.Hidden && !stored.Equal(was):
					t.Errorf("%s is public, and stored as %s", c.Path, stored)
				}
			}
		})
	}
	// Of these no item can be made.
	sealedDocument(t, `{"apiVersion":"v1","kind":"SecretList","metadata":{"resourceVersion":"1"},"items":[`+canaries+`]}`)
	sealedDocument(t, `{"apiVersion":["`+canary+`"],"kind":{"a":"`+canary+`"},"metadata":"`+canary+`"}`)
}

func sealedDocument(t *testing.T, document string) (plain, sealed raw.Object) {
	t.Helper()
	plain, err := raw.Parse([]byte(document))
	do(t, err)
	sealed, err = seal{[]byte("k")}.document(plain.Sensitive())
	do(t, err)
	holdsNone(t, "the document", sealed.Bytes())
	return plain, sealed
}

func sensitiveItem(t *testing.T, doc raw.Object) items.Item {
	t.Helper()
	item, err := items.From[items.Generic](doc.Sensitive())
	do(t, err)
	return item
}

func holdsNone(t *testing.T, what string, content []byte) {
	t.Helper()
	for _, word := range []string{canary, encoded, encoded[:12]} {
		if at := bytes.Index(content, []byte(word)); at >= 0 {
			t.Errorf("%s holds the content: %q", what, content[max(0, at-80):min(len(content), at+40)])
		}
	}
}

// Nothing of a Secret's content reaches the disk, neither into the file nor its log, nor
// what the commands say; all of it does when it is asked for.
func TestSecretsOnDisk(t *testing.T) {
	for name, flags := range map[string][]string{"fingerprints": nil, "content": {"--secrets"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, db := &history{server: kubetest.NewServer(t)}, filepath.Join(t.TempDir(), "audit.db")
			_, err := h.server.Put(map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "s", "namespace": "default"}})
			do(t, err)
			r := startRecordingOf(t, h, db, append([]string{"secrets"}, flags...))
			awaitFirst(t, db)
			plain, err := raw.Parse([]byte(canaries))
			do(t, err)
			_, err = h.server.Update("secrets", "default", "s", func(o kubetest.Object) {
				for _, member := range []string{"data", "spec", "items", "message"} {
					o.Put(plain.Get(member).Any(), member)
				}
				o.Put(plain.Get("metadata", "annotations").Any(), "metadata", "annotations")
			})
			do(t, err)
			r.await(1, 20*time.Second)
			stored := onDisk(t, db)
			said, err := r.end(os.Interrupt)
			do(t, err)
			for _, args := range []string{"log", "log -o json", "export", "show secret/s --at 2100-01-01", "diff 2020-01-01 2100-01-01"} {
				out, errs, _ := call(t, testApp(), append(strings.Fields(args), "--db", db)...)
				said += out + errs
			}
			stored = append(stored, onDisk(t, db)...)
			if len(flags) == 0 {
				holdsNone(t, "the disk", stored)
				holdsNone(t, "what is said", []byte(said))
			} else if !bytes.Contains(stored, []byte(canary)) || !bytes.Contains(stored, []byte(encoded)) {
				t.Error("what was asked for is not stored")
			}
		})
	}
}

// awaitFirst waits until something is recorded.
func awaitFirst(t *testing.T, db string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		if _, _, code := call(t, testApp(), "log", "--db", db); code == exitDone {
			return
		}
		<-tick.C
	}
	t.Fatal("nothing was recorded")
}

// onDisk is all that the files of a recording hold.
func onDisk(t *testing.T, db string) (content []byte) {
	t.Helper()
	files, err := filepath.Glob(db + "*")
	do(t, err)
	for _, file := range files {
		bytes, err := os.ReadFile(file)
		do(t, err)
		content = append(content, bytes...)
	}
	return content
}
