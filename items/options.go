package items

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/internal/syntax"
)

// ChangeOption is an option of what creates or changes an object. One that a call
// cannot heed is an *ArgumentError, before anything is sent.
type ChangeOption interface{ change(*change) error }

// DeleteOption is an option of what deletes an object. One that cannot be heeded
// is an *ArgumentError, before anything is sent.
type DeleteOption interface{ delete(*deletion) error }

// Option is an option of both.
type Option interface {
	ChangeOption
	DeleteOption
}

// change is how an object is to be created or changed.
type change struct {
	verb        string
	apply       bool // it is a server-side apply
	query       url.Values
	subresource string
	unchanged   bool // since the item was read
	dryRun      bool
}

// deletion is how an object is to be deleted: DeleteOptions of the API.
type deletion struct {
	GracePeriodSeconds *int64            `json:"gracePeriodSeconds,omitempty"`
	Preconditions      *precondition     `json:"preconditions,omitempty"`
	PropagationPolicy  DeletePropagation `json:"propagationPolicy,omitempty"`
	DryRun             []string          `json:"dryRun,omitempty"`

	unchanged bool
}

type precondition struct {
	UID             string `json:"uid,omitempty"`
	ResourceVersion string `json:"resourceVersion,omitempty"`
}

type changeFunc func(*change) error

func (f changeFunc) change(c *change) error { return f(c) }

type deleteFunc func(*deletion) error

func (f deleteFunc) delete(d *deletion) error { return f(d) }

type both struct {
	changeFunc
	deleteFunc
}

// DryRun has the server do everything but store the result: what is returned is what
// would have been.
//
// See https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run.
func DryRun() Option {
	return both{
		func(c *change) error {
			c.dryRun = true
			c.query.Set("dryRun", "All")
			return nil
		},
		func(d *deletion) error {
			d.DryRun = []string{"All"}
			return nil
		},
	}
}

// Force is, of a server-side apply, to take over fields that other managers own;
// of a deletion, not to wait for the grace period: the object is removed at once,
// whether what it stands for has ended or not. A patch of another type, and other
// changes, cannot be forced.
func Force() Option {
	return both{
		func(c *change) error {
			if !c.apply {
				return &rest.ArgumentError{Arg: "option Force", Reason: "only a server-side apply can be forced"}
			}
			c.query.Set("force", "true")
			return nil
		},
		func(d *deletion) error { return GracePeriod(0).delete(d) },
	}
}

// IfUnchanged is for the item's version only: there is a *ConflictError unless the
// object is still at it. So an edit does not start over, and a replacement or a patch
// that itself names another version is an *ArgumentError, as is an item that has none.
// To create an object, it makes no sense.
func IfUnchanged() Option {
	return both{
		func(c *change) error {
			if c.verb == http.MethodPost {
				return &rest.ArgumentError{Arg: "option IfUnchanged", Reason: "what is created has no version yet"}
			}
			c.unchanged = true
			return nil
		},
		func(d *deletion) error {
			d.unchanged = true
			return nil
		},
	}
}

// FieldManager names who makes the change, for the object's managedFields: at
// most 128 printable characters. Without it, that is the first part of the
// connection's user agent.
//
// See https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers.
func FieldManager(name string) ChangeOption {
	return changeFunc(func(c *change) error {
		unprintable := strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
		if name == "" || utf8.RuneCountInString(name) > 128 || unprintable {
			return &rest.ArgumentError{Arg: "field manager", Value: name, Reason: "must be 1 to 128 printable characters"}
		}
		c.query.Set("fieldManager", name)
		return nil
	})
}

// Validation is what the server does about fields that it does not know, and
// about those that are there twice.
type Validation string

// The values of fieldValidation:
// https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation.
const (
	ValidateStrict Validation = "Strict" // refuse: *InvalidError
	ValidateWarn   Validation = "Warn"   // answer with a warning: the default
	ValidateIgnore Validation = "Ignore"
)

// FieldValidation sets what the server does about unknown fields.
func FieldValidation(v Validation) ChangeOption {
	return changeFunc(func(c *change) error {
		switch v {
		case ValidateStrict, ValidateWarn, ValidateIgnore:
			c.query.Set("fieldValidation", string(v))
			return nil
		}
		return &rest.ArgumentError{Arg: "field validation", Value: string(v), Reason: "must be Strict, Warn or Ignore"}
	})
}

// Subresource directs a change at a part of the object that has a path of its
// own: "status", "scale", "ephemeralcontainers", "resize". What is created has
// none.
//
// Of most, the content is the whole object, of which the server heeds that part. That
// of "scale" is a Scale of autoscaling/v1, as {"spec": {"replicas": 3}}: so it is in a
// patch, an apply and a replacement, which need not name its kind, and an edit is given
// one. What is returned is the object all the same. A dry run is an *ArgumentError there
// for a kind without a [kinds.Kind.ScalePath]: it could not say what would have been.
func Subresource(name string) ChangeOption {
	return changeFunc(func(c *change) error {
		if fault := syntax.LabelFault(name); fault != "" {
			return &rest.ArgumentError{Arg: "subresource", Value: name, Reason: fault}
		}
		if c.verb == http.MethodPost {
			return &rest.ArgumentError{Arg: "subresource", Value: name, Reason: "what is created has none yet"}
		}
		c.subresource = name
		return nil
	})
}

// DeletePropagation is what happens to what an object owns when it is deleted.
type DeletePropagation string

// The values of propagationPolicy:
// https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion.
const (
	// Background deletes the owner at once, and what it owns thereafter.
	Background DeletePropagation = "Background"
	// Foreground deletes the owner when what it owns is gone.
	Foreground DeletePropagation = "Foreground"
	// Orphan leaves what it owns, without an owner.
	Orphan DeletePropagation = "Orphan"
)

// Propagation sets what happens to what the object owns; the default is up to its
// kind, mostly Background.
func Propagation(p DeletePropagation) DeleteOption {
	return deleteFunc(func(d *deletion) error {
		switch p {
		case Background, Foreground, Orphan:
			d.PropagationPolicy = p
			return nil
		}
		return &rest.ArgumentError{Arg: "propagation policy", Value: string(p), Reason: "must be Background, Foreground or Orphan"}
	})
}

// GracePeriod is how long the object may take to end, in whole seconds; 0 is not
// at all. Without it, the object's own counts.
func GracePeriod(period time.Duration) DeleteOption {
	return deleteFunc(func(d *deletion) error {
		if period < 0 || period%time.Second != 0 {
			return &rest.ArgumentError{Arg: "grace period", Value: period.String(), Reason: "must be whole seconds, and not negative"}
		}
		seconds := int64(period / time.Second)
		d.GracePeriodSeconds = &seconds
		return nil
	})
}

// newChange reads the options of a change.
func newChange(verb string, apply bool, options []ChangeOption) (*change, error) {
	c := &change{verb: verb, apply: apply, query: url.Values{}}
	for _, o := range options {
		if o == nil {
			continue
		}
		if err := o.change(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// CreateQuery is what options say in the request that creates an object, or
// applies it. It is for the rooms that create.
func CreateQuery(verb string, conn rest.Conn, options []ChangeOption) (url.Values, error) {
	apply := verb == http.MethodPatch
	c, err := newChange(verb, apply, options)
	if err != nil {
		return nil, err
	}
	if c.unchanged || c.subresource != "" {
		return nil, &rest.ArgumentError{Arg: "option", Reason: "IfUnchanged and Subresource are for changes of an item"}
	}
	if apply {
		c.setManager(conn)
	}
	return c.query, nil
}

// setManager names the manager that the API demands of an apply.
func (c *change) setManager(conn rest.Conn) {
	if !c.query.Has("fieldManager") {
		c.query.Set("fieldManager", conn.Limits().Manager)
	}
}

// parts is the path of what is changed, below the object's own.
func (c *change) parts() []string {
	if c.subresource == "" {
		return nil
	}
	return []string{c.subresource}
}

// newDeletion reads the options of a deletion of one object.
func newDeletion(uid, version string, options []DeleteOption) (*deletion, error) {
	d := &deletion{}
	for _, o := range options {
		if o == nil {
			continue
		}
		if err := o.delete(d); err != nil {
			return nil, err
		}
	}
	p := precondition{UID: uid}
	if d.unchanged {
		p.ResourceVersion = version
	}
	if p != (precondition{}) {
		d.Preconditions = &p
	}
	return d, nil
}

// body is the deletion as the API takes it.
func (d *deletion) body() []byte {
	text, _ := json.Marshal(struct { // strings and numbers only
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		*deletion
	}{"v1", "DeleteOptions", d})
	return text
}
