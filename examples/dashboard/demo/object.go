package demo

import (
	"maps"
	"time"
)

// object is a document as the API has it.
type object = map[string]any

// list is an array in a document.
type list = []any

// labels are the labels or annotations of an object.
type labels = map[string]string

// texts makes a list of strings.
func texts(values ...string) list {
	out := make(list, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// merged is the union of maps; later ones win.
func merged(parts ...labels) labels {
	out := labels{}
	for _, p := range parts {
		maps.Copy(out, p)
	}
	return out
}

// join lays documents over each other, deep in objects; other values replace.
func join(parts ...object) object {
	out := object{}
	for _, p := range parts {
		joinInto(out, p)
	}
	return out
}

func joinInto(out, part object) {
	for name, v := range part {
		sub, ok := asObject(v)
		if !ok {
			out[name] = v
			continue
		}
		had, _ := asObject(out[name])
		out[name] = join(had, sub)
	}
}

// asObject also takes labels for an object.
func asObject(v any) (object, bool) {
	switch v := v.(type) {
	case object:
		return v, true
	case labels:
		out := make(object, len(v))
		for name, text := range v {
			out[name] = text
		}
		return out, true
	}
	return nil, false
}

// stamp is a time as the API writes it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// microStamp is the form of Leases and of newer events.
func microStamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00") }

// condition is one of an object's status.conditions.
func condition(name string, holds bool, reason, message string, since time.Time) object {
	c := object{"type": name, "status": truth(holds), "lastTransitionTime": stamp(since)}
	if reason != "" {
		c["reason"] = reason
	}
	if message != "" {
		c["message"] = message
	}
	return c
}

func truth(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// reference points to an object that controls another.
func reference(apiVersion, kind, name, uid string) list {
	return list{object{"apiVersion": apiVersion, "kind": kind, "name": name, "uid": uid,
		"controller": true, "blockOwnerDeletion": true}}
}
