package kubetest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Option changes how a Server is made.
type Option func(*options) error

type options struct {
	clock        func() time.Time
	seeds        []any
	resources    []Resource
	left         []string // group versions that are not served
	plainOnly    bool     // no aggregated discovery
	freshness    time.Duration
	requestLimit int
	history      int
	holdAll      bool // namespaces stay in termination
	oldDelete    bool // 409 on deleting a terminating namespace
	openProxy    bool // no filter in front
	version      string
	bookmarks    time.Duration
	noCollector  bool
	user         User
}

func defaultOptions() options {
	return options{
		clock:        time.Now,
		freshness:    3 * time.Second,
		requestLimit: 10_000,
		history:      defaultHistory,
		version:      "v1.36.3",
		bookmarks:    time.Minute,
		user:         User{Name: "kubernetes-admin", Groups: []string{"system:masters", "system:authenticated"}},
	}
}

func (o *options) leaves(group, version string) bool {
	return slices.Contains(o.left, groupVersion(group, version))
}

// WithObjects seeds the server with objects: maps, JSON text, or structs with
// JSON tags. Namespaces that they name are made where they are missing.
func WithObjects(objs ...any) Option {
	return func(o *options) error {
		o.seeds = append(o.seeds, objs...)
		return nil
	}
}

// WithYAML seeds the server with the manifests in the files that match the
// globs; a file may hold several documents.
func WithYAML(files fs.FS, globs ...string) Option {
	return func(o *options) error {
		for _, glob := range globs {
			names, err := fs.Glob(files, glob)
			if err != nil {
				return fmt.Errorf("kubetest: %w", err)
			}
			if len(names) == 0 {
				return fmt.Errorf("kubetest: no file matches %q", glob)
			}
			for _, name := range names {
				data, err := fs.ReadFile(files, name)
				if err != nil {
					return fmt.Errorf("kubetest: %w", err)
				}
				o.seeds = append(o.seeds, manifest{name: name, data: data})
			}
		}
		return nil
	}
}

// WithYAMLFiles seeds the server with the manifests in files of the operating
// system.
func WithYAMLFiles(paths ...string) Option {
	return func(o *options) error {
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				return fmt.Errorf("kubetest: %w", err)
			}
			o.seeds = append(o.seeds, manifest{name: filepath.Base(path), data: data})
		}
		return nil
	}
}

// WithClock gives the server its time: timestamps, the age of continue tokens,
// compaction.
func WithClock(clock func() time.Time) Option {
	return func(o *options) error {
		o.clock = clock
		return nil
	}
}

// WithResource serves a kind that no CustomResourceDefinition declares.
func WithResource(resources ...Resource) Option {
	return func(o *options) error {
		for _, r := range resources {
			if err := r.check(); err != nil {
				return err
			}
			o.resources = append(o.resources, r)
		}
		return nil
	}
}

// WithoutAggregatedDiscovery makes discovery answer in its older form only, one
// document for each group version, as servers before 1.26 do.
func WithoutAggregatedDiscovery() Option {
	return func(o *options) error {
		o.plainOnly = true
		return nil
	}
}

// WithoutGroupVersions leaves out built-in group versions, such as "apps/v1" or
// "v1", so that a client's choice among versions can be tested.
func WithoutGroupVersions(apiVersions ...string) Option {
	return func(o *options) error {
		o.left = append(o.left, apiVersions...)
		return nil
	}
}

// WithFreshnessWait sets how long a request waits for a resourceVersion that the
// server has not reached, before it is answered with 504. It is 3 seconds
// otherwise, as in the real server.
func WithFreshnessWait(d time.Duration) Option {
	return func(o *options) error {
		o.freshness = d
		return nil
	}
}

// WithRequestLimit sets how many requests [Server.Requests] remembers, the
// newest ones; 0 turns the log off. It is 10,000 otherwise.
func WithRequestLimit(n int) Option {
	return func(o *options) error {
		o.requestLimit = n
		return nil
	}
}

// WithHistory sets how many changes of each kind the server remembers for watches, at
// least: who asks for what was before them is told that it is gone (410), as the real
// server does it. It is 50,000 otherwise, and a long-lived server with large objects
// should remember less.
func WithHistory(n int) Option {
	return func(o *options) error {
		if n < 1 {
			return fmt.Errorf("kubetest: a history of %d changes", n)
		}
		o.history = 2 * n
		return nil
	}
}

// WithHeldNamespaces keeps every namespace that is deleted in its Terminating
// phase, with its contents, until [Server.ReleaseNamespace].
func WithHeldNamespaces() Option {
	return func(o *options) error {
		o.holdAll = true
		return nil
	}
}

// WithNamespaceConflict answers the deletion of a namespace that is already
// terminating with 409 Conflict, as older servers do. The 1.36 server answers
// 200 with the namespace.
func WithNamespaceConflict() Option {
	return func(o *options) error {
		o.oldDelete = true
		return nil
	}
}

// WithOpenProxy serves exec, attach and any Host header, as "kubectl proxy" does
// with --reject-paths and --accept-hosts lifted. See [Server.SetExec].
func WithOpenProxy() Option {
	return func(o *options) error {
		o.openProxy = true
		return nil
	}
}

// WithServerVersion sets the gitVersion of /version, such as "v1.32.1".
func WithServerVersion(gitVersion string) Option {
	return func(o *options) error {
		o.version = gitVersion
		return nil
	}
}

// WithoutGarbageCollection leaves deleted objects to their finalizers: those
// with the orphan or foregroundDeletion finalizer stay, and so do the dependents
// of what is gone. Otherwise the server does at once what the garbage collector
// and the controllers for volume protection do in a cluster.
func WithoutGarbageCollection() Option {
	return func(o *options) error {
		o.noCollector = true
		return nil
	}
}

// WithBookmarkInterval sets how often an idle watch that asked for bookmarks
// gets one. It is a minute otherwise.
func WithBookmarkInterval(d time.Duration) Option {
	return func(o *options) error {
		o.bookmarks = d
		return nil
	}
}
