package items_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubeviews/kube/items"
)

// podOf14KB is as large as a pod with its managedFields, and so is what is in it.
func podOf14KB(version int, reason string) string {
	var containers, statuses, managed []string
	for i := range 4 {
		var env []string
		for j := range 20 {
			env = append(env, fmt.Sprintf(`{"name":"VARIABLE_%d","value":"some value of %d"}`, j, j))
		}
		containers = append(containers, fmt.Sprintf(`{"name":"c%d","image":"registry.example.com/team/image:%d","env":[%s],"ports":[{"containerPort":80,"protocol":"TCP"}],"resources":{"requests":{"cpu":"100m","memory":"64Mi"}},"volumeMounts":[{"name":"v","mountPath":"/v"}]}`, i, i, strings.Join(env, ",")))
		statuses = append(statuses, fmt.Sprintf(`{"name":"c%d","ready":true,"restartCount":0,"image":"registry.example.com/team/image:%d","imageID":"sha256:0123456789abcdef0123456789abcdef","containerID":"containerd://0123456789abcdef0123456789abcdef","state":{"running":{"startedAt":"2026-01-01T00:00:00Z"}}}`, i, i))
	}
	for i := range 4 {
		var fields []string
		for j := range 67 {
			fields = append(fields, fmt.Sprintf(`"f:field%d":{"f:below":{}}`, j))
		}
		managed = append(managed, fmt.Sprintf(`{"manager":"m%d","operation":"Update","time":"2026-01-01T00:00:%02dZ","fieldsV1":{%s}}`, i, version, strings.Join(fields, ",")))
	}
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0","namespace":"shop","uid":"u","resourceVersion":"%d","labels":{"app":"web"},"managedFields":[%s]},"spec":{"containers":[%s],"nodeName":"n"},"status":{"phase":"Running","conditions":[{"type":"Initialized","status":"True"},{"type":"Ready","status":"True","reason":"%s"},{"type":"PodScheduled","status":"True"}],"containerStatuses":[%s]}}`,
		version, strings.Join(managed, ","), strings.Join(containers, ","), reason, strings.Join(statuses, ","))
}

func BenchmarkDiff(b *testing.B) {
	texts := []string{podOf14KB(10, "a"), podOf14KB(11, "b")}
	old, new := thing(b, texts[0]), thing(b, texts[1])
	b.SetBytes(int64(len(texts[0])))
	b.ReportAllocs()
	for b.Loop() {
		if items.Diff(old, new).Len() != 1 {
			b.Fatal(items.Diff(old, new))
		}
	}
}
