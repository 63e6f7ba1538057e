package follow

import "github.com/kubeviews/kube/watch"

// The words of package watch that are on every line here.
type (
	Event[T any] = watch.Event[T]
	Gap          = watch.Gap
	Type         = watch.Type
)

const (
	Added    = watch.Added
	Modified = watch.Modified
	Deleted  = watch.Deleted
	Error    = watch.Error
	Missed   = watch.Missed
	Synced   = watch.Synced
)
