package data

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// ConfigMaps makes a list of n config maps: most of them small, some large, and
// each with keys of its own.
func ConfigMaps(n int, order Order, seed uint64) *corev1.ConfigMapList {
	m := newMaker(seed)
	list := &corev1.ConfigMapList{ListMeta: metav1.ListMeta{ResourceVersion: Version(n)}}
	for i := range n {
		list.Items = append(list.Items, m.configMap(i, order))
	}
	list.Items = ordered(m, list.Items, order)
	return list
}

func (m maker) configMap(n int, order Order) corev1.ConfigMap {
	c := corev1.ConfigMap{ObjectMeta: m.own(m.word()+"-"+m.hex(5), n), Data: map[string]string{}}
	if order == Small {
		c.Data["key"] = m.word()
		return c
	}
	for range 1 + m.IntN(4) {
		c.Data[m.word()] = m.word()
	}
	for range m.IntN(3) {
		c.Data[m.word()+".json"] = m.document()
	}
	if m.chance(5) {
		c.Data[m.word()+".yaml"] = m.lines(50 + m.IntN(400))
	}
	if m.chance(3) {
		c.BinaryData = map[string][]byte{m.word() + ".bin": []byte(m.lines(10))}
	}
	all := document(&c)
	c.ManagedFields = []metav1.ManagedFieldsEntry{m.manager("kubectl-client-side-apply", "", map[string]any{"data": all["data"]})}
	return c
}

func (m maker) lines(n int) (text string) {
	for range n {
		text += m.word() + ": \"" + m.word() + "\"\n"
	}
	return text
}

// own is the metadata of the n-th object, which belongs to no other.
func (m maker) own(name string, n int) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: "team-" + m.word()[:2], UID: types.UID(m.uid()), ResourceVersion: Version(m.IntN(n + 1)),
		CreationTimestamp: m.time(), Labels: m.words(m.IntN(4), "tags.example.com/")}
}

// Deployments makes a list of n deployments, each of an application of its own.
func Deployments(n int, order Order, seed uint64) *appsv1.DeploymentList {
	m := newMaker(seed)
	list := &appsv1.DeploymentList{ListMeta: metav1.ListMeta{ResourceVersion: Version(n)}}
	for i := range n {
		d := m.deployment(m.application(), i)
		if order == Small {
			d.Spec.Template.Spec, d.ManagedFields, d.Annotations = corev1.PodSpec{}, nil, nil
		}
		list.Items = append(list.Items, d)
	}
	list.Items = ordered(m, list.Items, order)
	return list
}

func (m maker) deployment(a application, n int) appsv1.Deployment {
	replicas, labels := int32(m.IntN(9)), map[string]string{appLabel: a.name}
	d := appsv1.Deployment{ObjectMeta: m.own(a.name, n)}
	d.Labels, d.Annotations, d.Generation = a.labels, a.annotations, int64(1+m.IntN(40))
	d.Annotations["deployment.kubernetes.io/revision"] = fmt.Sprint(d.Generation)
	d.Spec = appsv1.DeploymentSpec{Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: a.labels, Annotations: a.annotations}, Spec: a.spec},
		Strategy: appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType}}
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: replicas, ReadyReplicas: replicas, AvailableReplicas: replicas, UpdatedReplicas: replicas}
	for _, kind := range []appsv1.DeploymentConditionType{appsv1.DeploymentAvailable, appsv1.DeploymentProgressing} {
		d.Status.Conditions = append(d.Status.Conditions, appsv1.DeploymentCondition{Type: kind, Status: corev1.ConditionTrue, Reason: "As" + m.word(),
			Message: "Deployment has " + m.word(), LastUpdateTime: m.time(), LastTransitionTime: m.time()})
	}
	all := document(&d)
	d.ManagedFields = []metav1.ManagedFieldsEntry{m.manager("helm", "", map[string]any{"spec": all["spec"]}), m.manager("kube-controller-manager", "status", map[string]any{"status": all["status"]})}
	return d
}
