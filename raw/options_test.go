package raw_test

import (
	"errors"
	"testing"

	"github.com/kubeviews/kube/raw"
)

func TestParseWithOptions(t *testing.T) {
	const text = `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"a","managedFields":[]},"data":{"k":"v"}}`
	o := raw.ReadOptions{Kind: "Secret", APIVersion: "v1", MetadataOnly: true, Sensitive: true, MaxItem: len(text)}
	doc, err := o.Parse([]byte(text))
	if err != nil || !doc.MetadataOnly() || !doc.IsSensitive() || string(doc.Bytes()) != `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a","managedFields":[]}}` {
		t.Errorf("%s, %v", doc.Bytes(), err)
	}
	if _, err := o.Parse([]byte(text + "}")); !errors.As(err, new(*raw.SizeError)) {
		t.Errorf("too long: %v", err)
	}
	o.MaxItem = 0
	if _, err := o.Parse([]byte(text + "}")); !errors.As(err, new(*raw.SyntaxError)) {
		t.Errorf("malformed: %v", err)
	}
}
