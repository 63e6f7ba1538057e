package kubetest

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

const (
	jsonPatchType  = "application/json-patch+json"
	mergePatchType = "application/merge-patch+json"
	strategicType  = "application/strategic-merge-patch+json"
	applyPatchType = "application/apply-patch+yaml"
)

// patchTypes are those that the real server lists for the resource.
func (r *resource) patchTypes() []string {
	types := []string{jsonPatchType, mergePatchType}
	if r.builtin {
		return append(types, strategicType)
	}
	return append(types, applyPatchType)
}

// patcher computes the document that a patch makes of another.
type patcher func(doc map[string]any) (map[string]any, error)

// mediaType is what the body says to be.
func (c *call) mediaType() string {
	media, _, _ := strings.Cut(c.req.Header.Get("Content-Type"), ";")
	return strings.TrimSpace(media)
}

// patcher reads the patch in the request.
func (c *call) patcher() (patcher, error) {
	media := c.mediaType()
	switch {
	case media == jsonPatchType:
		return jsonPatcher(c.body)
	case media == mergePatchType:
		return mergePatcher(c.body)
	case media == strategicType && c.res.builtin:
		return strategicPatcher(c.body)
	}
	if c.res.builtin && media != applyPatchType {
		err := unsupportedMedia()
		err.message, err.details = "415: Unsupported Media Type", map[string]any{}
		return nil, err
	}
	return nil, unsupportedMedia(c.res.patchTypes()...)
}

// patch answers a PATCH to an object or its status.
func (c *call) patch() error {
	if c.mediaType() == applyPatchType {
		return c.applyPatch()
	}
	p, err := c.patcher()
	if err != nil {
		return err
	}
	if _, err := c.negotiate(); err != nil {
		return err
	}
	opts, err := c.writeOptions("PatchOptions")
	if err != nil {
		return err
	}
	if _, ok := c.query["force"]; ok {
		return invalid("meta.k8s.io", "PatchOptions", "", forbiddenValue("force", "may not be specified for non-apply patch"))
	}
	return c.answerChange(change{opts: opts, sub: c.sub, from: func(old map[string]any) (map[string]any, error) {
		return c.patched(old, p)
	}})
}

// patched applies the patch and checks that the result can be this object.
func (c *call) patched(old map[string]any, p patcher) (map[string]any, error) {
	uid := text(old, "metadata", "uid")
	doc, err := p(old)
	if err != nil {
		return nil, err
	}
	if err := c.checkPatched(doc); err != nil {
		return nil, err
	}
	if at(doc, "metadata") == nil {
		doc["metadata"] = map[string]any{}
	}
	if err := c.claimNamespace(doc); err != nil {
		return nil, err
	}
	if err := c.checkPathName(doc); err != nil {
		return nil, err
	}
	setDefault(doc, uid, "metadata", "uid")
	return doc, nil
}

// checkPatched refuses a result that the server could not decode again.
func (c *call) checkPatched(doc map[string]any) error {
	if err := c.res.checkTypes(doc); err != nil {
		return invalid("", "", "", invalidValue("patch", string(encode(doc)), err.Error()))
	}
	if err := c.res.checkData(doc); err != nil {
		return invalid("", "", "", invalidValue("patch", string(encode(doc)), err.Error()))
	}
	if err := c.res.canonicalQuantities(doc); err != nil {
		return invalid("", "", "", invalidValue("patch", string(encode(doc)), err.Error()))
	}
	kind, apiVersion := text(doc, "kind"), text(doc, "apiVersion")
	if c.res.builtin && kind != "" && apiVersion != "" && c.srv.store.kinds.kind(apiVersion, kind) == nil {
		return invalid("", "", "", invalidValue("patch", string(encode(doc)),
			fmt.Sprintf("no kind %q is registered for version %q in scheme %q", kind, apiVersion, "pkg/runtime/scheme.go:111")))
	}
	if !c.res.builtin {
		return c.checkIdentity(doc)
	}
	if (kind != c.res.Kind || apiVersion != c.res.apiVersion()) && kind != "" && apiVersion != "" {
		return badRequest("the API version in the data (%s) does not match the expected API version (%s)", apiVersion, c.res.apiVersion())
	}
	return nil
}

// mergePatcher is RFC 7386.
func mergePatcher(body []byte) (patcher, error) {
	if string(bytes.TrimSpace(body)) == "null" {
		return nil, badRequest("Invalid JSON Patch")
	}
	patch, err := decodeObject(body)
	if err != nil {
		return nil, badRequest("error decoding patch: %v", err)
	}
	return func(doc map[string]any) (map[string]any, error) {
		return asMap(mergePatch(doc, map[string]any(patch))), nil
	}, nil
}

func mergePatch(target, patch any) any {
	p := asMap(patch)
	if p == nil {
		return clone(patch)
	}
	t := asMap(target)
	if t == nil {
		t = map[string]any{}
	}
	for k, v := range p {
		if v == nil {
			delete(t, k)
			continue
		}
		t[k] = mergePatch(t[k], v)
	}
	return t
}

// operation is one step of a JSON patch.
type operation struct {
	op, path, from string
	value          any
	hasValue       bool
}

const maxOperations = 10_000

// jsonPatcher is RFC 6902.
func jsonPatcher(body []byte) (patcher, error) {
	v, err := decodeValue(body)
	if err != nil {
		return nil, badRequest("error decoding patch: %v", err)
	}
	list, ok := v.([]any)
	if !ok {
		return nil, badRequest("error decoding patch: json: cannot unmarshal %s into Go value of type []handlers.jsonPatchOp", jsonKind(v))
	}
	if len(list) > maxOperations {
		return nil, &statusError{
			code: http.StatusRequestEntityTooLarge, reason: "RequestEntityTooLarge",
			message: fmt.Sprintf("Request entity too large: The allowed maximum operations in a JSON patch is %d, got %d", maxOperations, len(list)),
		}
	}
	ops := make([]operation, len(list))
	for i, e := range list {
		m := asMap(e)
		if m == nil {
			return nil, badRequest("error decoding patch: json: cannot unmarshal %s into Go value of type handlers.jsonPatchOp", jsonKind(e))
		}
		value, has := m["value"]
		ops[i] = operation{op: text(m, "op"), path: text(m, "path"), from: text(m, "from"), value: value, hasValue: has}
	}
	return func(doc map[string]any) (map[string]any, error) {
		out, err := applyOperations(doc, ops)
		if err != nil {
			return nil, unprocessable()
		}
		return out, nil
	}, nil
}

var errPatch = errors.New("the patch does not fit the document")

// maxPatched bounds what copies can make of a document.
const maxPatched = 1 << 20

func applyOperations(doc map[string]any, ops []operation) (map[string]any, error) {
	var root any = doc
	size := 0
	for _, op := range ops {
		var err error
		if op.op == "copy" {
			if size += weight(root); size > maxPatched {
				return nil, errPatch
			}
		}
		if root, err = op.apply(root); err != nil {
			return nil, err
		}
	}
	out := asMap(root)
	if out == nil {
		return nil, errPatch
	}
	return out, nil
}

// weight counts a document's values.
func weight(v any) int {
	n := 1
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			n += weight(e)
		}
	case []any:
		for _, e := range v {
			n += weight(e)
		}
	}
	return n
}

func (o operation) apply(root any) (any, error) {
	switch o.op {
	case "add":
		if !o.hasValue {
			return nil, errPatch
		}
		return edit(root, o.path, inserting(clone(o.value)))
	case "replace":
		if !o.hasValue {
			return nil, errPatch
		}
		// A missing member is added: the server's library is that lenient.
		return edit(root, o.path, replacing(clone(o.value)))
	case "remove":
		return edit(root, o.path, removing)
	case "test":
		v, err := lookup(root, o.path)
		if err != nil && o.value != nil || err == nil && !equal(v, o.value) {
			return nil, errPatch
		}
		return root, nil
	case "copy", "move":
		v, err := lookup(root, o.from)
		if err != nil {
			return nil, err
		}
		if o.op == "move" {
			if strings.HasPrefix(o.path, o.from+"/") {
				return nil, errPatch
			}
			if root, err = edit(root, o.from, removing); err != nil {
				return nil, err
			}
		}
		return edit(root, o.path, inserting(clone(v)))
	}
	return nil, errPatch
}

func pointer(path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	if path[0] != '/' {
		return nil, errPatch
	}
	parts := strings.Split(path[1:], "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(p, "~1", "/"), "~0", "~")
	}
	return parts, nil
}

func lookup(root any, path string) (any, error) {
	parts, err := pointer(path)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		switch v := root.(type) {
		case map[string]any:
			next, ok := v[p]
			if !ok {
				return nil, errPatch
			}
			root = next
		case []any:
			i, err := index(p, len(v)-1)
			if err != nil {
				return nil, err
			}
			root = v[i]
		default:
			return nil, errPatch
		}
	}
	return root, nil
}

// index reads a place in a list. Negative places count from the end, as the
// server's library allows.
func index(p string, last int) (int, error) {
	i, err := strconv.Atoi(p)
	if err != nil {
		return 0, errPatch
	}
	if i < 0 {
		i += last + 1
	}
	if i < 0 || i > last {
		return 0, errPatch
	}
	return i, nil
}

// editor changes one member of an object or one entry of a list, and returns
// the changed container.
type editor struct {
	root   func(old any) (any, error)
	member func(m map[string]any, name string) error
	entry  func(l []any, place string) ([]any, error)
}

func inserting(value any) editor {
	return editor{
		root:   func(any) (any, error) { return nil, errPatch },
		member: func(m map[string]any, name string) error { m[name] = value; return nil },
		entry: func(l []any, place string) ([]any, error) {
			i := len(l)
			if place != "-" {
				var err error
				if i, err = index(place, len(l)); err != nil {
					return nil, err
				}
			}
			out := append(make([]any, 0, len(l)+1), l[:i]...)
			out = append(out, value)
			return append(out, l[i:]...), nil
		},
	}
}

func replacing(value any) editor {
	e := inserting(value)
	e.root = func(any) (any, error) { return value, nil }
	e.entry = func(l []any, place string) ([]any, error) {
		i, err := index(place, len(l)-1)
		if err != nil {
			return nil, err
		}
		l[i] = value
		return l, nil
	}
	return e
}

var removing = editor{
	root: func(any) (any, error) { return nil, errPatch },
	member: func(m map[string]any, name string) error {
		if _, ok := m[name]; !ok {
			return errPatch
		}
		delete(m, name)
		return nil
	},
	entry: func(l []any, place string) ([]any, error) {
		i, err := index(place, len(l)-1)
		if err != nil {
			return nil, err
		}
		return append(append(make([]any, 0, len(l)), l[:i]...), l[i+1:]...), nil
	},
}

// edit changes what the path points at.
func edit(root any, path string, e editor) (any, error) {
	parts, err := pointer(path)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return e.root(root)
	}
	return editAt(root, parts, e)
}

func editAt(v any, parts []string, e editor) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		if len(parts) == 1 {
			return v, e.member(v, parts[0])
		}
		next, ok := v[parts[0]]
		if !ok {
			return nil, errPatch
		}
		changed, err := editAt(next, parts[1:], e)
		v[parts[0]] = changed
		return v, err
	case []any:
		if len(parts) == 1 {
			return e.entry(v, parts[0])
		}
		i, err := index(parts[0], len(v)-1)
		if err != nil {
			return nil, err
		}
		v[i], err = editAt(v[i], parts[1:], e)
		return v, err
	}
	return nil, errPatch
}
