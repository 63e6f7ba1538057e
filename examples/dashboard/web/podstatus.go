package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

// podStatus is the one word for a pod that kubectl prints: why a container waits or
// has ended tells more than the phase.
func podStatus(pod items.Pod) cell {
	word := podWord(pod)
	tone := wordTone(word)
	if word == "Running" && or(pod.Ready()) {
		tone = "good"
	}
	return cell{Text: word, Tone: tone}
}

// wordTone is the tone of a pod's word, and of why a container waits. Those that are
// not known tell of a fault.
func wordTone(word string) string {
	switch word {
	case "":
		return ""
	case "Succeeded", "Completed":
		return "quiet"
	case "Running", "Pending", "NotReady", "Terminating", "ContainerCreating", "PodInitializing", "SchedulingGated":
		return "warn"
	}
	if strings.HasPrefix(word, "Init:") && strings.Contains(word, "/") { // so many of so many
		return "warn"
	}
	return "bad"
}

// podWord goes by what kubectl heeds, in its order.
func podWord(pod items.Pod) string {
	reason, phase := or(pod.Reason()), or(pod.Phase())
	ended := phase == kinds.PodSucceeded || phase == kinds.PodFailed
	switch {
	case pod.Meta().Deleting() && reason == "NodeLost":
		return "Unknown"
	case pod.Meta().Deleting() && !ended:
		return "Terminating"
	}
	first := initWord(pod)
	if first == "" || isTrue(pod, "Initialized") {
		if word := containerWord(pod); word != "" {
			return word
		}
	}
	if first != "" {
		return first
	}
	if scheduled, _ := pod.Condition("PodScheduled"); scheduled.Reason == "SchedulingGated" {
		return scheduled.Reason
	}
	if reason != "" {
		return reason
	}
	return string(phase)
}

func isTrue(pod items.Pod, condition string) bool {
	c, _ := pod.Condition(condition)
	return c.Status == kinds.ConditionTrue
}

// initWord tells of the first init container that is not done: "" when all are.
func initWord(pod items.Pod) string {
	all, _ := pod.InitContainers()
	sidecars := sidecars(pod)
	for i, c := range all {
		state := c.State()
		switch reason := or(state.Reason()); {
		case state.Terminated() && or(state.ExitCode()) == 0:
		case slices.Contains(sidecars, or(c.Name())) && or(c.Raw().Get("started").Bool()):
		case state.Terminated():
			return "Init:" + endWord(state)
		case state.Waiting() && reason != "" && reason != "PodInitializing":
			return "Init:" + reason
		default:
			return fmt.Sprintf("Init:%d/%d", i, pod.Spec().Get("initContainers").Len())
		}
	}
	return ""
}

// containerWord tells of the first container that does not run: "" when all do. One
// that has ended well tells nothing while another runs.
func containerWord(pod items.Pod) (word string) {
	all, _ := pod.Containers()
	runs := false
	for _, c := range slices.Backward(all) {
		switch state := c.State(); {
		case state.Terminated():
			word = endWord(state)
		case state.Running():
			runs = runs || or(c.Ready())
		case or(state.Reason()) != "":
			word = or(state.Reason())
		}
	}
	if word != "Completed" || !runs {
		return word
	}
	if isTrue(pod, "Ready") {
		return "Running"
	}
	return "NotReady"
}

// endWord is why a container has ended.
func endWord(state items.ContainerState) string {
	if reason := or(state.Reason()); reason != "" {
		return reason
	}
	if signal := or(state.Signal()); signal != 0 {
		return fmt.Sprintf("Signal:%d", signal)
	}
	return fmt.Sprintf("ExitCode:%d", or(state.ExitCode()))
}

// sidecars are the init containers that run on beside the others.
func sidecars(pod items.Pod) (names []string) {
	for c := range pod.Spec().Get("initContainers").Elements() {
		if policy, _ := c.Get("restartPolicy").Text(); policy == "Always" {
			names = append(names, or(c.Get("name").Text()))
		}
	}
	return names
}

// readyContainers is how many of a pod's containers are ready, its sidecars among them.
func readyContainers(pod items.Pod) cell {
	var ready int64
	sidecars := sidecars(pod)
	for is := range pod.Status().Get("containerStatuses").Pluck("ready") {
		if or(is.Bool()) {
			ready++
		}
	}
	for c := range pod.Status().Get("initContainerStatuses").Elements() {
		if or(c.Get("ready").Bool()) && slices.Contains(sidecars, or(c.Get("name").Text())) {
			ready++
		}
	}
	c := readyOf(ready, int64(pod.Spec().Get("containers").Len()+len(sidecars)))
	if phase := or(pod.Phase()); phase == kinds.PodSucceeded {
		c.Tone = "quiet"
	}
	return c
}
