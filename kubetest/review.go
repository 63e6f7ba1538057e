package kubetest

import (
	"net/http"
)

const (
	authentication = "authentication.k8s.io"
	authorization  = "authorization.k8s.io"
)

// virtual answers the few resources that are questions and keep no objects.
func (c *call) virtual(group, version string, parts []string) bool {
	if version != "v1" || len(parts) != 1 {
		return false
	}
	var answer func(doc map[string]any) (map[string]any, error)
	var kind string
	switch group + "/" + parts[0] {
	case authentication + "/selfsubjectreviews":
		kind, answer = "SelfSubjectReview", c.whoAmI
	case authorization + "/selfsubjectaccessreviews":
		kind, answer = "SelfSubjectAccessReview", c.mayI
	default:
		return false
	}
	r := builtin(group, version, parts[0], kind)
	r.Namespaced = false
	c.res = &r
	if err := c.review(answer); err != nil {
		c.fail(err)
	}
	return true
}

// review reads a question and answers it.
func (c *call) review(answer func(doc map[string]any) (map[string]any, error)) error {
	if err := c.authorize(c.attributes()); err != nil {
		return err
	}
	if c.req.Method != http.MethodPost {
		return noSuchMethod()
	}
	f, err := c.negotiate()
	if err != nil {
		return err
	}
	if _, err := c.writeOptions("CreateOptions"); err != nil {
		return err
	}
	doc, err := c.decodeBody()
	if err != nil {
		return err
	}
	doc, err = answer(doc)
	if err != nil {
		return err
	}
	c.send(http.StatusCreated, encode(doc), f)
	return nil
}

func (c *call) whoAmI(map[string]any) (map[string]any, error) {
	info := map[string]any{"username": c.user.Name, "groups": anyStrings(c.user.Groups)}
	if c.user.UID != "" {
		info["uid"] = c.user.UID
	}
	extra := map[string]any{}
	for key, values := range c.user.Extra {
		extra[key] = anyStrings(values)
	}
	if len(extra) > 0 {
		info["extra"] = extra
	}
	return map[string]any{
		"kind": "SelfSubjectReview", "apiVersion": authentication + "/v1",
		"metadata": map[string]any{"creationTimestamp": timestamp(c.srv.now())},
		"status":   map[string]any{"userInfo": info},
	}, nil
}

// mayI answers a SelfSubjectAccessReview by the rules of [Server.Forbid].
func (c *call) mayI(doc map[string]any) (map[string]any, error) {
	ask, isResource := at(doc, "spec", "resourceAttributes").(map[string]any)
	_, isPath := at(doc, "spec", "nonResourceAttributes").(map[string]any)
	switch {
	case isResource && isPath:
		return nil, invalid(authorization, "", "", invalidValue("spec.nonResourceAttributes", at(doc, "spec", "nonResourceAttributes"),
			"cannot be specified in combination with resourceAttributes"))
	case !isResource && !isPath:
		return nil, invalid(authorization, "", "", invalidValue("spec.resourceAttributes", nil,
			"exactly one of nonResourceAttributes or resourceAttributes must be specified"))
	}
	denied := isResource && c.srv.access.forbids(c.user.Name, attributes{
		verb: text(ask, "verb"), group: text(ask, "group"), resource: text(ask, "resource"), sub: text(ask, "subresource"),
		namespace: text(ask, "namespace"), name: text(ask, "name"),
	})
	return map[string]any{
		"kind": "SelfSubjectAccessReview", "apiVersion": authorization + "/v1",
		"metadata": map[string]any{}, "spec": doc["spec"], "status": map[string]any{"allowed": !denied},
	}, nil
}
