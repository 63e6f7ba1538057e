package main

import (
	"slices"
	"time"

	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/raw"
)

// authors tells who made a change, as far as the server notes it: a manager whose entry
// in managedFields is new, or has another time. The times are to the second: of two
// changes within one, the second author is who owns what changed. Who only removes
// fields leaves no trace. Rather than a wrong name, none is told.
func authors(old, new store.Side) []store.Author {
	after := entriesOf(new.Managed)
	m := momentOf(old, new, after)
	var who []store.Author
	for _, e := range after {
		if m.isNew(e) && m.isAuthor(e.Author) {
			who = add(who, e.Author)
		}
	}
	if len(who) > 0 {
		return who
	}
	for _, a := range owners(old, new) {
		if m.isAuthor(a) {
			who = add(who, a)
		}
	}
	return who
}

// moment is when a change happened, as far as it can be told: after all that the entries
// of managedFields before it tell of.
type moment struct {
	before []entry
	last   time.Time
}

func momentOf(old, new store.Side, after []entry) moment {
	created, _ := new.Document.Get("metadata", "creationTimestamp").Time() // it may be made from a copy with older entries
	if uidOf(old) != uidOf(new) {
		return moment{last: began(created, after)}
	}
	m := moment{entriesOf(old.Managed), created}
	for _, e := range m.before {
		if e.Time.After(m.last) {
			m.last = e.Time
		}
	}
	return m
}

func uidOf(s store.Side) string { return text(s.Document.Get("metadata", "uid")) }

// longest is how long the server lets a request take.
const longest = 34 * time.Second

// began is when the request began that created an object. The server notes its manager
// before it asks the webhooks that may change the object, and the creationTimestamp after
// them: the last entry that is no later is the creator's, unless no request takes so long.
func began(created time.Time, entries []entry) time.Time {
	began := created.Add(-longest)
	found := false
	for _, e := range entries {
		if !placeholders[e.Manager] && !e.Time.After(created) && !e.Time.Before(began) {
			began, found = e.Time, true
		}
	}
	if !found {
		return created
	}
	return began
}

func (m moment) isNew(e entry) bool { return !slices.Contains(m.before, e) }

// isAuthor reports whether a manager may have made a change now: one who has changed
// something earlier only is none, even if the server tells of it anew.
func (m moment) isAuthor(a store.Author) bool {
	return !placeholders[a.Manager] && !a.Time.IsZero() && !a.Time.Before(m.last)
}

// placeholders are the managers that the server invents: for what there was before the
// first apply of an object without managers, and for the oldest ones of too many.
var placeholders = map[string]bool{"before-first-apply": true, "ancient-changes": true}

// entry is what is compared of an entry of managedFields.
type entry struct {
	store.Author
	version string
}

func entriesOf(managed raw.Value) (all []entry) {
	for e := range managed.Elements() {
		at, _ := e.Get("time").Time() // none is the zero time
		all = append(all, entry{store.Author{
			Manager: text(e.Get("manager")), Operation: text(e.Get("operation")), Subresource: text(e.Get("subresource")), Time: at,
		}, text(e.Get("apiVersion"))})
	}
	return all
}

func add(who []store.Author, a store.Author) []store.Author {
	if slices.Contains(who, a) {
		return who
	}
	return append(who, a)
}
