package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
)

type object = map[string]any

// in is the state of a container, as its kubelet writes it.
func in(name, state string, how object, more ...any) object {
	c := object{"name": name, "image": "example.com/" + name, "restartCount": 0, "ready": false, "state": object{state: how}}
	for i := 0; i < len(more); i += 2 {
		c[more[i].(string)] = more[i+1]
	}
	return c
}

// podIn is a pod of two init containers, of which the second may be a sidecar, and two
// others.
func podIn(phase string, sidecar bool, first, others []any, status ...any) object {
	second := object{"name": "i2", "image": "example.com/i2"}
	if sidecar {
		second["restartPolicy"] = "Always"
	}
	of := object{"phase": phase, "initContainerStatuses": first, "containerStatuses": others}
	for i := 0; i < len(status); i += 2 {
		of[status[i].(string)] = status[i+1]
	}
	return object{"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": "p", "namespace": "default", "uid": "u"},
		"spec": object{"initContainers": []any{object{"name": "i1", "image": "example.com/i1"}, second},
			"containers": []any{object{"name": "a", "image": "example.com/a"}, object{"name": "b", "image": "example.com/b"}}},
		"status": of}
}

func isSo(conditions ...string) (all []any) {
	for _, c := range conditions {
		name, status, _ := strings.Cut(c, "=")
		status, reason, _ := strings.Cut(status, " ")
		all = append(all, object{"type": name, "status": status, "reason": reason})
	}
	return all
}

func all(of ...any) []any { return of }

// The word is the one that kubectl get prints.
func TestPodStatus(t *testing.T) {
	var (
		done    = in("i1", "terminated", object{"exitCode": 0, "reason": "Completed"}, "ready", true)
		waits   = in("i2", "waiting", object{"reason": "PodInitializing"})
		side    = in("i2", "running", object{}, "ready", true, "started", true)
		heldA   = in("a", "waiting", object{"reason": "PodInitializing"})
		held    = all(heldA, in("b", "waiting", object{"reason": "PodInitializing"}))
		run     = in("a", "running", object{}, "ready", true)
		running = all(run, in("b", "running", object{}, "ready", true))
		deleted = func(pod object) object {
			pod["metadata"].(object)["deletionTimestamp"] = "2030-01-01T00:00:00Z"
			return pod
		}
		ready = isSo("Initialized=True", "Ready=True")
	)
	for _, test := range []struct {
		want string // the word, its tone and how many containers are ready
		pod  object
	}{
		{"Running good 2/2", podIn("Running", false, all(done), running, "conditions", ready)},
		{"Running warn 1/2", podIn("Running", false, all(done), all(run, in("b", "running", object{})), "conditions", isSo("Initialized=True", "Ready=False"))},
		{"Running good 3/3", podIn("Running", true, all(done, side), running, "conditions", ready)},
		{"CrashLoopBackOff bad 1/2", podIn("Running", false, all(done), all(run, in("b", "waiting", object{"reason": "CrashLoopBackOff"})), "conditions", isSo("Initialized=True"))},
		{"NotReady warn 1/2", podIn("Running", false, all(done), all(run, in("b", "terminated", object{"exitCode": 0, "reason": "Completed"})), "conditions", isSo("Initialized=True", "Ready=False"))},
		{"ExitCode:3 bad 1/2", podIn("Running", false, nil, all(run, in("b", "terminated", object{"exitCode": 3})))},
		{"Pending warn 0/2", podIn("Pending", false, nil, nil)},
		{"SchedulingGated warn 0/2", podIn("Pending", false, nil, nil, "conditions", isSo("PodScheduled=False SchedulingGated"))},
		{"ContainerCreating warn 0/2", podIn("Pending", false, all(done, done), all(in("a", "waiting", object{"reason": "ContainerCreating"})))},
		{"Init:0/2 warn 0/2", podIn("Pending", false, all(in("i1", "running", object{}), waits), held)},
		{"Init:1/2 warn 0/2", podIn("Pending", false, all(done, waits), held)},
		{"Init:CrashLoopBackOff bad 0/2", podIn("Pending", false, all(in("i1", "waiting", object{"reason": "CrashLoopBackOff"}), waits), held)},
		{"Init:Error bad 0/2", podIn("Pending", false, all(done, in("i2", "terminated", object{"exitCode": 1, "reason": "Error"})), held)},
		{"Init:ExitCode:7 bad 0/2", podIn("Pending", false, all(in("i1", "terminated", object{"exitCode": 7})), held)},
		{"Init:Signal:9 bad 0/2", podIn("Pending", false, all(in("i1", "terminated", object{"exitCode": 137, "signal": 9})), held)},
		{"Init:1/2 warn 0/3", podIn("Pending", true, all(done, in("i2", "running", object{}, "started", false)), held)},
		{"PodInitializing warn 1/3", podIn("Pending", true, all(done, side), held)},
		{"Evicted bad 0/2", podIn("Failed", false, nil, nil, "reason", "Evicted")},
		{"Failed bad 0/2", podIn("Failed", false, nil, nil)},
		{"Error bad 0/2", podIn("Failed", false, nil, all(in("a", "terminated", object{"exitCode": 1, "reason": "Error"})))},
		{"Completed quiet 0/2", podIn("Succeeded", false, nil, all(in("a", "terminated", object{"exitCode": 0, "reason": "Completed"})))},
		{"Terminating warn 2/2", deleted(podIn("Running", false, all(done), running, "conditions", ready))},
		{"Unknown bad 0/2", deleted(podIn("Running", false, nil, nil, "reason", "NodeLost"))},
		{"Evicted bad 0/2", deleted(podIn("Failed", false, nil, nil, "reason", "Evicted"))},
	} {
		pod, err := items.From[items.Pod](test.pod)
		if err != nil {
			t.Fatal(err)
		}
		c := podStatus(pod)
		if got := fmt.Sprint(c.Text, " ", c.Tone, " ", readyContainers(pod).Text); got != test.want {
			t.Errorf("%s, not %s: %s", got, test.want, pod.Raw().Get("status"))
		}
	}
}

// The page of a pod shows its init containers too, and which of all are in trouble.
func TestContainersOfAPod(t *testing.T) {
	pod := podIn("Pending", true, all(
		in("i1", "terminated", object{"exitCode": 0, "reason": "Completed"}, "ready", true),
		in("i2", "waiting", object{"reason": "CrashLoopBackOff"}, "lastState", object{"terminated": object{"exitCode": 2}})),
		all(in("a", "waiting", object{"reason": "PodInitializing"}), in("b", "running", object{}, "ready", true)))
	s := serve(t, kubetest.NewServer(t, kubetest.WithObjects(pod)).URL(), "pods")
	shows(t, s, 200, "/pods/default/p", []string{
		`<td>i1 <small>init</small></td><td><span class="tone quiet">Completed</span></td>`,
		`<td>i2 <small>sidecar</small></td><td><span class="tone bad">CrashLoopBackOff</span> <small>last ended with 2</small></td>`,
		`<td>a</td><td><span class="tone warn">PodInitializing</span></td>`,
		`<td>b</td><td><span class="tone good">running</span></td>`,
		`<span class="tone bad chip">Init:CrashLoopBackOff</span>`,
	}, nil)
}
