package kubetest

import (
	"fmt"
	"net/http"
	"strings"
)

// scaleOf is the autoscaling/v1 view of an object.
func (r *resource) scaleOf(doc map[string]any) map[string]any {
	meta := map[string]any{}
	keep(meta, mapAt(doc, "metadata"), "name", "namespace", "uid", "resourceVersion", "creationTimestamp")
	spec, status := map[string]any{}, map[string]any{}
	if n, ok := intAt(doc, dotPath(r.Scale.SpecReplicas)...); ok && n != 0 {
		spec["replicas"] = number(n)
	}
	n, _ := intAt(doc, dotPath(r.Scale.StatusReplicas)...)
	status["replicas"] = number(n)
	if r.Scale.Selector != "" {
		if sel := selectorText(at(doc, dotPath(r.Scale.Selector)...)); sel != "" {
			status["selector"] = sel
		}
	}
	return map[string]any{"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta, "spec": spec, "status": status}
}

func dotPath(path string) []string { return strings.Split(strings.TrimPrefix(path, "."), ".") }

func (c *call) getScale() error {
	s := c.srv.store
	s.mu.RLock()
	rev := c.res.table.get(objectKey(c.ns, c.name))
	s.mu.RUnlock()
	if rev == nil {
		return notFound(c.res, c.name)
	}
	if !c.res.builtin && at(rev.doc, dotPath(c.res.Scale.SpecReplicas)...) == nil {
		return internalError(fmt.Errorf("the spec replicas field %q does not exist", c.res.Scale.SpecReplicas))
	}
	return c.writeScale(rev.doc)
}

func (c *call) writeScale(doc map[string]any) error {
	f, err := c.negotiate()
	if err != nil {
		return err
	}
	c.send(http.StatusOK, encode(c.res.scaleOf(doc)), f)
	return nil
}

func (c *call) replaceScale() error {
	opts, err := c.writeOptions("UpdateOptions")
	if err != nil {
		return err
	}
	data, err := c.bodyJSON()
	if err != nil {
		return err
	}
	scale, err := decodeObject(data)
	if err != nil {
		return c.undecodable(err, data)
	}
	if kind := text(scale, "kind"); kind != "" && kind != "Scale" {
		_, version := splitGroupVersion(text(scale, "apiVersion"))
		return badRequest("%s in version %q cannot be handled as a Scale: no kind %q is registered for version %q in scheme %q",
			kind, version, kind, text(scale, "apiVersion"), "pkg/runtime/scheme.go:111")
	}
	if err := c.claimNamespace(scale); err != nil {
		return err
	}
	if err := c.checkPathName(scale); err != nil {
		return err
	}
	return c.rescale(opts, func(map[string]any) (map[string]any, error) { return scale, nil },
		func(_ map[string]any, why string) error {
			return badRequest("Scale in version \"v1\" cannot be handled as a Scale: %s", why)
		})
}

func (c *call) patchScale() error {
	if c.mediaType() == applyPatchType {
		return c.applyScale()
	}
	p, err := c.patcher()
	if err != nil {
		return err
	}
	opts, err := c.writeOptions("PatchOptions")
	if err != nil {
		return err
	}
	edit := func(old map[string]any) (map[string]any, error) { return p(c.res.scaleOf(old)) }
	return c.rescale(opts, edit, func(scale map[string]any, why string) error {
		return invalid("", "", "", invalidValue("patch", string(encode(scale)), why))
	})
}

// applyScale answers a server-side apply of a Scale: it is one of the object's own
// replicas, whose fields belong to the manager as of the subresource.
func (c *call) applyScale() error {
	ch, err := c.applyChange("autoscaling/v1", "Scale")
	if err != nil {
		return err
	}
	scale, path := ch.opts.applied, dotPath(c.res.Scale.SpecReplicas)
	meta := map[string]any{}
	keep(meta, mapAt(scale, "metadata"), "uid", "resourceVersion")
	config := map[string]any{"metadata": meta}
	if n := at(scale, "spec", "replicas"); n != nil {
		put(config, n, path...)
	}
	ch.opts.applied = config
	edit := func(old map[string]any) (map[string]any, error) {
		doc, err := c.appliedOver(cloneMap(old), author{manager: ch.opts.manager, sub: c.sub, applied: config})
		if err != nil {
			return nil, err
		}
		next := c.res.scaleOf(old)
		put(next, at(doc, path...), "spec", "replicas")
		keep(mapAt(next, "metadata"), mapAt(doc, "metadata"), "uid", "resourceVersion")
		return next, nil
	}
	return c.rescale(ch.opts, edit, func(_ map[string]any, why string) error { return badRequest("%s", why) })
}

// rescale carries a change of the Scale over to the object, of which edit makes the
// Scale that is wanted; wrong tells of one that cannot be decoded.
func (c *call) rescale(opts writeOptions, edit patcher, wrong func(scale map[string]any, why string) error) error {
	from := func(old map[string]any) (map[string]any, error) {
		scale, err := edit(old)
		if err != nil {
			return nil, err
		}
		n, ok := intAt(scale, "spec", "replicas")
		if v := at(scale, "spec", "replicas"); v != nil && !ok {
			return nil, wrong(scale, fmt.Sprintf("json: cannot unmarshal %s into Go struct field ScaleSpec.spec.replicas of type int32", jsonKind(v)))
		}
		if n < 0 {
			return nil, invalid("autoscaling", "Scale", c.name,
				invalidValue("spec.replicas", number(n), "must be greater than or equal to 0"))
		}
		if uid := text(scale, "metadata", "uid"); uid != "" && uid != text(old, "metadata", "uid") {
			return nil, conflict(c.res, c.name, fmt.Sprintf("Precondition failed: UID in precondition: %s, UID in object meta: %s", uid, text(old, "metadata", "uid")))
		}
		if v := text(scale, "metadata", "resourceVersion"); v != "" && v != text(old, "metadata", "resourceVersion") {
			return nil, conflict(c.res, c.name, modified)
		}
		put(old, number(n), dotPath(c.res.Scale.SpecReplicas)...)
		return old, nil
	}
	s := c.srv.store
	s.mu.Lock()
	doc, _, err := c.apply(change{opts: opts, sub: "scale", from: from})
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return c.writeScale(doc)
}
