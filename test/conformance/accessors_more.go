package conformance

import (
	"net/netip"
	"reflect"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/views"
)

// moreAccessorTests compare what items of other kinds than the nine say with what
// the judge decodes of the same revision.
func moreAccessorTests() map[string]func(*place) {
	return map[string]func(*place){
		"R02 K41 stateful set":          statefulSetAccessors,
		"R02 K41 job":                   jobAccessors,
		"R02 K41 cron job":              cronJobAccessors,
		"R02 K41 autoscaler":            autoscalerAccessors,
		"R02 K41 disruption budget":     budgetAccessors,
		"R02 K41 ingress":               ingressAccessors,
		"R02 K41 network policy":        policyAccessors,
		"R02 K41 endpoint slice":        sliceAccessors,
		"R02 K41 config map":            configMapAccessors,
		"R02 K41 persistent volume":     volumeAccessors,
		"R02 K41 claim":                 claimAccessors,
		"R02 K41 storage class":         classAccessors,
		"R02 K41 event":                 eventAccessors,
		"R02 K41 service account":       accountAccessors,
		"R02 K41 roles":                 roleAccessors,
		"R02 K41 bindings":              bindingAccessors,
		"R02 K41 definition":            definitionAccessors,
		"R02 K41 lease":                 leaseAccessors,
		"R02 K41 what the cluster made": ownAccessors,
	}
}

// posted creates an object by a plain request, and reads the same revision through
// a view and by the judge, who decodes it into dst.
func posted[T typed[T]](p *place, v views.View[T], groupVersion string, manifest object, dst any) T {
	p.Helper()
	kind := v.Kind()
	manifest["apiVersion"], manifest["kind"] = groupVersion, string(kind.Name())
	path := p.path(groupVersion, kind.Resource())
	if !kind.Namespaced() {
		path = "/apis/" + groupVersion + "/" + kind.Resource()
		if groupVersion == "v1" {
			path = "/api/v1/" + kind.Resource()
		}
	} else {
		v = v.In(p.namespace)
	}
	p.post(path, manifest)
	name, _ := manifest["metadata"].(object)["name"].(string)
	return agreed(p, dst, func() (T, error) { return v.Fetch(p.ctx, name) })
}

// again reads the object once more.
func again[T typed[T]](p *place, item T, dst any) T {
	p.Helper()
	return agreed(p, dst, func() (T, error) { return item.Fetch(p.ctx) })
}

// decoded expects an accessor to return what the judge read, as another type.
func decoded[V any](p *place, what string, got func() (V, error), want V) {
	p.Helper()
	same(p, what, must[V](p)(got()), want)
}

// unset expects an accessor to find nothing.
func unset[V any](p *place, path string, get func() (V, error)) {
	p.Helper()
	attribute(p, path, nil, get)
}

func statefulSetAccessors(p *place) {
	var is struct {
		Spec struct {
			Replicas            *int64
			ServiceName         *string
			PodManagementPolicy *kinds.PodManagementPolicy
			UpdateStrategy      struct {
				Type          *kinds.StatefulSetUpdateStrategy
				RollingUpdate struct{ Partition *int64 }
			}
		}
		Status struct {
			Replicas, ReadyReplicas, AvailableReplicas, CurrentReplicas, UpdatedReplicas, ObservedGeneration count
			CurrentRevision, UpdateRevision                                                                  *string
		}
	}
	manifest := p.workload("apps/v1", "StatefulSet", "sts", 1, running())
	spec := manifest["spec"].(object)
	spec["serviceName"] = "db"
	spec["volumeClaimTemplates"] = []any{object{"metadata": object{"name": "data"}, "spec": object{
		"accessModes": []any{"ReadWriteOnce"}, "storageClassName": "none", "resources": object{"requests": object{"storage": "1Gi"}}}}}
	s := posted(p, p.cluster.StatefulSets(), "apps/v1", manifest, &is)
	compare := func(p *place) {
		observed := is.Status.ObservedGeneration
		counter(p, "status.replicas", is.Status.Replicas, observed, s.Replicas)
		counter(p, "status.readyReplicas", is.Status.ReadyReplicas, observed, s.ReadyReplicas)
		counter(p, "status.availableReplicas", is.Status.AvailableReplicas, observed, s.AvailableReplicas)
		counter(p, "status.currentReplicas", is.Status.CurrentReplicas, observed, s.CurrentReplicas)
		counter(p, "status.updatedReplicas", is.Status.UpdatedReplicas, observed, s.UpdatedReplicas)
		attribute(p, "status.observedGeneration", observed, s.ObservedGeneration)
		attribute(p, "status.currentRevision", is.Status.CurrentRevision, s.CurrentRevision)
		attribute(p, "status.updateRevision", is.Status.UpdateRevision, s.UpdateRevision)
		attribute(p, "spec.replicas", is.Spec.Replicas, s.DesiredReplicas)
		attribute(p, "spec.serviceName", is.Spec.ServiceName, s.ServiceName)
		attribute(p, "spec.podManagementPolicy", is.Spec.PodManagementPolicy, s.PodManagementPolicy)
		attribute(p, "spec.updateStrategy.type", is.Spec.UpdateStrategy.Type, s.UpdateStrategy)
		attribute(p, "spec.updateStrategy.rollingUpdate.partition", is.Spec.UpdateStrategy.RollingUpdate.Partition, s.Partition)
	}
	p.step("new", compare)
	if !p.env.Lives {
		p.writeStatus(p.path("apps/v1", "statefulsets", "sts"), object{"replicas": 1, "readyReplicas": 1, "observedGeneration": 1,
			"currentRevision": "sts-1", "updateRevision": "sts-2", "currentReplicas": 1})
	}
	p.eventually(func() error { s = again(p, s, &is); _, err := s.ObservedGeneration(); return err })
	p.step("observed", compare)
	decoded(p, "containers", s.Containers, []items.TemplateContainer{{Name: "main", Image: "example.com/main:1"}})
	same(p, "selector", must[items.LabelSelector](p)(s.Selector()).String(), "app=sts,"+mark+"="+p.namespace)
	claims := must[[]items.VolumeClaim](p)(s.VolumeClaims())
	same(p, "claims", len(claims), 1)
	same(p, "claimed", claims[0].Name+" "+claims[0].Storage.String()+" "+claims[0].StorageClass, "data 1Gi none")
}

func jobSpec(spec object) object {
	pod := running()
	pod["restartPolicy"] = "Never"
	all := object{"template": object{"spec": pod}}
	for key, value := range spec {
		all[key] = value
	}
	return all
}

func jobAccessors(p *place) {
	type jobAsJudged struct {
		Spec struct {
			Parallelism, Completions, BackoffLimit *int64
			CompletionMode                         *kinds.CompletionMode
			Suspend                                *bool
		}
		Status struct {
			Active, Ready, Terminating, Succeeded, Failed *int64
			StartTime, CompletionTime                     *time.Time
			Conditions                                    []condition
		}
	}
	compare := func(p *place, j items.Job, is jobAsJudged) {
		var written count
		if j.Status().Len() > 0 {
			written = new(int64)
		}
		counter(p, "status.active", is.Status.Active, written, j.Active)
		counter(p, "status.ready", is.Status.Ready, written, j.Ready)
		counter(p, "status.terminating", is.Status.Terminating, written, j.Terminating)
		counter(p, "status.succeeded", is.Status.Succeeded, written, j.Succeeded)
		counter(p, "status.failed", is.Status.Failed, written, j.Failed)
		attribute(p, "status.startTime", is.Status.StartTime, j.StartTime)
		attribute(p, "status.completionTime", is.Status.CompletionTime, j.CompletionTime)
		attribute(p, "spec.parallelism", is.Spec.Parallelism, j.Parallelism)
		attribute(p, "spec.completions", is.Spec.Completions, j.Completions)
		attribute(p, "spec.backoffLimit", is.Spec.BackoffLimit, j.BackoffLimit)
		attribute(p, "spec.completionMode", is.Spec.CompletionMode, j.CompletionMode)
		attribute(p, "spec.suspend", is.Spec.Suspend, j.Suspended)
		compareConditions(p, j, is.Status.Conditions)
	}
	for name, state := range map[string]kinds.JobState{"done": kinds.JobComplete, "held": kinds.JobSuspended} {
		var is jobAsJudged
		j := posted(p, p.cluster.Jobs(), "batch/v1", object{"metadata": p.named(name), "spec": jobSpec(object{
			"suspend": name == "held", "activeDeadlineSeconds": 600, "ttlSecondsAfterFinished": 3600})}, &is)
		p.step(name+" new", func(p *place) { compare(p, j, is) })
		if !p.env.Lives {
			p.writeStatus(p.path("batch/v1", "jobs", name), object{"startTime": "2026-01-02T03:04:05Z", "succeeded": 1,
				"conditions": []any{object{"type": string(state), "status": "True"}}})
		}
		p.eventually(func() error {
			is = jobAsJudged{}
			j = again(p, j, &is)
			if got := must[kinds.JobState](p)(j.State()); got != state {
				return unexpected("the state", got)
			}
			return nil
		})
		p.step(name, func(p *place) { compare(p, j, is) })
		decoded(p, "the deadline", j.ActiveDeadline, 10*time.Minute)
		decoded(p, "the time to live", j.TTLAfterFinished, time.Hour)
		decoded(p, "containers", j.Containers, []items.TemplateContainer{{Name: "main", Image: "example.com/main:1"}})
	}
}

func cronJobAccessors(p *place) {
	var is struct {
		Spec struct {
			Schedule, TimeZone                                 *string
			ConcurrencyPolicy                                  *kinds.ConcurrencyPolicy
			Suspend                                            *bool
			SuccessfulJobsHistoryLimit, FailedJobsHistoryLimit *int64
		}
	}
	c := posted(p, p.cluster.CronJobs(), "batch/v1", object{"metadata": p.named("cron"), "spec": object{
		"schedule": "0 0 1 1 *", "timeZone": "Etc/UTC", "startingDeadlineSeconds": 30, "jobTemplate": object{"spec": jobSpec(nil)}}}, &is)
	attribute(p, "spec.schedule", is.Spec.Schedule, c.Schedule)
	attribute(p, "spec.timeZone", is.Spec.TimeZone, c.TimeZone)
	attribute(p, "spec.concurrencyPolicy", is.Spec.ConcurrencyPolicy, c.ConcurrencyPolicy)
	attribute(p, "spec.suspend", is.Spec.Suspend, c.Suspended)
	attribute(p, "spec.successfulJobsHistoryLimit", is.Spec.SuccessfulJobsHistoryLimit, c.SuccessfulJobsHistoryLimit)
	attribute(p, "spec.failedJobsHistoryLimit", is.Spec.FailedJobsHistoryLimit, c.FailedJobsHistoryLimit)
	decoded(p, "the deadline", c.StartingDeadline, 30*time.Second)
	decoded(p, "active jobs", c.Active, nil)
	unset(p, "status.lastScheduleTime", c.LastSchedule)
	unset(p, "status.lastSuccessfulTime", c.LastSuccess)
	decoded(p, "containers", c.Containers, []items.TemplateContainer{{Name: "main", Image: "example.com/main:1"}})
}

func autoscalerAccessors(p *place) {
	var is struct {
		Spec struct {
			ScaleTargetRef           *items.ObjectReference
			MinReplicas, MaxReplicas *int64
		}
		Status struct {
			DesiredReplicas, CurrentReplicas *int64
			LastScaleTime                    *time.Time
		}
	}
	h := posted(p, p.cluster.HorizontalPodAutoscalers(), "autoscaling/v2", object{"metadata": p.named("hpa"), "spec": object{
		"maxReplicas": 3, "scaleTargetRef": object{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
		"metrics": []any{
			object{"type": "Resource", "resource": object{"name": "cpu", "target": object{"type": "Utilization", "averageUtilization": 70}}},
			object{"type": "Pods", "pods": object{"metric": object{"name": "qps", "selector": object{"matchLabels": object{"verb": "GET"}}},
				"target": object{"type": "AverageValue", "averageValue": "1500m"}}}}}}, &is)
	attribute(p, "spec.scaleTargetRef", is.Spec.ScaleTargetRef, h.Target)
	attribute(p, "spec.minReplicas", is.Spec.MinReplicas, h.MinReplicas)
	attribute(p, "spec.maxReplicas", is.Spec.MaxReplicas, h.MaxReplicas)
	attribute(p, "status.desiredReplicas", is.Status.DesiredReplicas, h.DesiredReplicas)
	counter(p, "status.currentReplicas", is.Status.CurrentReplicas, is.Status.DesiredReplicas, h.CurrentReplicas)
	attribute(p, "status.lastScaleTime", is.Status.LastScaleTime, h.LastScaleTime)
	var told []string
	for _, m := range must[[]items.Metric](p)(h.Metrics()) {
		told = append(told, string(m.Type)+" "+m.Name+" "+m.Selector.String()+" "+m.Value.String())
	}
	same(p, "metrics", told, []string{"Resource cpu  70%", "Pods qps verb=GET 1500m (avg)"})
	decoded(p, "measured", h.CurrentMetrics, nil)
}

func budgetAccessors(p *place) {
	type budgetAsJudged struct {
		Status struct {
			DisruptionsAllowed, CurrentHealthy, DesiredHealthy, ExpectedPods, ObservedGeneration count
			Conditions                                                                           []condition
		}
	}
	var is budgetAsJudged
	b := posted(p, p.cluster.PodDisruptionBudgets(), "policy/v1", object{"metadata": p.named("pdb"), "spec": object{
		"minAvailable": "50%", "selector": object{"matchLabels": object{"app": "none"}}}}, &is)
	if !p.env.Lives {
		p.writeStatus(p.path("policy/v1", "poddisruptionbudgets", "pdb"), object{"observedGeneration": 1, "disruptionsAllowed": 1,
			"currentHealthy": 3, "desiredHealthy": 2, "expectedPods": 4})
	}
	p.eventually(func() error {
		is = budgetAsJudged{}
		b = again(p, b, &is)
		_, err := b.ObservedGeneration()
		return err
	})
	observed := is.Status.ObservedGeneration
	counter(p, "status.disruptionsAllowed", is.Status.DisruptionsAllowed, observed, b.DisruptionsAllowed)
	counter(p, "status.currentHealthy", is.Status.CurrentHealthy, observed, b.CurrentHealthy)
	counter(p, "status.desiredHealthy", is.Status.DesiredHealthy, observed, b.DesiredHealthy)
	counter(p, "status.expectedPods", is.Status.ExpectedPods, observed, b.ExpectedPods)
	compareConditions(p, b, is.Status.Conditions)
	same(p, "min available", must[items.IntOrString](p)(b.MinAvailable()).String(), "50%")
	unset(p, "spec.maxUnavailable", b.MaxUnavailable)
	same(p, "selector", must[items.LabelSelector](p)(b.Selector()).String(), "app=none")
	decoded(p, "the eviction policy", b.UnhealthyPodEvictionPolicy, kinds.EvictIfHealthyBudget)
}

func ingressAccessors(p *place) {
	var is struct {
		Spec struct {
			IngressClassName *string
			DefaultBackend   *items.IngressBackend
			TLS              []items.IngressTLS
		}
	}
	backend := object{"service": object{"name": "web", "port": object{"number": 80}}}
	posted(p, p.cluster.Ingresses(), "networking.k8s.io/v1", object{"metadata": p.named("ing"), "spec": object{
		"ingressClassName": "none", "defaultBackend": backend, "tls": []any{object{"hosts": []any{"a.example"}, "secretName": "cert"}},
		"rules": []any{object{"host": "a.example", "http": object{"paths": []any{object{"path": "/x", "pathType": "Prefix", "backend": backend}}}},
			object{"http": object{"paths": []any{object{"pathType": "Exact", "path": "/", "backend": backend}}}}}}}, &is)
	p.writeStatus(p.path("networking.k8s.io/v1", "ingresses", "ing"), object{"loadBalancer": object{"ingress": []any{object{"ip": "192.0.2.9"}}}})
	i := agreed(p, &is, func() (items.Ingress, error) { return p.cluster.Ingresses().In(p.namespace).Fetch(p.ctx, "ing") })
	attribute(p, "spec.ingressClassName", is.Spec.IngressClassName, i.Class)
	attribute(p, "spec.defaultBackend", is.Spec.DefaultBackend, i.DefaultBackend)
	decoded(p, "certificates", i.TLS, is.Spec.TLS)
	decoded(p, "hosts", i.Hosts, []string{"a.example", "*"})
	rules := must[[]items.IngressRule](p)(i.Rules())
	same(p, "a path", rules[0].Paths[0], items.IngressPath{Path: "/x", Type: kinds.PathPrefix, Backend: *is.Spec.DefaultBackend})
	decoded(p, "the balancer", i.LoadBalancer, []items.LoadBalancerIngress{{IP: netip.MustParseAddr("192.0.2.9")}})
}

func policyAccessors(p *place) {
	var is struct {
		Spec struct{ PolicyTypes []kinds.PolicyType }
	}
	n := posted(p, p.cluster.NetworkPolicies(), "networking.k8s.io/v1", object{"metadata": p.named("np"), "spec": object{
		"podSelector": object{}, "ingress": []any{object{
			"from":  []any{object{"namespaceSelector": object{}}, object{"ipBlock": object{"cidr": "10.0.0.0/8", "except": []any{"10.1.0.0/16"}}}},
			"ports": []any{object{"port": 80, "endPort": 90}, object{"port": "dns", "protocol": "UDP"}}}}}}, &is)
	decoded(p, "policy types", n.PolicyTypes, is.Spec.PolicyTypes)
	same(p, "all pods", must[items.LabelSelector](p)(n.PodSelector()).MatchesAll(), true)
	decoded(p, "egress", n.EgressRules, nil)
	rules := must[[]items.NetworkRule](p)(n.IngressRules())
	same(p, "all namespaces", rules[0].Peers[0].Namespaces.MatchesAll(), true)
	same(p, "no pods", rules[0].Peers[0].Pods.IsZero(), true)
	same(p, "addresses", rules[0].Peers[1].IPBlock, items.IPBlock{CIDR: netip.MustParsePrefix("10.0.0.0/8"), Except: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})
	same(p, "a range", rules[0].Ports[0].Port.String(), "80")
	same(p, "its end and protocol", [2]any{rules[0].Ports[0].EndPort, rules[0].Ports[0].Protocol}, [2]any{int32(90), kinds.ProtocolTCP})
	same(p, "a name", rules[0].Ports[1].Port.String(), "dns")
}

func sliceAccessors(p *place) {
	var is struct {
		AddressType *kinds.AddressType
		Ports       []items.EndpointPort
	}
	meta := p.named("slice")
	meta["labels"].(object)["kubernetes.io/service-name"] = "web"
	e := posted(p, p.cluster.EndpointSlices(), "discovery.k8s.io/v1", object{"metadata": meta, "addressType": "IPv4",
		"ports": []any{object{"name": "http", "port": 80}},
		"endpoints": []any{object{"addresses": []any{"192.0.2.5"}, "conditions": object{"ready": false}, "nodeName": "node-0", "zone": "z",
			"hints": object{"forZones": []any{object{"name": "z"}}}, "targetRef": object{"kind": "Pod", "name": "web-0", "namespace": p.namespace}}}}, &is)
	attribute(p, "addressType", is.AddressType, e.AddressType)
	decoded(p, "the service", e.Service, "web")
	decoded(p, "ports", e.Ports, is.Ports)
	decoded(p, "endpoints", e.Endpoints, []items.Endpoint{{Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.5")}, Serving: true, NodeName: "node-0", Zone: "z",
		ForZones: []string{"z"}, Target: items.ObjectReference{Kind: "Pod", Name: "web-0", Namespace: p.namespace}}})
}

func configMapAccessors(p *place) {
	var is struct {
		Data       map[string]string
		BinaryData map[string][]byte
		Immutable  *bool
	}
	c := posted(p, p.cluster.ConfigMaps(), "v1", object{"metadata": p.named("cm"), "data": object{"text": "grün", "empty": ""},
		"binaryData": object{"bytes": "AP/+gA=="}, "immutable": true}, &is)
	decoded(p, "data", c.Data, is.Data)
	decoded(p, "binary data", c.BinaryData, is.BinaryData)
	attribute(p, "immutable", is.Immutable, c.Immutable)
	same(p, "keys", must[[]string](p)(c.Keys()), []string{"bytes", "empty", "text"})
}

func volumeAccessors(p *place) {
	var is struct {
		Spec struct {
			AccessModes                   []kinds.AccessMode
			PersistentVolumeReclaimPolicy *kinds.ReclaimPolicy
			VolumeMode                    *kinds.VolumeMode
			StorageClassName              *string
			ClaimRef                      *items.ObjectReference
		}
		Status struct {
			Phase                   *kinds.PersistentVolumePhase
			LastPhaseTransitionTime *time.Time
		}
	}
	v := posted(p, p.cluster.PersistentVolumes(), "v1", object{"metadata": p.clusterScoped("pv", "persistentvolumes"), "spec": object{
		"capacity": object{"storage": "1Gi"}, "accessModes": []any{"ReadWriteOnce"}, "hostPath": object{"path": "/none"},
		"storageClassName": "none", "claimRef": object{"namespace": p.namespace, "name": "none"}}}, &is)
	attribute(p, "status.phase", is.Status.Phase, v.Phase)
	attribute(p, "status.lastPhaseTransitionTime", is.Status.LastPhaseTransitionTime, v.LastPhaseTransition)
	attribute(p, "spec.persistentVolumeReclaimPolicy", is.Spec.PersistentVolumeReclaimPolicy, v.ReclaimPolicy)
	attribute(p, "spec.volumeMode", is.Spec.VolumeMode, v.VolumeMode)
	attribute(p, "spec.storageClassName", is.Spec.StorageClassName, v.StorageClass)
	attribute(p, "spec.claimRef", is.Spec.ClaimRef, v.Claim)
	decoded(p, "access modes", v.AccessModes, is.Spec.AccessModes)
	same(p, "capacity", must[items.Quantity](p)(v.Capacity()).Value(), 1<<30)
	same(p, "source", must[items.VolumeSource](p)(v.Source()).Type, "hostPath")
}

func claimAccessors(p *place) {
	var is struct {
		Spec struct {
			AccessModes []kinds.AccessMode
			VolumeMode  *kinds.VolumeMode
		}
		Status struct {
			Phase *kinds.PersistentVolumeClaimPhase
		}
	}
	c := posted(p, p.cluster.PersistentVolumeClaims(), "v1", object{"metadata": p.named("pvc"), "spec": object{
		"accessModes": []any{"ReadWriteOnce"}, "resources": object{"requests": object{"storage": "1Gi"}}}}, &is)
	attribute(p, "status.phase", is.Status.Phase, c.Phase)
	attribute(p, "spec.volumeMode", is.Spec.VolumeMode, c.VolumeMode)
	decoded(p, "requested modes", c.RequestedAccessModes, is.Spec.AccessModes)
	decoded(p, "modes", c.AccessModes, nil)
	same(p, "requested", must[items.Quantity](p)(c.Requested()).String(), "1Gi")
	unset(p, "status.capacity.storage", c.Capacity)
	unset(p, "spec.volumeName", c.VolumeName)
}

func classAccessors(p *place) {
	var is struct {
		Provisioner       *string
		Parameters        map[string]string
		ReclaimPolicy     *kinds.ReclaimPolicy
		VolumeBindingMode *kinds.VolumeBindingMode
	}
	s := posted(p, p.cluster.StorageClasses(), "storage.k8s.io/v1", object{"metadata": p.storageClass("sc"),
		"provisioner": "example.com/none", "parameters": object{"type": "ssd"}}, &is)
	attribute(p, "provisioner", is.Provisioner, s.Provisioner)
	attribute(p, "reclaimPolicy", is.ReclaimPolicy, s.ReclaimPolicy)
	attribute(p, "volumeBindingMode", is.VolumeBindingMode, s.VolumeBindingMode)
	decoded(p, "parameters", s.Parameters, is.Parameters)
	decoded(p, "expansion", s.AllowsExpansion, false)
	same(p, "default", s.IsDefault(), false)
}

// grouped is the metadata of a cluster-scoped object outside the core group. It is
// deleted with the test.
func (p *place) grouped(name, groupVersion, resource string) object {
	full := p.namespace + "-" + name
	p.deleteAfterwards("/apis/" + groupVersion + "/" + resource + "/" + full)
	return object{"name": full, "labels": object{mark: p.namespace, "which": name}}
}

func (p *place) storageClass(name string) object {
	return p.grouped(name, "storage.k8s.io/v1", "storageclasses")
}

func eventAccessors(p *place) {
	type eventAsJudged struct {
		Type                          *kinds.EventType
		Reason, Message, Action       *string
		InvolvedObject, Related       *items.ObjectReference
		FirstTimestamp, LastTimestamp *time.Time
		EventTime                     *time.Time
		Count                         *int64
	}
	about := object{"apiVersion": "v1", "kind": "Pod", "namespace": p.namespace, "name": "web-0", "fieldPath": "spec.containers{main}"}
	var older eventAsJudged
	e := posted(p, p.cluster.Events(), "v1", object{"metadata": p.named("older"), "involvedObject": about, "type": "Warning", "reason": "BackOff", "message": "again",
		"source": object{"component": "kubelet", "host": "node-0"}, "firstTimestamp": "2026-01-02T03:04:05Z", "lastTimestamp": "2026-01-02T03:14:05Z", "count": 12}, &older)
	attribute(p, "type", older.Type, e.Type)
	attribute(p, "reason", older.Reason, e.Reason)
	attribute(p, "message", older.Message, e.Message)
	attribute(p, "involvedObject", older.InvolvedObject, e.InvolvedObject)
	attribute(p, "firstTimestamp", older.FirstTimestamp, e.FirstSeen)
	attribute(p, "lastTimestamp", older.LastTimestamp, e.LastSeen)
	attribute(p, "count", older.Count, e.Count)
	attribute(p, "action", older.Action, e.Action)
	attribute(p, "related", older.Related, e.Related)
	decoded(p, "the source", e.Source, items.EventSource{Component: "kubelet", Host: "node-0"})

	var newer eventAsJudged
	e = posted(p, p.cluster.Events(), "v1", object{"metadata": p.named("newer"), "involvedObject": about, "type": "Normal", "reason": "Scheduled", "message": "to node-0", "action": "Binding",
		"reportingComponent": "example.com/scheduler", "reportingInstance": "scheduler-0", "eventTime": "2026-01-02T03:04:05.000006Z",
		"series": object{"count": 7, "lastObservedTime": "2026-01-02T04:04:05.000007Z"}}, &newer)
	attribute(p, "eventTime", newer.EventTime, e.FirstSeen)
	attribute(p, "action", newer.Action, e.Action)
	decoded(p, "the last time", e.LastSeen, time.Date(2026, 1, 2, 4, 4, 5, 7000, time.UTC))
	decoded(p, "the count", e.Count, 7)
	decoded(p, "the source", e.Source, items.EventSource{Component: "example.com/scheduler", Host: "scheduler-0"})
}

func accountAccessors(p *place) {
	var is struct{ AutomountServiceAccountToken *bool }
	s := posted(p, p.cluster.ServiceAccounts(), "v1", object{"metadata": p.named("sa"), "automountServiceAccountToken": false,
		"secrets": []any{object{"name": "a"}}, "imagePullSecrets": []any{object{"name": "b"}}}, &is)
	attribute(p, "automountServiceAccountToken", is.AutomountServiceAccountToken, s.AutomountsToken)
	decoded(p, "secrets", s.Secrets, []string{"a"})
	decoded(p, "pull secrets", s.ImagePullSecrets, []string{"b"})
}

const rbac = "rbac.authorization.k8s.io/v1"

func roleAccessors(p *place) {
	var is struct{ Rules []items.PolicyRule }
	rules := []any{object{"verbs": []any{"get"}, "apiGroups": []any{""}, "resources": []any{"pods/log"}, "resourceNames": []any{"a"}}}
	r := posted(p, p.cluster.Roles(), rbac, object{"metadata": p.named("role"), "rules": rules}, &is)
	decoded(p, "rules", r.Rules, is.Rules)
	same(p, "the number of rules", len(is.Rules), 1)
	var all struct{ Rules []items.PolicyRule }
	rules = append(rules, object{"verbs": []any{"get"}, "nonResourceURLs": []any{"/healthz"}})
	c := posted(p, p.cluster.ClusterRoles(), rbac, object{"metadata": p.grouped("role", rbac, "clusterroles"), "rules": rules}, &all)
	decoded(p, "rules", c.Rules, all.Rules)
	decoded(p, "aggregated", c.Aggregates, nil)
}

func bindingAccessors(p *place) {
	type bindingAsJudged struct {
		RoleRef  *items.RoleRef
		Subjects []items.Subject
	}
	subjects := []any{object{"kind": "User", "name": "jane"}, object{"kind": "ServiceAccount", "name": "default", "namespace": p.namespace}}
	ref := object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "no-such-role"}
	var is, all bindingAsJudged
	b := posted(p, p.cluster.RoleBindings(), rbac, object{"metadata": p.named("binding"), "roleRef": ref, "subjects": subjects}, &is)
	attribute(p, "roleRef", is.RoleRef, b.RoleRef)
	decoded(p, "subjects", b.Subjects, is.Subjects)
	same(p, "a subject", is.Subjects[0], items.Subject{Kind: kinds.SubjectUser, APIGroup: "rbac.authorization.k8s.io", Name: "jane"})
	c := posted(p, p.cluster.ClusterRoleBindings(), rbac, object{"metadata": p.grouped("binding", rbac, "clusterrolebindings"), "roleRef": ref, "subjects": subjects}, &all)
	attribute(p, "roleRef", all.RoleRef, c.RoleRef)
	decoded(p, "subjects", c.Subjects, all.Subjects)
}

func definitionAccessors(p *place) {
	type definitionAsJudged struct {
		Spec struct {
			Group *string
			Scope *kinds.Scope
			Names *items.ResourceNames
		}
		Status struct {
			AcceptedNames  *items.ResourceNames
			StoredVersions []string
			Conditions     []condition
		}
	}
	plural, kind := "things"+p.namespace, "Thing"
	plural = "things" + plural[len(plural)-8:]
	group := p.namespace + ".example.com"
	name := plural + "." + group
	p.deleteAfterwards("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + name)
	var is definitionAsJudged
	d := posted(p, p.cluster.CustomResourceDefinitions(), "apiextensions.k8s.io/v1", object{"metadata": object{"name": name}, "spec": object{
		"group": group, "scope": "Namespaced", "names": object{"plural": plural, "kind": kind, "shortNames": []any{"th"}},
		"versions": []any{object{"name": "v1", "served": true, "storage": true,
			"schema":                   object{"openAPIV3Schema": object{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
			"subresources":             object{"status": object{}, "scale": object{"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}},
			"additionalPrinterColumns": []any{object{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}}}}}}, &is)
	p.eventually(func() error {
		is = definitionAsJudged{}
		d = again(p, d, &is)
		if !must[bool](p)(d.Established()) {
			return unexpected("established", false)
		}
		return nil
	})
	attribute(p, "spec.group", is.Spec.Group, d.Group)
	attribute(p, "spec.scope", is.Spec.Scope, d.Scope)
	attribute(p, "spec.names", is.Spec.Names, d.Names)
	attribute(p, "status.acceptedNames", is.Status.AcceptedNames, d.AcceptedNames)
	decoded(p, "stored versions", d.StoredVersions, is.Status.StoredVersions)
	compareConditions(p, d, is.Status.Conditions)
	decoded(p, "versions", d.Versions, []items.ResourceVersion{{Name: "v1", Served: true, Storage: true, HasStatus: true, ScalePath: "spec.replicas",
		Columns: []items.PrinterColumn{{Name: "Size", Type: "integer", JSONPath: ".spec.size"}}}})
}

func leaseAccessors(p *place) {
	var is struct {
		Spec struct {
			HolderIdentity         *string
			AcquireTime, RenewTime *time.Time
			LeaseTransitions       *int64
		}
	}
	l := posted(p, p.cluster.Leases(), "coordination.k8s.io/v1", object{"metadata": p.named("lease"), "spec": object{
		"holderIdentity": "me", "leaseDurationSeconds": 40, "renewTime": "2026-01-02T03:04:05.000006Z", "leaseTransitions": 2}}, &is)
	attribute(p, "spec.holderIdentity", is.Spec.HolderIdentity, l.Holder)
	attribute(p, "spec.acquireTime", is.Spec.AcquireTime, l.AcquireTime)
	attribute(p, "spec.renewTime", is.Spec.RenewTime, l.RenewTime)
	attribute(p, "spec.leaseTransitions", is.Spec.LeaseTransitions, l.Transitions)
	decoded(p, "the duration", l.Duration, 40*time.Second)
	decoded(p, "the end", l.Expires, time.Date(2026, 1, 2, 3, 4, 45, 6000, time.UTC))
}

// ownAccessors reads all that a cluster has made of its own, and whatever other
// tests make: nothing is malformed to an accessor that takes nothing.
func ownAccessors(p *place) {
	readAll(p, p.cluster.Roles())
	readAll(p, p.cluster.RoleBindings())
	readAll(p, p.cluster.ClusterRoles())
	readAll(p, p.cluster.ClusterRoleBindings())
	readAll(p, p.cluster.ServiceAccounts())
	readAll(p, p.cluster.ConfigMaps())
	readAll(p, p.cluster.Events())
	readAll(p, p.cluster.EndpointSlices())
	readAll(p, p.cluster.Leases())
	readAll(p, p.cluster.CustomResourceDefinitions())
}

func readAll[T typed[T]](p *place, v views.View[T]) {
	p.Helper()
	common := reflect.TypeFor[items.Generic]()
	for item, err := range v.All(p.ctx) {
		p.must(err)
		it := reflect.ValueOf(item)
		for i := range it.NumMethod() {
			name := it.Type().Method(i).Name
			if _, ok := common.MethodByName(name); ok || it.Method(i).Type().NumIn() > 0 || it.Method(i).Type().NumOut() != 2 {
				continue
			}
			if err, _ := it.Method(i).Call(nil)[1].Interface().(error); err != nil {
				if bad := refused[*kube.StatusError](p, name, err); bad.Err != nil {
					p.Errorf("%v: %s: %v", item, name, err)
				}
			}
		}
	}
}
