package main

import (
	"context"
	"slices"
	"strings"

	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/kinds"
)

// openStore opens the recording for reading.
func (a *app) openStore(ctx context.Context) (*store.Store, error) { return store.Read(ctx, a.db) }

// filter is what the flags, and an object if one is named, narrow the reading to.
func (f *flags) filter(ctx context.Context, s *store.Store, object string) (filter store.Filter, err error) {
	filter.Namespace, filter.Manager = f.namespace, f.manager
	if filter.Since, err = f.app.when(f.since); err != nil {
		return filter, err
	}
	if filter.Until, err = f.app.when(f.until); err != nil {
		return filter, err
	}
	watches, err := s.Watches(ctx)
	if err != nil {
		return filter, err
	}
	if object != "" {
		return filter, f.object(&filter, watches, object)
	}
	for _, name := range strings.FieldsFunc(f.kinds, func(r rune) bool { return r == ',' || r == ' ' }) {
		resource, err := resolve(watches, name)
		if err != nil {
			return filter, err
		}
		filter.Resources = append(filter.Resources, resource)
	}
	return filter, nil
}

// object reads KIND/NAME.
func (f *flags) object(filter *store.Filter, watches []store.Watch, object string) error {
	kind, name, ok := strings.Cut(object, "/")
	if !ok || kind == "" || name == "" {
		return misuse("%q is no object: name one as pod/web-0, or widgets.example.com/x", object)
	}
	if f.kinds != "" {
		return misuse("--kind and the object %s contradict each other", object)
	}
	resource, err := resolve(watches, kind)
	filter.Resources, filter.Name = []string{resource}, name
	return err
}

// resolve finds the kind of a name among those that are recorded.
func resolve(watches []store.Watch, name string) (string, error) {
	name = strings.ToLower(name)
	var all, found []string
	for _, w := range watches {
		all = append(all, w.Resource)
		if slices.Contains(w.Names, name) {
			found = append(found, w.Resource)
		}
	}
	if k, err := kinds.Builtin().Lookup(name); err == nil && slices.Contains(found, resourceOf(k)) {
		return resourceOf(k), nil // the one that kubectl takes, too
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", nothing("no %q is recorded; there are %s", name, strings.Join(all, ", "))
	}
	return "", misuse("%q may be each of %s", name, strings.Join(found, ", "))
}
