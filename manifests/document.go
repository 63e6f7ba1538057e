// Package manifests reads objects from YAML and JSON, writes them, and sends whole
// files of them to a cluster in an order that works.
//
//	docs := manifests.Files("deploy/")
//	results, err := manifests.Apply(ctx, cluster, docs, manifests.Namespace("shop"))
//
// It is a room of its own, above package kube, so that only programs that read
// manifests carry a YAML parser.
package manifests

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/kubeviews/kube/raw"
)

// Document is one object of a manifest, and where it was read. It is immutable
// but for its own fields: a copy is a document of its own.
type Document struct {
	Object raw.Object
	Source string // the file's name, or what Read was told
	Line   int    // of the object's first line, from 1; 0 when there are no lines
}

// Raw is the object: a Document can be given wherever a manifest is asked for.
func (d Document) Raw() raw.Object { return d.Object }

// String names the object and its place: "app.yaml:12: Pod shop/web-0". It shows
// none of its content.
func (d Document) String() string {
	text := place(d.Source, d.Line) + ": " + cmp.Or(textAt(d.Object, "kind"), "object") + " "
	if ns := textAt(d.Object, "metadata", "namespace"); ns != "" {
		text += ns + "/"
	}
	return strings.TrimSpace(text + textAt(d.Object, "metadata", "name"))
}

// textAt is the string at a path, or "".
func textAt(doc raw.Object, path ...string) string {
	text, _ := doc.Get(path...).Text()
	return text
}

// ManifestError tells what is wrong with a document, or what became of it, and
// where it was read:
//
//	var bad *manifests.ManifestError
//	if errors.As(err, &bad) {
//		fmt.Println(bad.Source, bad.Line, bad.Err)
//	}
//
// It quotes nothing of the document but the names of its members.
type ManifestError struct {
	Source string // as in Document
	Line   int    // the line of the fault, from 1; 0 when it is not known
	Err    error
}

// Error says all of it: "app.yaml:12: the name kind is there twice".
func (e *ManifestError) Error() string {
	text := "kube: " + place(e.Source, e.Line)
	if e.Err != nil {
		text += ": " + strings.TrimPrefix(e.Err.Error(), "kube: ")
	}
	return text
}

// Unwrap returns Err.
func (e *ManifestError) Unwrap() error { return e.Err }

// KubeError marks the type as an error of this library.
func (e *ManifestError) KubeError() {}

func place(source string, line int) string {
	if source == "" {
		source = "manifest"
	}
	if line == 0 {
		return source
	}
	return source + ":" + strconv.Itoa(line)
}
