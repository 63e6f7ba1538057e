package data

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// resources asks for no more than the limits.
func (m maker) resources() corev1.ResourceRequirements {
	cpu, memory := 1+m.IntN(40), 1+m.IntN(64)
	amounts := func(cpu, memory int) corev1.ResourceList {
		return corev1.ResourceList{
			corev1.ResourceCPU:    *resource.NewMilliQuantity(int64(50*cpu), resource.DecimalSI),
			corev1.ResourceMemory: *resource.NewQuantity(int64(memory)<<26, resource.BinarySI),
		}
	}
	return corev1.ResourceRequirements{Limits: amounts(cpu, memory), Requests: amounts(1+m.IntN(cpu), 1+m.IntN(memory))}
}

// pod makes the n-th pod, one of an application.
func (m maker) pod(a application, n int) corev1.Pod {
	pod := corev1.Pod{ObjectMeta: m.meta(a, n), Spec: *a.spec.DeepCopy()}
	m.place(&pod)
	pod.Status = m.status(pod)
	m.manage(&pod)
	return pod
}

func (m maker) meta(a application, n int) metav1.ObjectMeta {
	labels, annotations := map[string]string{}, map[string]string{}
	for k, v := range a.labels {
		labels[k] = v
	}
	for k, v := range a.annotations {
		annotations[k] = v
	}
	if m.chance(30) {
		annotations["restarted.example.com/at"] = m.time().Format("2006-01-02T15:04:05Z")
	}
	return metav1.ObjectMeta{
		Name: a.name + "-" + a.hash + "-" + m.letters("bcdfghjklmnpqrstvwxz2456789", 5), GenerateName: a.name + "-" + a.hash + "-", Namespace: a.namespace,
		UID: types.UID(m.uid()), ResourceVersion: Version(m.IntN(n + 1)), Generation: 1, CreationTimestamp: m.time(), Labels: labels, Annotations: annotations,
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: a.name + "-" + a.hash, UID: a.owner, Controller: new(bool), BlockOwnerDeletion: new(bool)}},
	}
}

// place does what admission and the scheduler do to a pod.
func (m maker) place(pod *corev1.Pod) {
	token := "kube-api-access-" + m.letters("bcdfghjklmnpqrstvwxz2456789", 5)
	seconds, mode := int64(3607), int32(420)
	pod.Spec.NodeName = fmt.Sprintf("node-%04d.example.com", m.IntN(1000))
	pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: token, VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{DefaultMode: &mode,
		Sources: []corev1.VolumeProjection{
			{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{ExpirationSeconds: &seconds, Path: "token"}},
			{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "kube-root-ca.crt"}, Items: []corev1.KeyToPath{{Key: "ca.crt", Path: "ca.crt"}}}},
		}}}})
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		for _, v := range pod.Spec.Volumes {
			if v.Projected == nil && m.chance(70) {
				c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: v.Name, MountPath: "/var/run/" + v.Name})
			}
		}
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: token, ReadOnly: true, MountPath: "/var/run/secrets/kubernetes.io/serviceaccount"})
	}
}

var conditionTypes = []corev1.PodConditionType{"PodReadyToStartContainers", corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled}

func (m maker) status(pod corev1.Pod) corev1.PodStatus {
	started := m.time()
	s := corev1.PodStatus{Phase: corev1.PodRunning, QOSClass: corev1.PodQOSBurstable, StartTime: &started, HostIP: m.ip(), PodIP: m.ip()}
	s.HostIPs, s.PodIPs = []corev1.HostIP{{IP: s.HostIP}}, []corev1.PodIP{{IP: s.PodIP}}
	for _, kind := range conditionTypes {
		c := corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: m.time()}
		if m.chance(4) {
			c.Status, c.Reason, c.Message = corev1.ConditionFalse, "ContainersNotReady", "containers with unready status: ["+m.word()+"]"
		}
		s.Conditions = append(s.Conditions, c)
	}
	for _, c := range pod.Spec.InitContainers {
		s.InitContainerStatuses = append(s.InitContainerStatuses, m.containerStatus(c, 100))
	}
	for _, c := range pod.Spec.Containers {
		s.ContainerStatuses = append(s.ContainerStatuses, m.containerStatus(c, 3))
	}
	if m.chance(3) {
		s.Phase = corev1.PodPending
	}
	return s
}

func (m maker) containerStatus(c corev1.Container, ended int) corev1.ContainerStatus {
	s := corev1.ContainerStatus{Name: c.Name, Image: c.Image, Ready: true, Started: new(bool), RestartCount: int32(m.IntN(10) * m.IntN(2)),
		ContainerID: "containerd://" + m.hex(64), ImageID: "registry.example.com/x@sha256:" + digest(c.Image)}
	terminated := &corev1.ContainerStateTerminated{ExitCode: int32(m.IntN(3)), Reason: "Completed", StartedAt: m.time(), FinishedAt: m.time(), ContainerID: "containerd://" + m.hex(64)}
	if m.chance(ended) {
		s.State.Terminated = terminated
		return s
	}
	s.State.Running = &corev1.ContainerStateRunning{StartedAt: m.time()}
	if s.RestartCount > 0 {
		s.LastTerminationState.Terminated = terminated
	}
	return s
}

// digest is the same for all pods that run an image.
func digest(image string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(image))) }

func (m maker) ip() string { return fmt.Sprintf("10.%d.%d.%d", m.IntN(256), m.IntN(256), m.IntN(256)) }

// manage writes managedFields as three managers leave them.
func (m maker) manage(pod *corev1.Pod) {
	all := document(pod)
	pod.ManagedFields = append(pod.ManagedFields,
		m.manager("kube-controller-manager", "", map[string]any{"metadata": without(all["metadata"], "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp"),
			"spec": without(all["spec"], "nodeName", "serviceAccount", "priority", "preemptionPolicy")}),
		m.manager("kubelet", "status", map[string]any{"status": without(all["status"], "qosClass")}),
		m.manager("kubectl-annotate", "", map[string]any{"metadata": map[string]any{"annotations": all["metadata"].(map[string]any)["annotations"]}}))
}

func (m maker) manager(name, subresource string, owned any) metav1.ManagedFieldsEntry {
	text, _ := json.Marshal(fieldsOf(owned))
	now := m.time()
	return metav1.ManagedFieldsEntry{Manager: name, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "v1", Subresource: subresource,
		Time: &now, FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(string(text))}
}

func document(v any) map[string]any {
	text, _ := json.Marshal(v)
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		panic(err)
	}
	return all
}

func without(v any, names ...string) any {
	all, _ := v.(map[string]any)
	for _, name := range names {
		delete(all, name)
	}
	return all
}

// fieldsOf is the set of the fields of a document, as managedFields write it:
// https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management.
func fieldsOf(v any) map[string]any {
	set := map[string]any{}
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			set["f:"+name] = fieldsOf(e)
		}
	case []any:
		for _, e := range v {
			if key := keyOf(e); key != "" {
				inner := fieldsOf(e)
				inner["."] = map[string]any{}
				set["k:"+key] = inner
			}
		}
	}
	return set
}

// keyOf names an element of a list that is merged by a key.
func keyOf(e any) string {
	members, _ := e.(map[string]any)
	for _, name := range []string{"name", "type", "ip", "uid"} {
		if v, ok := members[name]; ok {
			text, _ := json.Marshal(map[string]any{name: v})
			return string(text)
		}
	}
	return ""
}
