package items

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kubeviews/kube/internal/rest"
)

// TestPodRequests has the examples of the scheduler's rules: KEP-753, KEP-2837.
func TestPodRequests(t *testing.T) {
	for name, test := range map[string]struct{ spec, want string }{
		"none":      {`{"containers":[{"name":"a"}]}`, ""},
		"sum":       {`{"containers":[` + asking("100m", "1Gi") + `,` + asking("1", "512Mi") + `]}`, "cpu=1100m memory=1536Mi"},
		"numbers":   {`{"containers":[{"resources":{"requests":{"cpu":2}}}]}`, "cpu=2"},
		"init more": {`{"containers":[` + asking("100m", "1Gi") + `],"initContainers":[` + asking("1", "1Mi") + `,` + asking("2", "1Mi") + `]}`, "cpu=2 memory=1Gi"},
		"sidecar": {`{"containers":[` + asking("100m", "1Gi") + `],"initContainers":[` + sidecar("200m") + `,` + asking("500m", "2Gi") + `]}`,
			"cpu=700m memory=2Gi"},
		"sidecar behind": {`{"containers":[` + asking("100m", "1Gi") + `],"initContainers":[` + asking("250m", "1Mi") + `,` + sidecar("200m") + `]}`,
			"cpu=300m memory=1Gi"},
		"whole":    {`{"resources":{"requests":{"cpu":"3"}},"containers":[` + asking("100m", "1Gi") + `]}`, "cpu=3 memory=1Gi"},
		"overhead": {`{"overhead":{"cpu":"50m"},"containers":[` + asking("100m", "1Gi") + `]}`, "cpu=150m memory=1Gi"},
		"others":   {`{"containers":[{"resources":{"requests":{"nvidia.com/gpu":"1"}}}]}`, "nvidia.com/gpu=1"},
	} {
		t.Run(name, func(t *testing.T) {
			pod, err := From[Pod]([]byte(`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"},"spec":` + test.spec + `}`))
			if err != nil {
				t.Fatal(err)
			}
			got, err := pod.Requests()
			if err != nil || amountsText(got) != test.want {
				t.Errorf("got %s, %v, want %s", amountsText(got), err, test.want)
			}
		})
	}
}

func TestPodRequestsMalformed(t *testing.T) {
	for spec, path := range map[string]string{
		`null`: "spec",
		`{"containers":[{},{"resources":{"requests":{"cpu":"much"}}}]}`: "spec.containers[1].resources.requests.cpu",
		`{"containers":{}}`:        "spec.containers",
		`{"overhead":{"cpu":"x"}}`: "spec.overhead.cpu",
	} {
		pod, err := From[Pod]([]byte(`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"},"spec":` + spec + `}`))
		if err != nil {
			t.Fatal(err)
		}
		_, err = pod.Requests()
		if told, ok := errors.AsType[*rest.StatusError](err); !ok || strings.ReplaceAll(told.Path, ".1.", "[1].") != path {
			t.Errorf("%s: %v", spec, err)
		}
	}
}

func asking(cpu, memory string) string {
	return fmt.Sprintf(`{"resources":{"requests":{"cpu":%q,"memory":%q}}}`, cpu, memory)
}

func sidecar(cpu string) string {
	return fmt.Sprintf(`{"restartPolicy":"Always","resources":{"requests":{"cpu":%q}}}`, cpu)
}

func amountsText(r Resources) string {
	var all []string
	for _, name := range r.Names() {
		q, _ := r.Get(name)
		all = append(all, name+"="+q.String())
	}
	return strings.Join(all, " ")
}
