// Package until has the goals that a wait waits for.
//
//	pod, err := pod.Wait(ctx, until.Condition("Ready"))
//	pods, err := view.WaitAll(ctx, until.Any(until.JSONPath("{.status.phase}", "Succeeded"), until.Deleted()))
//	goal, err := until.Parse("jsonpath={.status.readyReplicas}=3") // as kubectl wait --for
//
// A goal looks at one revision of one object. It sends nothing and keeps nothing.
//
// What a goal means is what kubectl wait means by it, and each difference is
// stated where it is. Most come from one rule: kubectl ends with an error when
// it meets a document that does not fit, such as one whose list is too short;
// here the goal is not met by that revision, and the next one may meet it.
//
// See https://kubernetes.io/docs/reference/kubectl/generated/kubectl_wait/.
package until

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// Object is any item.
type Object interface {
	Raw() raw.Object
}

// Goal is something to wait for. It is immutable: copy it, store it, share it
// between goroutines.
//
// The functions that make one never fail. A goal that is malformed keeps an
// error, which Err returns, and which a wait returns before it sends anything;
// so does a goal that is made of it. The zero Goal is such a goal.
type Goal struct {
	_    [0]func() // == would compare by the place in memory
	goal goal      // nil when there is an err, and in the zero Goal
	err  *rest.ArgumentError
}

// goal is the part of a Goal that differs from one kind of goal to another.
type goal interface {
	// check says why the goal cannot be asked of an object, which exists.
	check(Object) *rest.ArgumentError
	// look takes nil for an object that does not exist.
	look(Object) truth
	// saw tells of an object, which exists.
	saw(Object) string
	String() string
}

// truth has three values, as in Kleene's logic. A goal is met when it is yes;
// unknown stays unknown when it is negated.
type truth int8

const (
	no      truth = -1
	unknown truth = 0
	yes     truth = 1
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func good(g goal) Goal { return Goal{goal: g} }

func bad(arg, value, reason string) Goal {
	return Goal{err: &rest.ArgumentError{Arg: arg, Value: value, Reason: reason}}
}

func (g Goal) fault() *rest.ArgumentError {
	if g.err == nil && g.goal == nil {
		return &rest.ArgumentError{Arg: "goal", Reason: "is empty; say what to wait for"}
	}
	return g.err
}

// Err returns nil if the goal can be waited for, and otherwise an
// *ArgumentError that says what is wrong.
func (g Goal) Err() error {
	err := g.fault()
	if err == nil {
		return nil
	}
	// A copy, so that no caller can write into what others hold.
	copied := *err
	return &copied
}

// Met reports whether an object meets the goal. A nil obj stands for one that
// does not exist: it meets only Deleted, and what Any, All and Not make of that.
// Possible error: *ArgumentError, that of Err, or when the goal holds a Func for
// items of another type.
func (g Goal) Met(obj Object) (bool, error) {
	if err := g.Err(); err != nil {
		return false, err
	}
	if obj != nil {
		if err := g.goal.check(obj); err != nil {
			return false, err
		}
	}
	return g.goal.look(obj) == yes, nil
}

// String describes the goal for people: `condition Ready`, `deleted`,
// `{.status.phase} = "Running"`, `any of (…)`. Of an erroneous one it gives the
// error.
func (g Goal) String() string {
	if err := g.fault(); err != nil {
		return err.Error()
	}
	return g.goal.String()
}

// Saw describes what the goal looks at in an object, for the error of a wait
// that took too long: `condition Ready is "False" (ContainersNotReady)`,
// `{.status.phase} is not there`. A nil obj stands for one that does not exist.
//
// Long values are cut. Of a sensitive document it says only whether something is
// set.
func (g Goal) Saw(obj Object) string {
	switch {
	case obj == nil:
		return "it does not exist"
	case g.fault() != nil:
		return "it exists"
	}
	return g.goal.saw(obj)
}

// Deleted is met when the object does not exist, as kubectl wait --for=delete.
// Whether an object of the same name is still the same object is for the wait to
// say.
func Deleted() Goal { return good(deleted{}) }

type deleted struct{}

func (deleted) check(Object) *rest.ArgumentError { return nil }
func (deleted) look(obj Object) truth            { return truthOf(obj == nil) }
func (deleted) saw(Object) string                { return "it exists" }
func (deleted) String() string                   { return "deleted" }

// Func is met when f returns true. What names it in errors: "three endpoints".
// f is called with each revision, possibly by several goroutines at once, and
// never for an object that does not exist.
//
// A what that is empty, or a nil f, is an error that Err tells; an item of
// another type than T is one that Met tells.
func Func[T Object](what string, f func(T) bool) Goal {
	switch {
	case what == "":
		return bad("goal", "", "a Func needs a text that names it")
	case f == nil:
		return bad("goal", what, "its function is nil")
	}
	return good(predicate[T]{what, f})
}

type predicate[T Object] struct {
	what string
	f    func(T) bool
}

func (p predicate[T]) check(obj Object) *rest.ArgumentError {
	if _, ok := obj.(T); ok {
		return nil
	}
	reason := fmt.Sprintf("it is for items of type %v, not %T", reflect.TypeFor[T](), obj)
	return &rest.ArgumentError{Arg: "goal", Value: p.what, Reason: reason}
}

func (p predicate[T]) look(obj Object) truth {
	item, ok := obj.(T)
	if !ok {
		return unknown
	}
	return truthOf(p.f(item))
}

func (predicate[T]) saw(Object) string { return "it exists" }
func (p predicate[T]) String() string  { return p.what }

// Any is met when at least one of the goals is. They are asked in their order,
// up to the first that is met. No goals are an error; so is a goal that keeps
// one.
func Any(goals ...Goal) Goal {
	return join("Any", goals, yes)
}

// All is met when each of the goals is. They are asked in their order, up to the
// first that is not met, so that a Func may rely on the goals before it. No
// goals are an error; so is a goal that keeps one.
func All(goals ...Goal) Goal {
	return join("All", goals, no)
}

func join(name string, goals []Goal, decides truth) Goal {
	if len(goals) == 0 {
		return bad("goal", "", name+" needs at least one goal")
	}
	var parts []goal
	for _, g := range goals {
		if err := g.fault(); err != nil {
			return Goal{err: err}
		}
		parts = append(parts, g.goal)
	}
	return good(several{parts, decides})
}

// several is Any, which the first yes decides, or All, which the first no
// decides.
type several struct {
	goals   []goal
	decides truth
}

func (s several) check(obj Object) *rest.ArgumentError {
	for _, g := range s.goals {
		if err := g.check(obj); err != nil {
			return err
		}
	}
	return nil
}

func (s several) look(obj Object) truth {
	sum := -s.decides
	for _, g := range s.goals {
		switch g.look(obj) {
		case s.decides:
			return s.decides
		case unknown:
			sum = unknown
		}
	}
	return sum
}

func (s several) saw(obj Object) string {
	var all []string
	for _, g := range s.goals {
		if text := g.saw(obj); !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return strings.Join(all, "; ")
}

func (s several) String() string {
	var all []string
	for _, g := range s.goals {
		all = append(all, g.String())
	}
	name := "all of ("
	if s.decides == yes {
		name = "any of ("
	}
	return name + strings.Join(all, ", ") + ")"
}

// Not is met by an object that exists and does not meet g. Not(Deleted()) is met
// by any object that exists, as kubectl wait --for=create.
//
// An object that does not exist meets neither Not(Condition("Ready")) nor
// Condition("Ready"): nothing is known of its conditions. The same holds for an
// object whose condition is older than its spec. Not(Not(g)) is g. A goal that
// keeps an error gives one that keeps it too.
func Not(g Goal) Goal {
	if err := g.fault(); err != nil {
		return Goal{err: err}
	}
	if n, ok := g.goal.(negated); ok {
		return good(n.goal)
	}
	return good(negated{g.goal})
}

type negated struct{ goal }

func (n negated) look(obj Object) truth { return -n.goal.look(obj) }
func (n negated) String() string        { return "not " + n.goal.String() }
