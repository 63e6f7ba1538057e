package kubetest_test

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/kubeviews/kube/kubetest"
)

// fetch is a stand-in for the client that a program would use.
func fetch(url string) string {
	resp, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Sprintf("%d and then %v", resp.StatusCode, err)
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, body)
}

// A server for a program that is no test.
func ExampleStart() {
	srv, err := kubetest.Start(
		kubetest.WithClock(func() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }),
		kubetest.WithObjects(`
apiVersion: v1
kind: ConfigMap
metadata: {name: colors, namespace: shop, uid: 6f6e6d6c}
data: {sky: blue}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	fmt.Print(fetch(srv.URL() + "api/v1/namespaces/shop/configmaps/colors"))
	fmt.Print(fetch(srv.URL() + "api/v1/namespaces/shop/configmaps/shapes"))
	// Output:
	// 200 {"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"colors","namespace":"shop","uid":"6f6e6d6c","resourceVersion":"106","creationTimestamp":"2030-01-01T00:00:00Z"},"data":{"sky":"blue"}}
	// 404 {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \"shapes\" not found","reason":"NotFound","details":{"kind":"configmaps","name":"shapes"},"code":404}
}

// The first two requests fail, and an answer breaks off in its middle.
func ExampleServer_Inject() {
	srv, err := kubetest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	srv.Inject(kubetest.Fault{Path: "/version", Times: 2, Status: 503, Body: []byte("not now")})
	cut := srv.Inject(kubetest.Fault{Path: "/version", Cut: true, CutAt: 10})
	for range 3 {
		fmt.Println(fetch(srv.URL() + "version"))
	}
	fmt.Println("cut", cut.Fired(), "time")
	// Output:
	// 503 not now
	// 503 not now
	// 200 and then unexpected EOF
	// cut 1 time
}

// What controllers and kubelets would do, the test does.
func ExampleServer_Update() {
	srv, err := kubetest.Start(kubetest.WithObjects(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0","namespace":"default"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	pod, err := srv.Update("pods", "default", "web-0", func(pod kubetest.Object) {
		pod.Put("Running", "status", "phase")
		pod.Put("10.1.2.3", "status", "podIP")
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pod.Name(), pod.Text("status", "phase"), pod.Text("status", "podIP"))
	// Output: web-0 Running 10.1.2.3
}
