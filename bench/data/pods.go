// Package data makes objects that are as unlike each other as those of a real
// cluster: of many applications of different shape, with random names, tags,
// environment, addresses, times, conditions and restarts. The same seed makes
// the same objects.
package data

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Order is the order of a list.
type Order string

const (
	Served      Order = "served"      // by namespace and name, as the API server lists
	Shuffled    Order = "shuffled"    // in no order
	Adversarial Order = "adversarial" // in no order, and no two pods of one shape
	Small       Order = "small"       // by namespace and name, and a few hundred bytes each
)

const (
	applications = 400
	appLabel     = "app.kubernetes.io/name"
)

// Version is the resource version of the n-th object or event. All have as many
// digits, so that they can be written over each other.
func Version(n int) string { return fmt.Sprint(1_000_000_000 + n) }

// Pods makes a list of n pods.
func Pods(n int, order Order, seed uint64) *corev1.PodList {
	m := newMaker(seed)
	apps := m.applications(n, order)
	list := &corev1.PodList{ListMeta: metav1.ListMeta{ResourceVersion: Version(n)}}
	for i := range n {
		pod := m.pod(apps[i%len(apps)], i)
		if order == Small {
			pod = small(pod)
		}
		list.Items = append(list.Items, pod)
	}
	list.Items = ordered(m, list.Items, order)
	return list
}

// changePod does what kubelets do.
func changePod(pod *corev1.Pod, n int) {
	now := metav1.NewTime(epoch.Add(time.Duration(n) * time.Second))
	for i := range pod.Status.ContainerStatuses {
		pod.Status.ContainerStatuses[i].RestartCount += int32(n % 3)
	}
	for i := range pod.Status.Conditions {
		if i%2 == n%2 {
			pod.Status.Conditions[i].LastTransitionTime = now
		}
	}
	for i := range pod.ManagedFields {
		if pod.ManagedFields[i].Subresource == "status" {
			pod.ManagedFields[i].Time = &now
		}
	}
}

// small is what most questions about a pod are about.
func small(pod corev1.Pod) corev1.Pod {
	pod.Spec, pod.ManagedFields = corev1.PodSpec{NodeName: pod.Spec.NodeName}, nil
	pod.Annotations = nil
	pod.Status = corev1.PodStatus{Phase: pod.Status.Phase, PodIP: pod.Status.PodIP, StartTime: pod.Status.StartTime, Conditions: pod.Status.Conditions[:1]}
	return pod
}

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

type maker struct{ *rand.Rand }

func newMaker(seed uint64) maker { return maker{rand.New(rand.NewPCG(seed, 1))} }

func (m maker) applications(n int, order Order) []application {
	count := applications
	if order == Adversarial {
		count = n
	}
	apps := make([]application, min(n, count))
	for i := range apps {
		apps[i] = m.application()
	}
	return apps
}

// application is what the pods of one Deployment have in common.
type application struct {
	name, namespace, hash, team string
	labels, annotations         map[string]string
	owner                       types.UID
	spec                        corev1.PodSpec
}

func (m maker) application() application {
	a := application{
		name: m.word() + "-" + m.word(), namespace: "team-" + m.word()[:2], hash: m.hex(9), team: m.word(),
		owner: types.UID(m.uid()), annotations: m.words(m.IntN(6), "notes.example.com/"),
	}
	a.labels = m.words(m.IntN(6), "tags.example.com/")
	a.labels[appLabel], a.labels["pod-template-hash"] = a.name, a.hash
	if m.chance(40) {
		a.annotations["config.example.com/rendered"] = m.document()
	}
	a.spec = m.spec(a.name)
	return a
}

// document is an annotation that holds JSON.
func (m maker) document() string {
	text, _ := json.Marshal(map[string]any{"level": m.word(), "urls": []string{m.url(), m.url()}, "notes": "„" + m.word() + "“ <b>\n\t"})
	return string(text)
}

func (m maker) spec(app string) corev1.PodSpec {
	grace := int64(30 + m.IntN(4)*30)
	spec := corev1.PodSpec{
		RestartPolicy: corev1.RestartPolicyAlways, DNSPolicy: corev1.DNSClusterFirst, SchedulerName: "default-scheduler",
		TerminationGracePeriodSeconds: &grace, ServiceAccountName: app, DeprecatedServiceAccount: app,
		EnableServiceLinks: new(bool), Priority: new(int32), PreemptionPolicy: new(corev1.PreemptLowerPriority),
		SecurityContext: &corev1.PodSecurityContext{}, Containers: many(1+m.IntN(3), m.container), Volumes: many(m.IntN(4), m.volume),
		Tolerations: []corev1.Toleration{m.toleration("not-ready"), m.toleration("unreachable")},
	}
	if m.chance(30) {
		spec.InitContainers = many(1+m.IntN(2), m.initContainer)
	}
	if m.chance(30) {
		spec.NodeSelector = m.words(1+m.IntN(3), "pool.example.com/")
	}
	if m.chance(40) {
		spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{
			Weight: int32(1 + m.IntN(100)), PodAffinityTerm: corev1.PodAffinityTerm{TopologyKey: "kubernetes.io/hostname",
				LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{appLabel: app}}}}}}}
	}
	if m.chance(30) {
		spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{MaxSkew: 1, TopologyKey: "topology.kubernetes.io/zone",
			WhenUnsatisfiable: corev1.ScheduleAnyway, LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{appLabel: app}}}}
	}
	if m.chance(20) {
		user := int64(1000 + m.IntN(1000))
		spec.SecurityContext = &corev1.PodSecurityContext{RunAsUser: &user, FSGroup: &user, RunAsNonRoot: new(bool)}
	}
	return spec
}

func (m maker) toleration(taint string) corev1.Toleration {
	seconds := int64(300)
	return corev1.Toleration{Key: "node.kubernetes.io/" + taint, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: &seconds}
}

func (m maker) volume() corev1.Volume {
	mode := int32(420)
	v := corev1.Volume{Name: m.word()}
	switch m.IntN(4) {
	case 0:
		v.Secret = &corev1.SecretVolumeSource{SecretName: m.word(), DefaultMode: &mode}
	case 1:
		v.EmptyDir = &corev1.EmptyDirVolumeSource{}
	case 2:
		v.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: m.word()}
	default:
		v.ConfigMap = &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: m.word()}, DefaultMode: &mode}
	}
	return v
}

func (m maker) container() corev1.Container {
	c := corev1.Container{
		Name: m.word(), Image: "registry.example.com/" + m.word() + "/" + m.word() + ":v1." + fmt.Sprint(m.IntN(99)),
		ImagePullPolicy: corev1.PullIfNotPresent, TerminationMessagePath: "/dev/termination-log", TerminationMessagePolicy: corev1.TerminationMessageReadFile,
		Env: many(m.IntN(14), m.env), Ports: many(m.IntN(4), m.port), Resources: m.resources(),
	}
	if m.chance(50) {
		c.Args = many(1+m.IntN(8), func() string { return "--" + m.word() + "=" + m.word() })
	}
	if m.chance(60) {
		c.LivenessProbe, c.ReadinessProbe = m.probe(), m.probe()
	}
	if m.chance(40) {
		c.SecurityContext = &corev1.SecurityContext{AllowPrivilegeEscalation: new(bool), ReadOnlyRootFilesystem: new(bool),
			Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}
	}
	return c
}

// initContainer has no probes: servers refuse them.
func (m maker) initContainer() corev1.Container {
	c := m.container()
	c.LivenessProbe, c.ReadinessProbe = nil, nil
	return c
}

func (m maker) env() corev1.EnvVar {
	v := corev1.EnvVar{Name: strings.ToUpper(m.word() + "_" + m.word())}
	switch m.IntN(5) {
	case 0:
		v.ValueFrom = &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: m.word()}, Key: m.word()}}
	case 1:
		v.ValueFrom = &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: "metadata.name"}}
	case 2:
		v.Value = m.document()
	default:
		v.Value = m.url()
	}
	return v
}

func (m maker) port() corev1.ContainerPort {
	return corev1.ContainerPort{Name: m.word(), ContainerPort: int32(1024 + m.IntN(60000)), Protocol: corev1.ProtocolTCP}
}

func (m maker) probe() *corev1.Probe {
	return &corev1.Probe{FailureThreshold: int32(1 + m.IntN(9)), PeriodSeconds: int32(5 + m.IntN(30)), SuccessThreshold: 1, TimeoutSeconds: int32(1 + m.IntN(9)),
		ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/" + m.word(), Port: intstr.FromInt32(int32(8000 + m.IntN(999))), Scheme: corev1.URISchemeHTTP}}}
}

// words are n labels or annotations.
func (m maker) words(n int, prefix string) map[string]string {
	all := make(map[string]string)
	for range n {
		all[prefix+m.word()] = m.word()
	}
	return all
}

func (m maker) url() string { return "http://" + m.word() + ".svc:8080/?a=1&b=" + m.word() }

func (m maker) chance(percent int) bool { return m.IntN(100) < percent }

func (m maker) word() string { return m.letters("abcdefghijklmnopqrstuvwxyz", 4+m.IntN(9)) }

func (m maker) hex(n int) string { return m.letters("0123456789abcdef", n) }

func (m maker) letters(from string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = from[m.IntN(len(from))]
	}
	return string(b)
}

func (m maker) uid() string {
	return m.hex(8) + "-" + m.hex(4) + "-" + m.hex(4) + "-" + m.hex(4) + "-" + m.hex(12)
}

func (m maker) time() metav1.Time {
	return metav1.NewTime(epoch.Add(-time.Duration(m.IntN(90*24*3600)) * time.Second))
}

// many makes n of something.
func many[V any](n int, one func() V) []V {
	var all []V
	for range n {
		all = append(all, one())
	}
	return all
}
