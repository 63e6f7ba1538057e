package kube

import (
	"context"
	"net/http"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// User is who the server takes the cluster's requests for: see [Cluster.WhoAmI].
// It cannot change. The zero User is nobody.
type User struct{ info raw.Object }

// Name is the user's name: "jane", "system:serviceaccount:NAMESPACE:NAME".
func (u User) Name() string { return rest.String(u.info, "username") }

// UID tells users of the same name apart, over time; "" where there is none.
func (u User) UID() string { return rest.String(u.info, "uid") }

// Groups are the user's groups, system:authenticated among them, in a slice that
// is the caller's.
func (u User) Groups() []string { return texts(u.info.Get("groups")) }

// Extra is what else the server knows of the user, in a map that is the caller's;
// it is never nil.
func (u User) Extra() map[string][]string {
	all := make(map[string][]string)
	for key, values := range u.info.Get("extra").Members() {
		all[key] = texts(values)
	}
	return all
}

func texts(list raw.Value) (all []string) {
	for v := range list.Elements() {
		if text, err := v.Text(); err == nil {
			all = append(all, text)
		}
	}
	return all
}

// WhoAmI asks the server who it takes the cluster's requests for. Possible errors:
// [ErrClosed], *[APIError]; *[NotFoundError] from servers older than 1.28.
//
// https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/self-subject-review-v1/
func (c *Cluster) WhoAmI(ctx context.Context) (User, error) {
	doc, err := c.review(ctx, "authentication.k8s.io/v1", "SelfSubjectReview", "selfsubjectreviews", nil)
	if err != nil {
		return User{}, err
	}
	info, err := doc.Get("status", "userInfo").Object()
	if err != nil {
		return User{}, rest.Malformed(doc, err, "status", "userInfo")
	}
	return User{info}, nil
}

// Action is something that a user may be allowed to do: a verb on a resource, or
// on a path that belongs to none.
type Action struct {
	Verb        string // of RBAC: "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "*", …
	Group       string // of the API; "" is the core one, "*" any
	Resource    string // in the plural: "pods"; "*" is any
	Subresource string // "log"; "" is the object itself
	Namespace   string // "" is all of them, or that the resource is in none
	Name        string // "" is any
	Path        string // instead of a resource: "/metrics"
}

func (a Action) check() error {
	switch {
	case a.Verb == "":
		return &rest.ArgumentError{Arg: "action", Reason: "the verb is missing"}
	case a.Path == "" && a.Resource == "":
		return &rest.ArgumentError{Arg: "action", Reason: "a resource or a path is needed"}
	case a.Path != "" && a != (Action{Verb: a.Verb, Path: a.Path}):
		return &rest.ArgumentError{Arg: "action", Value: a.Path, Reason: "a path is instead of a resource"}
	}
	return nil
}

// spec is the action as the API writes it.
func (a Action) spec() map[string]any {
	if a.Path != "" {
		return map[string]any{"nonResourceAttributes": map[string]string{"verb": a.Verb, "path": a.Path}}
	}
	return map[string]any{"resourceAttributes": map[string]string{
		"verb": a.Verb, "group": a.Group, "version": "*", "resource": a.Resource,
		"subresource": a.Subresource, "namespace": a.Namespace, "name": a.Name,
	}}
}

// Can asks the server whether the cluster's user may do something:
//
//	may, err := cluster.Can(ctx, kube.Action{Verb: "delete", Resource: "pods", Namespace: "shop"})
//
// A resource that nobody knows may be anything; admission is not asked. Possible
// errors: *[ArgumentError] for an incomplete action, [ErrClosed], *[APIError].
//
// https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/
func (c *Cluster) Can(ctx context.Context, do Action) (bool, error) {
	if err := do.check(); err != nil {
		return false, err
	}
	doc, err := c.review(ctx, "authorization.k8s.io/v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", do.spec())
	if err != nil {
		return false, err
	}
	return rest.Bool(doc, "status", "allowed")
}

// review asks one of the questions that the API takes as objects to be created.
func (c *Cluster) review(ctx context.Context, groupVersion, kind, plural string, spec any) (raw.Object, error) {
	question := map[string]any{"apiVersion": groupVersion, "kind": kind}
	if spec != nil {
		question["spec"] = spec
	}
	r := rest.Request{Verb: http.MethodPost, Path: rest.Path(groupVersion, "", plural, ""), ContentType: "application/json"}
	var err error
	if r.Body, err = rest.Body(question); err != nil {
		return raw.Object{}, &rest.ArgumentError{Arg: "action", Err: err}
	}
	doc, err := c.transport().document(ctx, r)
	if err == nil && rest.String(doc, "kind") != kind {
		err = &APIError{Verb: r.Verb, URL: r.URL(), Code: http.StatusOK, Message: "the answer is not a " + kind}
	}
	return doc, err
}

func (c *Cluster) transport() *transport {
	if c == nil || c.conn == nil {
		return nil
	}
	return c.conn.t
}

// Version is what the server says of itself: see [Cluster.Version].
type Version struct {
	Major, Minor string // "1", "36"; some vendors write "36+"
	GitVersion   string // "v1.36.3"
	GitCommit    string
	GitTreeState string // "clean", "dirty"
	BuildDate    string
	GoVersion    string // "go1.26.2"
	Compiler     string
	Platform     string // "linux/amd64"
}

// String is the server's version as kubectl shows it: "v1.36.3".
func (v Version) String() string { return v.GitVersion }

// Version asks for the server's version. Possible errors: [ErrClosed],
// *[APIError]. What the server leaves out is "".
func (c *Cluster) Version(ctx context.Context) (Version, error) {
	doc, err := c.transport().document(ctx, rest.Request{Verb: http.MethodGet, Path: "/version"})
	if err != nil {
		return Version{}, err
	}
	of := func(name string) string { return rest.String(doc, name) }
	return Version{
		Major: of("major"), Minor: of("minor"), GitVersion: of("gitVersion"), GitCommit: of("gitCommit"),
		GitTreeState: of("gitTreeState"), BuildDate: of("buildDate"), GoVersion: of("goVersion"),
		Compiler: of("compiler"), Platform: of("platform"),
	}, nil
}
