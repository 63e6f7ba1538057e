package churn

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// oracle is client-go's reflector, which keeps a store of the same objects.
type oracle struct {
	store cache.Store
	done  chan struct{}
}

// newOracle follows the server without a proxy: with one that is frozen, client-go
// would wait for as long as that lasts. Its pauses are short, because it is to be
// there when it is asked.
func newOracle(ctx context.Context, config *rest.Config) (*oracle, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	resource := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"})
	lw := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return resource.List(ctx, options)
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return resource.Watch(ctx, options)
		},
	}
	o := &oracle{cache.NewStore(cache.MetaNamespaceKeyFunc), make(chan struct{})}
	r := cache.NewReflectorWithOptions(lw, &unstructured.Unstructured{}, o.store, cache.ReflectorOptions{
		Backoff: &wait.Backoff{Duration: 200 * time.Millisecond, Factor: 1, Steps: 1},
	})
	go func() {
		defer close(o.done)
		r.RunWithContext(ctx)
	}()
	return o, nil
}

// differences finds how its store is not what the server lists.
func (o *oracle) differences(want map[Key]Revision) []Difference {
	got := map[Key]Revision{}
	for _, item := range o.store.List() {
		object, ok := item.(*unstructured.Unstructured)
		if !ok {
			continue
		}
		mark, _, _ := unstructured.NestedString(object.Object, "data", markField)
		key := Key{object.GetNamespace(), object.GetName()}
		got[key] = Revision{
			Key: key, UID: string(object.GetUID()), Version: number(object.GetResourceVersion()), Mark: mark,
			Selected: object.GetLabels()[selectedLabel] == "yes",
		}
	}
	return Differences(got, want)
}
