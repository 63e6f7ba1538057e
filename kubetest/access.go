package kubetest

import (
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// User is who sends requests.
type User struct {
	Name, UID string
	Groups    []string
	Extra     map[string][]string
}

// WithUser sets who every request comes from, where it does not impersonate
// somebody. Otherwise it is kubernetes-admin in the groups system:masters and
// system:authenticated.
func WithUser(u User) Option {
	return func(o *options) error {
		if u.Name == "" {
			return fmt.Errorf("kubetest: the user has no name")
		}
		o.user = u.clone()
		return nil
	}
}

func (u User) clone() User {
	u.Groups = slices.Clone(u.Groups)
	extra := map[string][]string{}
	for k, v := range u.Extra {
		extra[k] = slices.Clone(v)
	}
	u.Extra = extra
	return u
}

// Access is something that a request does. In a rule, an empty member matches
// all.
type Access struct {
	User string
	// Verb is one of get, list, watch, create, update, patch, delete,
	// deletecollection and impersonate.
	Verb string
	// Resource is as RBAC names it: "pods", "pods/log"; or with the group:
	// "deployments.apps", "deployments.apps/scale".
	Resource  string
	Namespace string
	Name      string
}

// Forbid refuses from now on what the rule matches, with 403 and the words of
// the real server; everything else is allowed. The returned function lifts it.
// SelfSubjectAccessReviews know of it.
func (s *Server) Forbid(rule Access) (allow func()) {
	r := &rule
	s.access.mu.Lock()
	defer s.access.mu.Unlock()
	s.access.rules = append(s.access.rules, r)
	return func() {
		s.access.mu.Lock()
		defer s.access.mu.Unlock()
		s.access.rules = slices.DeleteFunc(s.access.rules, func(o *Access) bool { return o == r })
	}
}

// accessRules are what is forbidden.
type accessRules struct {
	mu    sync.Mutex
	rules []*Access
}

// attributes are what a request does, in the terms of authorization.
type attributes struct {
	verb, group, resource, sub, namespace, name string
}

func (a *accessRules) forbids(user string, what attributes) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(a.rules, func(r *Access) bool { return r.matches(user, what) })
}

func (r *Access) matches(user string, what attributes) bool {
	return either(r.User, user) && either(r.Verb, what.verb) && either(r.Namespace, what.namespace) && either(r.Name, what.name) &&
		(either(r.Resource, what.full(what.resource)) || r.Resource == what.full(groupResource(what.group, what.resource)))
}

func either(rule, value string) bool { return rule == "" || rule == value }

// full is a resource with its subresource.
func (a attributes) full(resource string) string {
	if a.sub == "" {
		return resource
	}
	return resource + "/" + a.sub
}

// denied is the server's text, for a verb that may not be the request's.
func (a attributes) denied(user, verb string) *statusError {
	where := "at the cluster scope"
	if a.namespace != "" {
		where = fmt.Sprintf("in the namespace %q", a.namespace)
	}
	return forbidden(&resource{Resource: Resource{Group: a.group, Plural: a.resource}}, a.name, fmt.Sprintf(
		"User %q cannot %s resource %q in API group %q %s", user, verb, a.full(a.resource), a.group, where))
}

// attributes says what the call does.
func (c *call) attributes() attributes {
	a := attributes{verb: c.verb(), group: c.res.Group, resource: c.res.Plural, namespace: c.ns, name: c.name}
	a.sub, _, _ = strings.Cut(c.sub, "/")
	if isNamespaces(c.res) {
		a.namespace = c.name // a namespace lies in itself
	}
	return a
}

func isNamespaces(r *resource) bool { return r.Group == "" && r.Plural == "namespaces" }

func (c *call) verb() string {
	switch c.req.Method {
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodPatch:
		return "patch"
	case http.MethodDelete:
		if c.name == "" {
			return "deletecollection"
		}
		return "delete"
	}
	switch {
	case c.watched, c.name == "" && truthy(c.query, "watch"):
		return "watch"
	case c.name == "":
		return "list"
	}
	return "get"
}

// authorize refuses what a rule forbids: first to be somebody else, then what
// the call does.
func (c *call) authorize(what attributes) error {
	rules := &c.srv.access
	if err := c.mayImpersonate(what); err != nil {
		return err
	}
	if rules.forbids(c.user.Name, what) {
		return what.denied(c.user.Name, what.verb)
	}
	return nil
}

// mayConnect is what an upgrade asks besides: the text is the real server's.
func (c *call) mayConnect() error {
	what := c.attributes()
	what.verb = "create"
	if c.srv.access.forbids(c.user.Name, what) {
		return forbidden(c.res, c.name, "")
	}
	return nil
}

const anonymous = "system:anonymous"

// whoAsks finds the user of a request, by its headers. A request that names
// groups but nobody is a bad one.
func (c *call) whoAsks() error {
	c.user = c.srv.opts.user
	h := c.req.Header
	asked := User{Name: h.Get("Impersonate-User"), UID: h.Get("Impersonate-Uid"), Groups: slices.Clone(h.Values("Impersonate-Group")), Extra: extraOf(h)}
	if asked.Name == "" {
		if asked.UID == "" && len(asked.Groups) == 0 && len(asked.Extra) == 0 {
			return nil
		}
		return badRequest("requested %s without impersonating a user name", asked.goText())
	}
	c.impersonated = true
	c.asked = asked.clone()
	c.user = asked
	c.user.join()
	return nil
}

// goText is the user as the real server's text shows it.
func (u User) goText() string {
	groups, extra := "[]string(nil)", "map[string][]string(nil)"
	if len(u.Groups) > 0 {
		groups = fmt.Sprintf("%#v", u.Groups)
	}
	if len(u.Extra) > 0 {
		extra = fmt.Sprintf("%#v", u.Extra)
	}
	return fmt.Sprintf("&user.DefaultInfo{Name:%q, UID:%q, Groups:%s, Extra:%s}", u.Name, u.UID, groups, extra)
}

const extraPrefix = "Impersonate-Extra-"

func extraOf(h http.Header) map[string][]string {
	extra := map[string][]string{}
	for name, values := range h {
		if key, ok := strings.CutPrefix(textproto.CanonicalMIMEHeaderKey(name), extraPrefix); ok {
			key = strings.ToLower(key)
			if plain, err := url.PathUnescape(key); err == nil {
				key = plain
			}
			extra[key] = append(extra[key], values...)
		}
	}
	return extra
}

// join adds the groups that follow from who the user is.
func (u *User) join() {
	if account, ok := strings.CutPrefix(u.Name, "system:serviceaccount:"); ok && len(u.Groups) == 0 {
		namespace, _, _ := strings.Cut(account, ":")
		u.Groups = []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace}
	}
	known := slices.Contains(u.Groups, "system:authenticated") || slices.Contains(u.Groups, "system:unauthenticated")
	switch {
	case u.Name == anonymous && !slices.Contains(u.Groups, "system:unauthenticated"):
		u.Groups = append(u.Groups, "system:unauthenticated")
	case u.Name != anonymous && !known:
		u.Groups = append(u.Groups, "system:authenticated")
	}
}

// mayImpersonate asks the rules about every part of the other user. Where the
// user itself is out of reach, the real server of 1.36 tells of the request.
func (c *call) mayImpersonate(what attributes) error {
	if !c.impersonated {
		return nil
	}
	own, u := c.srv.opts.user.Name, c.asked
	as := attributes{verb: "impersonate", resource: "users", name: u.Name}
	mode := "user-info"
	if account, ok := strings.CutPrefix(u.Name, "system:serviceaccount:"); ok {
		as.resource, mode = "serviceaccounts", "serviceaccount"
		as.namespace, as.name, _ = strings.Cut(account, ":")
	}
	if c.srv.access.forbids(own, as) {
		return what.denied(own, "impersonate-on:"+mode+":"+what.verb)
	}
	for _, as := range u.parts() {
		if c.srv.access.forbids(own, as) {
			return as.denied(own, "impersonate")
		}
	}
	return nil
}

// parts are what else of a user needs a permission to take on.
func (u User) parts() (parts []attributes) {
	for _, g := range u.Groups {
		parts = append(parts, attributes{verb: "impersonate", resource: "groups", name: g})
	}
	for _, key := range slices.Sorted(maps.Keys(u.Extra)) {
		for _, v := range u.Extra[key] {
			parts = append(parts, attributes{verb: "impersonate", group: authentication, resource: "userextras", sub: key, name: v})
		}
	}
	if u.UID != "" {
		parts = append(parts, attributes{verb: "impersonate", group: authentication, resource: "uids", name: u.UID})
	}
	return parts
}
