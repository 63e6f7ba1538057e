package raw_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
)

// podMaker makes pods that are about as large as real ones and, like those of
// many teams, unlike each other in what they contain. The same seed makes the
// same pods.
type podMaker struct{ *rand.Rand }

func newPodMaker(seed uint64) podMaker { return podMaker{rand.New(rand.NewPCG(seed, 0))} }

func (p podMaker) word() string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, 4+p.IntN(9))
	for i := range b {
		b[i] = letters[p.IntN(len(letters))]
	}
	b[0] = letters[p.IntN(26)]
	return string(b)
}

func (p podMaker) chance(percent int) bool { return p.IntN(100) < percent }

func (p podMaker) list(n int, f func(i int) any) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = f(i)
	}
	return list
}

func (p podMaker) words(n int, prefix string) map[string]any {
	m := map[string]any{}
	for range n {
		m[prefix+p.word()] = p.word()
	}
	return m
}

func (p podMaker) time() string {
	return fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02dZ", 1+p.IntN(12), 1+p.IntN(28), p.IntN(24), p.IntN(60), p.IntN(60))
}

func (p podMaker) uid() string {
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", p.Uint32(), p.IntN(1<<16), p.IntN(1<<16), p.IntN(1<<16), p.Uint64N(1<<48))
}

func (p podMaker) env(int) any {
	switch p.IntN(4) {
	case 0:
		return map[string]any{"name": p.word(), "valueFrom": map[string]any{
			"secretKeyRef": map[string]any{"name": p.word(), "key": p.word()}}}
	case 1:
		return map[string]any{"name": p.word(), "valueFrom": map[string]any{
			"fieldRef": map[string]any{"apiVersion": "v1", "fieldPath": "metadata.name"}}}
	case 2:
		return map[string]any{"name": p.word(), "value": `{"level":"` + p.word() + `","naïve":"ja"}` + "\n"}
	}
	return map[string]any{"name": p.word(), "value": "http://" + p.word() + ".svc:8080/?a=1&b=" + p.word()}
}

func (p podMaker) probe() any {
	return map[string]any{"failureThreshold": 3 + p.IntN(9), "periodSeconds": 10, "successThreshold": 1,
		"timeoutSeconds": 1 + p.IntN(9), "httpGet": map[string]any{"path": "/" + p.word(), "port": 8000 + p.IntN(999), "scheme": "HTTP"}}
}

func (p podMaker) container(i int) any {
	c := map[string]any{
		"name": p.word(), "image": "registry.example.com/" + p.word() + "/" + p.word() + ":v1." + fmt.Sprint(p.IntN(99)),
		"imagePullPolicy": "IfNotPresent", "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
		"env": p.list(3+p.IntN(12), p.env),
		"resources": map[string]any{
			"limits":   map[string]any{"cpu": fmt.Sprintf("%dm", 100*p.IntN(20)), "memory": "512Mi"},
			"requests": map[string]any{"cpu": "100m", "memory": fmt.Sprintf("%dMi", 64*p.IntN(16))}},
		"volumeMounts": p.list(1+p.IntN(4), func(int) any {
			return map[string]any{"mountPath": "/var/run/" + p.word(), "name": p.word(), "readOnly": p.chance(50)}
		}),
	}
	if p.chance(60) {
		c["args"] = p.list(1+p.IntN(6), func(int) any { return "--" + p.word() + "=" + p.word() })
	}
	if p.chance(60) {
		c["livenessProbe"], c["readinessProbe"] = p.probe(), p.probe()
	}
	if p.chance(40) {
		c["securityContext"] = map[string]any{"allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []any{"ALL"}}, "runAsUser": 65532}
	}
	return c
}

func (p podMaker) status(containers []any) map[string]any {
	return map[string]any{
		"phase": "Running", "qosClass": "Burstable", "startTime": p.time(),
		"hostIP": "10.0.0.1", "podIP": fmt.Sprintf("10.%d.%d.%d", p.IntN(255), p.IntN(255), p.IntN(255)),
		"conditions": p.list(4, func(i int) any {
			return map[string]any{"lastProbeTime": nil, "lastTransitionTime": p.time(), "status": "True",
				"type": []string{"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady"}[i]}
		}),
		"containerStatuses": p.list(len(containers), func(i int) any {
			c := containers[i].(map[string]any)
			return map[string]any{"name": c["name"], "image": c["image"], "ready": true, "started": true, "restartCount": p.IntN(4),
				"containerID": fmt.Sprintf("containerd://%016x%016x%016x%016x", p.Uint64(), p.Uint64(), p.Uint64(), p.Uint64()),
				"imageID":     fmt.Sprintf("sha256:%016x%016x%016x%016x", p.Uint64(), p.Uint64(), p.Uint64(), p.Uint64()),
				"lastState":   map[string]any{}, "state": map[string]any{"running": map[string]any{"startedAt": p.time()}}}
		}),
	}
}

// pod makes one pod, as an item of a List: without kind and apiVersion.
func (p podMaker) pod() map[string]any {
	containers := p.list(1+p.IntN(3), p.container)
	app := p.word()
	meta := map[string]any{
		"name": app + "-" + p.word(), "generateName": app + "-", "namespace": p.word(), "uid": p.uid(),
		"resourceVersion": fmt.Sprint(p.IntN(1 << 30)), "creationTimestamp": p.time(),
		"labels": p.words(1+p.IntN(6), "app.example.com/"), "annotations": p.words(p.IntN(6), "notes.example.com/"),
		"ownerReferences": []any{map[string]any{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": app, "uid": p.uid(), "controller": true}},
	}
	spec := map[string]any{
		"containers": containers, "dnsPolicy": "ClusterFirst", "nodeName": p.word(), "restartPolicy": "Always",
		"schedulerName": "default-scheduler", "serviceAccountName": app, "terminationGracePeriodSeconds": 30,
		"volumes": p.list(1+p.IntN(5), func(int) any {
			return map[string]any{"name": p.word(), "configMap": map[string]any{"name": p.word(), "defaultMode": 420}}
		}),
		"tolerations": []any{map[string]any{"effect": "NoExecute", "key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 300}},
	}
	if p.chance(30) {
		spec["nodeSelector"] = p.words(1+p.IntN(3), "pool.example.com/")
	}
	pod := map[string]any{"metadata": meta, "spec": spec, "status": p.status(containers)}
	meta["managedFields"] = []any{
		p.managed("kube-controller-manager", "", map[string]any{"metadata": map[string]any{"labels": meta["labels"]}, "spec": map[string]any{"containers": containers}}),
		p.managed("kubelet", "status", map[string]any{"status": pod["status"]}),
	}
	return pod
}

func (p podMaker) managed(manager, subresource string, owned any) any {
	return map[string]any{"apiVersion": "v1", "fieldsType": "FieldsV1", "manager": manager, "operation": "Update",
		"subresource": subresource, "time": p.time(), "fieldsV1": fieldsOf(owned)}
}

// fieldsOf is the set of the fields of v, as managedFields write it.
func fieldsOf(v any) any {
	set := map[string]any{}
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			set["f:"+name] = fieldsOf(e)
		}
	case []any:
		for _, e := range v {
			if m, ok := e.(map[string]any); ok && m["name"] != nil {
				set[fmt.Sprintf(`k:{"name":%q}`, m["name"])] = fieldsOf(e)
			}
		}
	}
	if len(set) > 0 {
		set["."] = map[string]any{}
	}
	return set
}

// podListText is a List of n pods that are unlike each other.
func podListText(seed uint64, n int) []byte {
	p := newPodMaker(seed)
	var b bytes.Buffer
	b.WriteString(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"123456"},"items":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(mustMarshal(p.pod()))
	}
	b.WriteString("]}\n")
	return b.Bytes()
}

func mustMarshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

var largeList = sync.OnceValue(func() []byte { return podListText(1, 5000) })
