package kubetest

import (
	"fmt"
	"net/http"
)

func notAcceptableText(format string, args ...any) *statusError {
	return &statusError{code: http.StatusNotAcceptable, reason: "NotAcceptable", message: fmt.Sprintf(format, args...)}
}

// present gives one object the form that the client asks for.
func (c *call) present(doc map[string]any, f form) (map[string]any, error) {
	switch f.as {
	case "Table":
		return c.tableOf([]*revision{{doc: doc}}, nil, f, true)
	case "PartialObjectMetadata":
		return partial(doc, f), nil
	case "PartialObjectMetadataList":
		return nil, notAcceptableText("you requested PartialObjectMetadataList, but the requested object is not a list (*%s)", c.res.internalType())
	}
	return doc, nil
}

// presentRevision is the same for one event of a watch.
func (c *call) presentRevision(rev *revision, f form) ([]byte, error) {
	switch f.as {
	case "":
		return c.res.whole(rev), nil
	}
	doc, err := c.present(c.res.dress(rev.doc), f)
	if err != nil {
		return nil, err
	}
	return encode(doc), nil
}

// partial is an object's metadata alone.
func partial(doc map[string]any, f form) map[string]any {
	return map[string]any{
		"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/" + f.version, "metadata": at(doc, "metadata"),
	}
}

func partialList(p *page, f form) []byte {
	items := make([]any, len(p.items))
	for i, rev := range p.items {
		items[i] = partial(rev.doc, f)
	}
	return encode(map[string]any{
		"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/" + f.version, "metadata": p.metadata(), "items": items,
	})
}
