package follow

import (
	"fmt"
	"hash/fnv"

	"github.com/kubeviews/kube/watch"
)

// The words of package watch that the tests use beside.
type (
	Watcher[T any] = watch.Watcher[T]
	Start          = watch.Start
	Checkpoint     = watch.Checkpoint
	Status         = watch.Status
)

var (
	FromNow         = watch.FromNow
	StateFirst      = watch.StateFirst
	FromVersion     = watch.FromVersion
	From            = watch.From
	FromCheckpoint  = watch.FromCheckpoint
	ParseCheckpoint = watch.ParseCheckpoint
)

// checkpointOf is the checkpoint that a watcher of the place would have.
func checkpointOf(place, version string) Checkpoint {
	h := fnv.New64a()
	h.Write([]byte(place))
	c, err := ParseCheckpoint(fmt.Sprintf("kube1:%016x:%s", h.Sum64(), version))
	if err != nil {
		panic(err)
	}
	return c
}
