package raw_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/kubeviews/kube/raw"
)

func ExampleParse() {
	o, err := raw.Parse([]byte(`{"kind": "ConfigMap", "data": {"color": "blue"}}`))
	fmt.Println(o, err)

	_, err = raw.Parse([]byte(`{"kind": "ConfigMap", "data": {"color": "blue", "color": "red"}}`))
	fmt.Println(err)
	if fault, ok := errors.AsType[*raw.SyntaxError](err); ok {
		fmt.Println(fault.Offset, fault.Pointer)
	}
	// Output:
	// {"kind":"ConfigMap","data":{"color":"blue"}} <nil>
	// bad JSON at offset 48 in /data/color: duplicate name
	// 48 /data/color
}

func ExampleObject_Get() {
	pod, err := raw.Parse([]byte(`{
		"metadata": {"name": "web-0", "labels": {"app.kubernetes.io/name": "web"}},
		"status": {"containerStatuses": [{"name": "nginx", "restartCount": 3}]}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	app, err := pod.Get("metadata", "labels", "app.kubernetes.io/name").Text()
	fmt.Println(app, err)
	restarts, err := pod.Get("status", "containerStatuses", "0", "restartCount").Int()
	fmt.Println(restarts, err)
	phase, err := pod.Get("status", "phase").Text()
	fmt.Printf("%q %v\n", phase, err)
	// Output:
	// web <nil>
	// 3 <nil>
	// "" want a string, got nothing
}

func ExampleObject_With() {
	old, err := raw.Parse([]byte(`{"metadata":{"name":"web"},"spec":{"replicas":2}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	scaled, err := old.With(5, "spec", "replicas")
	if err != nil {
		fmt.Println(err)
		return
	}
	labelled, err := scaled.With("yes", "metadata", "labels", "audited")
	fmt.Println(labelled, err)
	fmt.Println(old)
	_, err = old.With(1, "spec", "replicas", "web")
	fmt.Println(err)
	// Output:
	// {"metadata":{"name":"web","labels":{"audited":"yes"}},"spec":{"replicas":5}} <nil>
	// {"metadata":{"name":"web"},"spec":{"replicas":2}}
	// cannot change /spec/replicas: it is a number, not an object
}

func ExampleListReader() {
	body := strings.NewReader(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[
		{"metadata":{"name":"web-0","managedFields":[{"manager":"kubelet"}]}},
		{"metadata":{"name":"web-1"}}
	]}`)
	list := raw.NewListReader(body, raw.ReadOptions{Kind: "Pod", APIVersion: "v1", DropManagedFields: true})
	for {
		pod, err := list.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(pod, pod.ManagedFieldsDropped())
	}
	fmt.Println(list.Head().Get("metadata", "resourceVersion"))
	// Output:
	// {"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0"}} true
	// {"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-1"}} false
	// "7"
}

func ExampleObject_Sensitive() {
	o, err := raw.Parse([]byte(`{"data":{"password":"aHVudGVyMg=="}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	hidden := o.Sensitive()
	fmt.Println(strings.Contains(fmt.Sprintf("%+v", hidden), "aHVudGVyMg"))
	password, err := hidden.Get("data", "password").Text()
	fmt.Println(password, err)
	// Output:
	// false
	// aHVudGVyMg== <nil>
}
