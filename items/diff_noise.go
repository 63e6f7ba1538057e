package items

import (
	"slices"
	"strings"

	"github.com/kubeviews/kube/raw"
)

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// isCompared reports whether a member that differs is told of: it was read on both
// sides, and is no noise.
func (d *differ) isCompared(old, new raw.Value) bool {
	return d.isRead() && (d.noise || !d.isNoise(old, new))
}

func (d *differ) isRead() bool {
	switch d.trail[0] {
	case "apiVersion", "kind":
		return true
	case "metadata":
		return len(d.trail) != 2 || d.trail[1] != "managedFields" ||
			!d.old.ManagedFieldsDropped() && !d.new.ManagedFieldsDropped()
	}
	return !d.old.MetadataOnly() && !d.new.MetadataOnly()
}

func (d *differ) isNoise(old, new raw.Value) bool {
	switch place := d.trail; len(place) {
	case 2:
		switch place[0] {
		case "metadata":
			return slices.Contains([]string{"managedFields", "resourceVersion", "generation"}, place[1])
		case "spec":
			return d.isBeat(place[1])
		}
	case 3:
		switch {
		case place[0] == "status" && place[1] == "conditions":
			return place[2] == "lastHeartbeatTime" || place[2] == "lastProbeTime"
		case place[0] == "metadata" && place[1] == "annotations" && place[2] == lastApplied:
			return !d.applied && d.repeats(old, new)
		}
	}
	return false
}

// isBeat reports whether a member of the spec is a heartbeat: of a Lease, or a
// LeaseCandidate.
func (d *differ) isBeat(member string) bool {
	if member != "renewTime" && member != "pingTime" {
		return false
	}
	doc := d.new
	if doc.IsZero() {
		doc = d.old
	}
	apiVersion, _ := doc.Get("apiVersion").Text()
	return strings.HasPrefix(apiVersion, "coordination.k8s.io/")
}

// repeats reports whether all that differs between two last-applied configurations is
// in the new object as the new one has it. So the annotation says nothing of its own.
func (d *differ) repeats(old, new raw.Value) bool {
	var before raw.Object
	after, ok := configuration(new)
	if old.Exists() && ok {
		before, ok = configuration(old)
	}
	if !ok {
		return false
	}
	inner := differ{old: before, new: after, applied: true}
	inner.object("", before.Value(), after.Value())
	return !slices.ContainsFunc(inner.changes, func(c FieldChange) bool {
		return !covers(c.Path.In(d.new.Value()), c.New)
	})
}

// configuration is the object that the annotation holds.
func configuration(annotation raw.Value) (raw.Object, bool) {
	text, err := annotation.Text()
	if err != nil {
		return raw.Object{}, false
	}
	doc, err := raw.Parse([]byte(text))
	return doc, err == nil
}

// covers reports whether a value is what was applied, and maybe more.
func covers(is, applied raw.Value) bool {
	if is.Kind() != applied.Kind() {
		return false
	}
	switch is.Kind() {
	case raw.KindObject:
		for name, v := range applied.Members() {
			if !covers(is.Get(name), v) {
				return false
			}
		}
		return true
	case raw.KindArray:
		all, err := applied.Array()
		if err != nil || len(all) != is.Len() {
			return false
		}
		i := 0
		for v := range is.Elements() {
			if !covers(v, all[i]) {
				return false
			}
			i++
		}
		return true
	}
	return is.Equal(applied)
}
