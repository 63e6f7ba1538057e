package fieldpath_test

import (
	"fmt"

	"github.com/kubeviews/kube/fieldpath"
	"github.com/kubeviews/kube/raw"
)

func ExamplePath() {
	pod, err := raw.Parse([]byte(`{"spec": {"containers": [{"name": "log", "image": "log:1"}, {"name": "web", "image": "web:2"}]}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	path, err := fieldpath.Parse("spec.containers[name=web].image")
	fmt.Println(path, err)
	fmt.Println(path.In(pod.Value()).Text())
	fmt.Println(path.Parent())

	containers := fieldpath.Path("").Field("spec").Field("containers")
	fmt.Println(containers.Key(pod.Get("spec", "containers", "1"), "name").Field("image") == path)
	fmt.Println(fieldpath.Path("metadata.labels").Field("example.com/team"))
	// Output:
	// spec.containers[name="web"].image <nil>
	// web:2 <nil>
	// spec.containers[name="web"]
	// true
	// metadata.labels["example.com/team"]
}
