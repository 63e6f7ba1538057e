package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// A Rule is something that Developer may do.
type Rule struct {
	Namespace string   // "" is all of them, and what is in none
	Group     string   // of the API; "" is the core one
	Resource  string   // in the plural, such as pods, or pods/log
	Verbs     []string // such as get, list, watch
}

// A Grant is a Rule that holds until it is revoked.
type Grant struct {
	cluster *Cluster
	rule    Rule
	urls    []string // of the binding, and of the role
}

// Grant lets Developer do something more, and returns when the API server lets it.
//
//	g, err := c.Grant(ctx, cluster.Rule{Namespace: "default", Resource: "secrets", Verbs: []string{"list", "watch"}})
//	p, err := c.StartProxy(ctx, "--context="+cluster.Developer)
func (c *Cluster) Grant(ctx context.Context, rule Rule) (*Grant, error) {
	if len(rule.Verbs) == 0 {
		return nil, errors.New("a rule without verbs grants nothing")
	}
	c.mu.Lock()
	c.grants++
	name := fmt.Sprintf("granted-%d", c.grants)
	c.mu.Unlock()

	prefix, base := "Cluster", c.apiURL+"/apis/rbac.authorization.k8s.io/v1/cluster"
	if rule.Namespace != "" {
		prefix, base = "", c.apiURL+"/apis/rbac.authorization.k8s.io/v1/namespaces/"+rule.Namespace+"/"
	}
	g := &Grant{c, rule, []string{base + "rolebindings/" + name, base + "roles/" + name}}
	role := rbac(prefix+"Role", name)
	role["rules"] = []object{{"apiGroups": []string{rule.Group}, "resources": []string{rule.Resource}, "verbs": rule.Verbs}}
	if err := c.client.do(ctx, "POST", base+"roles", role, nil); err != nil {
		return nil, err
	}
	binding := rbac(prefix+"RoleBinding", name)
	binding["roleRef"] = object{"apiGroup": "rbac.authorization.k8s.io", "kind": prefix + "Role", "name": name}
	binding["subjects"] = []object{{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": Developer}}
	if err := c.client.do(ctx, "POST", base+"rolebindings", binding, nil); err != nil {
		return nil, err
	}
	return g, g.await(ctx, true)
}

// Revoke takes the Rule back, and returns when the API server has noticed. For every
// verb of it there must be no other Grant: that would be waited for too. A watch that
// runs goes on: the API server asks only when one is opened.
func (g *Grant) Revoke(ctx context.Context) error {
	for _, url := range g.urls {
		if err := g.cluster.client.do(ctx, "DELETE", url, nil, nil); err != nil {
			return err
		}
	}
	return g.await(ctx, false)
}

func (g *Grant) await(ctx context.Context, allowed bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, errSlow)
	defer cancel()
	for _, verb := range g.rule.Verbs {
		if err := poll(ctx, func() error { return g.check(ctx, verb, allowed) }); err != nil {
			return err
		}
	}
	return nil
}

// check asks what the API server would say to Developer.
func (g *Grant) check(ctx context.Context, verb string, want bool) error {
	resource, sub, _ := strings.Cut(g.rule.Resource, "/")
	review := object{"spec": object{
		"user":   Developer,
		"groups": []string{"system:authenticated"},
		"resourceAttributes": object{
			"verb": verb, "namespace": g.rule.Namespace, "group": g.rule.Group, "resource": resource, "subresource": sub,
		},
	}}
	var out struct{ Status struct{ Allowed bool } }
	err := g.cluster.client.do(ctx, "POST", g.cluster.apiURL+"/apis/authorization.k8s.io/v1/subjectaccessreviews", review, &out)
	if err == nil && out.Status.Allowed != want {
		err = fmt.Errorf("%s %s: allowed is %t, want %t", verb, g.rule.Resource, out.Status.Allowed, want)
	}
	return err
}

func rbac(kind, name string) object {
	return object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": object{"name": name}}
}
