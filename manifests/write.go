package manifests

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"slices"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// YAML returns objects as YAML, documents separated by ---. An object is anything
// that has a JSON form: an item, a Document, a raw.Object, a map, a struct with
// JSON tags, JSON text.
//
// The members come in the object's own order, but that apiVersion, kind and
// metadata are the first. What would read as something else is quoted, for readers
// of YAML 1.1 and of 1.2: reading the text gives the same object. Secrets are
// written with their content, for this is an explicit call.
//
// Possible error: *ArgumentError for what has no JSON form, or is no object.
func YAML(objects ...any) ([]byte, error) {
	var b bytes.Buffer
	err := Write(&b, objects...)
	return b.Bytes(), err
}

// Write writes what [YAML] returns, object by object. Errors are those of YAML,
// after what came before, and those of w.
func Write(w io.Writer, objects ...any) error {
	for i, object := range objects {
		doc, err := objectOf(object)
		if err != nil {
			return err
		}
		var e emitter
		if i > 0 {
			e.out = append(e.out, "---\n"...)
		}
		e.document(doc)
		if _, err := w.Write(e.out); err != nil {
			return err
		}
	}
	return nil
}

// JSON returns objects as JSON, indented by two spaces, one behind the other, each
// with a newline. Otherwise it is as [YAML].
func JSON(objects ...any) ([]byte, error) {
	var b bytes.Buffer
	for _, object := range objects {
		doc, err := objectOf(object)
		if err != nil {
			return nil, err
		}
		if err := json.Indent(&b, doc.Bytes(), "", "  "); err != nil {
			return nil, err
		}
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

// Of yields objects as documents without a place: anything that has a JSON form.
// What is none is told in its place, as a *[ManifestError].
func Of(objects ...any) iter.Seq2[Document, error] {
	objects = slices.Clone(objects)
	return func(yield func(Document, error) bool) {
		for _, object := range objects {
			doc, err := objectOf(object)
			if err == nil {
				doc, err = checked(doc)
			}
			if err != nil {
				err = &ManifestError{"", 0, err}
			}
			if !yield(Document{Object: doc}, err) {
				return
			}
		}
	}
}

func objectOf(object any) (raw.Object, error) {
	doc, err := raw.From(object)
	if err == nil && doc.IsZero() {
		return doc, &rest.ArgumentError{Arg: "object", Reason: "it is empty"}
	}
	if err != nil {
		return doc, &rest.ArgumentError{Arg: "object", Reason: "it is not a JSON object", Err: err}
	}
	return doc, nil
}

// ofServer are the paths of what the server sets.
var ofServer = [][]string{
	{"status"},
	{"metadata", "uid"},
	{"metadata", "resourceVersion"},
	{"metadata", "generation"},
	{"metadata", "creationTimestamp"},
	{"metadata", "deletionTimestamp"},
	{"metadata", "deletionGracePeriodSeconds"},
	{"metadata", "selfLink"},
	{"metadata", "managedFields"},
}

// Clean returns an object, as [YAML] takes it, without its status and without what
// the server sets in its metadata, so that the object can be created again. The
// spec stays as it is, with the server's defaults, and so do labels, annotations,
// owners and finalizers. Possible error: *ArgumentError.
func Clean(object any) (raw.Object, error) {
	doc, err := objectOf(object)
	for _, path := range ofServer {
		if err == nil {
			doc, err = doc.Without(path...)
		}
	}
	return doc, err
}
