package kubetest

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// kindDefaults are what the server writes into every object of a kind that leaves
// it out. They are also applied on updates, so they must not touch what is set.
var kindDefaults = map[string]func(doc map[string]any){
	"/endpoints":              defaultEndpoints,
	"/events":                 defaultEvent,
	"/namespaces":             defaultNamespace,
	"/nodes":                  defaultNode,
	"/persistentvolumeclaims": defaultClaim,
	"/persistentvolumes":      defaultVolumeObject,
	"/pods":                   defaultPodObject,
	"/podtemplates":           defaultTemplate,
	"/replicationcontrollers": defaultController,
	"/secrets":                defaultSecret,

	"apps/daemonsets":   defaultDaemonSet,
	"apps/deployments":  defaultDeployment,
	"apps/replicasets":  defaultReplicaSet,
	"apps/statefulsets": defaultStatefulSet,

	"apiextensions.k8s.io/customresourcedefinitions": defaultCRD,
	"autoscaling/horizontalpodautoscalers":           defaultAutoscaler,
	"batch/cronjobs":                                 defaultCronJob,
	"batch/jobs":                                     defaultJob,
	"discovery.k8s.io/endpointslices":                defaultSlice,
	"networking.k8s.io/networkpolicies":              defaultNetworkPolicy,
	"rbac.authorization.k8s.io/clusterrolebindings":  defaultBinding,
	"rbac.authorization.k8s.io/clusterroles":         defaultRole,
	"rbac.authorization.k8s.io/rolebindings":         defaultBinding,
	"rbac.authorization.k8s.io/roles":                defaultRole,
	"scheduling.k8s.io/priorityclasses":              defaultPriority,
	"storage.k8s.io/storageclasses":                  defaultStorage,
}

// conditionNulls are the members of a condition that each kind's type cannot
// leave out.
var conditionNulls = map[string][]string{
	"/nodes":                  {"lastHeartbeatTime", "lastTransitionTime"},
	"/pods":                   {"lastProbeTime", "lastTransitionTime"},
	"/replicationcontrollers": {"lastTransitionTime"},
	"apps/daemonsets":         {"lastTransitionTime"},
	"apps/deployments":        {"lastTransitionTime", "lastUpdateTime"},
	"apps/replicasets":        {"lastTransitionTime"},
	"apps/statefulsets":       {"lastTransitionTime"},
	"batch/jobs":              {"lastProbeTime", "lastTransitionTime"},
}

// setDefaults fills in what an object of a built-in kind leaves out.
func (s *Server) setDefaults(r *resource, doc map[string]any) {
	if !r.builtin {
		return
	}
	kind := r.Group + "/" + r.Plural
	if kind == "/services" {
		s.defaultService(doc)
	}
	if fill := kindDefaults[kind]; fill != nil {
		fill(doc)
	}
	for _, c := range listAt(doc, "status", "conditions") {
		showNulls(asMap(c), conditionNulls[kind]...)
	}
}

func defaultNode(doc map[string]any) { setDefault(doc, map[string]any{}, "spec") }

func defaultClaim(doc map[string]any) { setDefault(doc, "Filesystem", "spec", "volumeMode") }

func defaultVolumeObject(doc map[string]any) {
	setDefault(doc, "Filesystem", "spec", "volumeMode")
	setDefault(doc, "Retain", "spec", "persistentVolumeReclaimPolicy")
	if path := mapAt(doc, "spec", "hostPath"); path != nil {
		setDefault(path, "", "type")
	}
}

func defaultEvent(doc map[string]any) {
	showNulls(doc, "eventTime", "firstTimestamp", "lastTimestamp")
	setDefault(doc, "", "reportingComponent")
	setDefault(doc, "", "reportingInstance")
	setDefault(doc, map[string]any{}, "source")
}

func defaultStorage(doc map[string]any) {
	setDefault(doc, "Delete", "reclaimPolicy")
	setDefault(doc, "Immediate", "volumeBindingMode")
}

func defaultRole(doc map[string]any) {
	if len(listAt(doc, "rules")) == 0 {
		doc["rules"] = nil
	}
}

func defaultPriority(doc map[string]any) { setDefault(doc, "PreemptLowerPriority", "preemptionPolicy") }

func defaultPodObject(doc map[string]any) {
	setDefault(doc, map[string]any{}, "spec")
	if spec := mapAt(doc, "spec"); spec != nil {
		defaultPod(spec)
	}
}

func defaultNamespace(doc map[string]any) {
	setDefault(doc, []any{"kubernetes"}, "spec", "finalizers")
	put(doc, text(doc, "metadata", "name"), "metadata", "labels", "kubernetes.io/metadata.name")
}

func defaultSecret(doc map[string]any) {
	setDefault(doc, "Opaque", "type")
	for k, v := range mapAt(doc, "stringData") {
		value, _ := v.(string)
		put(doc, base64.StdEncoding.EncodeToString([]byte(value)), "data", k)
	}
	delete(doc, "stringData")
}

// showNulls writes members that the server's types cannot leave out.
func showNulls(m map[string]any, members ...string) {
	for _, member := range members {
		if _, ok := m[member]; m != nil && !ok {
			m[member] = nil
		}
	}
}

func defaultEndpoints(doc map[string]any) {
	for _, s := range listAt(doc, "subsets") {
		for _, p := range listAt(asMap(s), "ports") {
			if p := asMap(p); p != nil {
				setDefault(p, "TCP", "protocol")
			}
		}
	}
}

func defaultSlice(doc map[string]any) {
	for _, e := range listAt(doc, "endpoints") {
		if e := asMap(e); e != nil {
			setDefault(e, map[string]any{}, "conditions")
		}
	}
	for _, p := range listAt(doc, "ports") {
		if p := asMap(p); p != nil {
			setDefault(p, "", "name")
			setDefault(p, "TCP", "protocol")
		}
	}
	showNulls(doc, "endpoints", "ports")
}

const rbacGroup = "rbac.authorization.k8s.io"

func defaultBinding(doc map[string]any) {
	if ref := mapAt(doc, "roleRef"); ref != nil {
		setDefault(ref, rbacGroup, "apiGroup")
	}
	for _, s := range listAt(doc, "subjects") {
		if kind := text(asMap(s), "kind"); kind == "User" || kind == "Group" {
			setDefault(asMap(s), rbacGroup, "apiGroup")
		}
	}
}

func defaultAutoscaler(doc map[string]any) {
	setDefault(doc, number(1), "spec", "minReplicas")
	setDefault(doc, []any{map[string]any{
		"type": "Resource",
		"resource": map[string]any{
			"name":   "cpu",
			"target": map[string]any{"type": "Utilization", "averageUtilization": number(80)},
		},
	}}, "spec", "metrics")
}

// defaultPod is what a pod gets beyond its template's defaults.
func defaultPod(spec map[string]any) {
	defaultPodSpec(spec)
	setDefault(spec, true, "enableServiceLinks")
	for _, member := range []string{"containers", "initContainers"} {
		for _, c := range listAt(spec, member) {
			defaultRequests(asMap(c))
		}
	}
}

func isPods(r *resource) bool { return r.builtin && r.Group == "" && r.Plural == "pods" }

// admitPod is what admission adds to a pod, also when it is replaced.
func admitPod(spec map[string]any) {
	if text(spec, "priorityClassName") == "" {
		setDefault(spec, number(0), "priority")
		setDefault(spec, "PreemptLowerPriority", "preemptionPolicy")
	}
	for _, key := range []string{"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"} {
		tolerate(spec, key)
	}
}

// tolerate lets a pod stay five minutes on a node that is in trouble, unless the
// pod says itself how long.
func tolerate(spec map[string]any, key string) {
	list := listAt(spec, "tolerations")
	for _, t := range list {
		t := asMap(t)
		anyKey := text(t, "key") == "" || text(t, "key") == key
		if effect := text(t, "effect"); anyKey && (effect == "" || effect == "NoExecute") {
			return
		}
	}
	spec["tolerations"] = append(list[:len(list):len(list)], map[string]any{
		"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": number(300),
	})
}

func defaultPodSpec(spec map[string]any) {
	setDefault(spec, "Always", "restartPolicy")
	setDefault(spec, number(30), "terminationGracePeriodSeconds")
	setDefault(spec, "ClusterFirst", "dnsPolicy")
	setDefault(spec, "default-scheduler", "schedulerName")
	setDefault(spec, map[string]any{}, "securityContext")
	if account := text(spec, "serviceAccountName"); account != "" {
		setDefault(spec, account, "serviceAccount")
	}
	for _, member := range []string{"containers", "initContainers", "ephemeralContainers"} {
		for _, c := range listAt(spec, member) {
			if c := asMap(c); c != nil {
				defaultContainer(c)
			}
		}
	}
	for _, v := range listAt(spec, "volumes") {
		defaultVolume(asMap(v))
	}
}

func defaultContainer(c map[string]any) {
	setDefault(c, map[string]any{}, "resources")
	setDefault(c, "/dev/termination-log", "terminationMessagePath")
	setDefault(c, "File", "terminationMessagePolicy")
	setDefault(c, pullPolicy(text(c, "image")), "imagePullPolicy")
	for _, p := range listAt(c, "ports") {
		if p := asMap(p); p != nil {
			setDefault(p, "TCP", "protocol")
		}
	}
	for _, probe := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		if p := mapAt(c, probe); p != nil {
			defaultProbe(p)
		}
	}
}

// defaultRequests: what is limited and not requested is requested in full.
func defaultRequests(c map[string]any) {
	for name, limit := range mapAt(c, "resources", "limits") { // none when c is no object
		setDefault(c, limit, "resources", "requests", name)
	}
}

func defaultProbe(p map[string]any) {
	for member, value := range map[string]int64{"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3} {
		setDefault(p, number(value), member)
	}
	if get := mapAt(p, "httpGet"); get != nil {
		setDefault(get, "HTTP", "scheme")
		setDefault(get, "/", "path")
	}
}

// pullPolicy follows the image's tag: a moving one is pulled always.
func pullPolicy(image string) string {
	if strings.Contains(image, "@") {
		return "IfNotPresent"
	}
	last := image[strings.LastIndexByte(image, '/')+1:]
	_, tag, tagged := strings.Cut(last, ":")
	if !tagged || tag == "latest" {
		return "Always"
	}
	return "IfNotPresent"
}

func defaultVolume(v map[string]any) {
	mode := number(0o644)
	for _, source := range []string{"secret", "configMap", "projected", "downwardAPI"} {
		if m := mapAt(v, source); m != nil {
			setDefault(m, mode, "defaultMode")
		}
	}
	if len(v) == 1 {
		v["emptyDir"] = map[string]any{}
	}
}

func (s *Server) defaultService(doc map[string]any) {
	setDefault(doc, "ClusterIP", "spec", "type")
	spec := mapAt(doc, "spec")
	setDefault(spec, "None", "sessionAffinity")
	for _, p := range listAt(spec, "ports") {
		p := asMap(p)
		if p == nil {
			continue
		}
		setDefault(p, "TCP", "protocol")
		setDefault(p, p["port"], "targetPort")
		if n, ok := intAt(p, "targetPort"); ok && n == 0 {
			p["targetPort"] = p["port"]
		}
	}
	kind := text(spec, "type")
	if kind == "ExternalName" {
		return
	}
	setDefault(spec, "Cluster", "internalTrafficPolicy")
	if kind == "NodePort" || kind == "LoadBalancer" {
		setDefault(spec, "Cluster", "externalTrafficPolicy")
		s.allocatePorts(spec)
	}
	if kind == "LoadBalancer" {
		setDefault(spec, true, "allocateLoadBalancerNodePorts")
	}
	s.allocateIP(spec)
}

// allocateIP gives a service the next free address of 10.0.0.0/16.
func (s *Server) allocateIP(spec map[string]any) {
	if text(spec, "clusterIP") == "" {
		used := s.usedServiceValues(func(spec map[string]any) []any { return []any{spec["clusterIP"]} })
		for i := 1; i < 1<<16; i++ {
			ip := fmt.Sprintf("10.0.%d.%d", i>>8, i&255)
			if i&255 != 0 && i&255 != 255 && !used[ip] {
				spec["clusterIP"] = ip
				break
			}
		}
	}
	if ips := listAt(spec, "clusterIPs"); len(ips) == 0 || ips[0] != spec["clusterIP"] {
		spec["clusterIPs"] = []any{spec["clusterIP"]}
	}
	if text(spec, "clusterIP") == "None" && len(mapAt(spec, "selector")) == 0 {
		setDefault(spec, []any{"IPv4", "IPv6"}, "ipFamilies")
		setDefault(spec, "RequireDualStack", "ipFamilyPolicy")
	}
	setDefault(spec, []any{"IPv4"}, "ipFamilies")
	setDefault(spec, "SingleStack", "ipFamilyPolicy")
}

// checkAddress refuses a service's address that another one has.
func (s *Server) checkAddress(r *resource, doc map[string]any) error {
	ip := text(doc, "spec", "clusterIP")
	if !r.builtin || r.Group+"/"+r.Plural != "/services" || ip == "" || ip == "None" {
		return nil
	}
	for _, rev := range r.table.items {
		if text(rev.doc, "spec", "clusterIP") == ip {
			return invalid("", "Service", text(doc, "metadata", "name"), invalidValue("spec.clusterIPs", listAt(doc, "spec", "clusterIPs"),
				"failed to allocate IP "+ip+": provided IP is already allocated"))
		}
	}
	return nil
}

func (s *Server) allocatePorts(spec map[string]any) {
	used := s.usedServiceValues(func(spec map[string]any) (ports []any) {
		for _, p := range listAt(spec, "ports") {
			ports = append(ports, at(asMap(p), "nodePort"))
		}
		return ports
	})
	next := int64(30000)
	for _, p := range listAt(spec, "ports") {
		p := asMap(p)
		if n, ok := intAt(p, "nodePort"); p == nil || ok && n != 0 {
			continue
		}
		for used[fmt.Sprint(next)] {
			next++
		}
		p["nodePort"] = number(next)
		used[fmt.Sprint(next)] = true
	}
}

func (s *Server) usedServiceValues(of func(spec map[string]any) []any) map[string]bool {
	used := map[string]bool{}
	services := s.store.kinds.find("", "v1", "services")
	if services == nil {
		return used
	}
	for _, rev := range services.table.items {
		for _, v := range of(mapAt(rev.doc, "spec")) {
			if v != nil {
				used[fmt.Sprint(v)] = true
			}
		}
	}
	return used
}

func defaultController(doc map[string]any) {
	setDefault(doc, number(1), "spec", "replicas")
	labels := mapAt(doc, "spec", "template", "metadata", "labels")
	if len(labels) > 0 {
		setDefault(doc, clone(labels), "spec", "selector")
		setDefault(doc, clone(labels), "metadata", "labels")
	}
	defaultTemplate(mapAt(doc, "spec"))
}

func defaultTemplate(spec map[string]any) {
	if t := mapAt(spec, "template"); t != nil {
		setDefault(t, map[string]any{}, "metadata")
		setDefault(t, map[string]any{}, "spec")
		if podSpec := mapAt(t, "spec"); podSpec != nil {
			defaultPodSpec(podSpec)
		}
	}
}

// workload gives a workload's spec its template's defaults.
func workload(doc map[string]any) map[string]any {
	setDefault(doc, map[string]any{}, "spec")
	spec := mapAt(doc, "spec")
	if spec == nil {
		return map[string]any{} // it is no object: whatever is set on it is lost
	}
	defaultTemplate(spec)
	return spec
}

func defaultReplicaSet(doc map[string]any) { setDefault(workload(doc), number(1), "replicas") }

func defaultDeployment(doc map[string]any) {
	spec := workload(doc)
	setDefault(spec, number(1), "replicas")
	setDefault(spec, number(10), "revisionHistoryLimit")
	setDefault(spec, number(600), "progressDeadlineSeconds")
	setDefault(spec, "RollingUpdate", "strategy", "type")
	if text(spec, "strategy", "type") == "RollingUpdate" {
		setDefault(spec, "25%", "strategy", "rollingUpdate", "maxUnavailable")
		setDefault(spec, "25%", "strategy", "rollingUpdate", "maxSurge")
	}
}

func defaultDaemonSet(doc map[string]any) {
	spec := workload(doc)
	setDefault(doc, "1", "metadata", "annotations", "deprecated.daemonset.template.generation")
	setDefault(spec, number(10), "revisionHistoryLimit")
	setDefault(spec, "RollingUpdate", "updateStrategy", "type")
	if text(spec, "updateStrategy", "type") == "RollingUpdate" {
		setDefault(spec, number(1), "updateStrategy", "rollingUpdate", "maxUnavailable")
		setDefault(spec, number(0), "updateStrategy", "rollingUpdate", "maxSurge")
	}
}

func defaultStatefulSet(doc map[string]any) {
	spec := workload(doc)
	setDefault(spec, number(1), "replicas")
	setDefault(spec, number(10), "revisionHistoryLimit")
	setDefault(spec, "OrderedReady", "podManagementPolicy")
	setDefault(spec, "RollingUpdate", "updateStrategy", "type")
	if text(spec, "updateStrategy", "type") == "RollingUpdate" {
		setDefault(spec, number(0), "updateStrategy", "rollingUpdate", "partition")
	}
	setDefault(spec, map[string]any{"whenDeleted": "Retain", "whenScaled": "Retain"}, "persistentVolumeClaimRetentionPolicy")
	setDefault(spec, "", "serviceName")
}

func defaultJob(doc map[string]any) {
	setDefault(doc, map[string]any{}, "spec")
	spec := mapAt(doc, "spec")
	if spec == nil {
		return
	}
	defaultTemplate(spec)
	if spec["completions"] == nil && spec["parallelism"] == nil {
		spec["completions"] = number(1)
	}
	setDefault(spec, number(1), "parallelism")
	setDefault(spec, number(6), "backoffLimit")
	setDefault(spec, "NonIndexed", "completionMode")
	setDefault(spec, false, "suspend")
	setDefault(spec, "TerminatingOrFailed", "podReplacementPolicy")
	setDefault(spec, false, "manualSelector")
	jobLabels(doc, spec)
}

// jobLabels ties a Job to its pods by its uid, unless the user does so.
func jobLabels(doc, spec map[string]any) {
	uid := text(doc, "metadata", "uid")
	if spec["manualSelector"] == true || uid == "" {
		return
	}
	name := text(doc, "metadata", "name")
	setDefault(spec, uid, "selector", "matchLabels", "batch.kubernetes.io/controller-uid")
	for key, value := range map[string]string{
		"batch.kubernetes.io/controller-uid": uid, "controller-uid": uid,
		"batch.kubernetes.io/job-name": name, "job-name": name,
	} {
		setDefault(spec, value, "template", "metadata", "labels", key)
	}
	setDefault(doc, clone(at(spec, "template", "metadata", "labels")), "metadata", "labels")
}

func defaultCronJob(doc map[string]any) {
	setDefault(doc, "Allow", "spec", "concurrencyPolicy")
	setDefault(doc, false, "spec", "suspend")
	setDefault(doc, number(3), "spec", "successfulJobsHistoryLimit")
	setDefault(doc, number(1), "spec", "failedJobsHistoryLimit")
	if job := mapAt(doc, "spec", "jobTemplate"); job != nil {
		setDefault(job, map[string]any{}, "metadata")
		defaultTemplate(mapAt(job, "spec"))
	}
}

func defaultNetworkPolicy(doc map[string]any) {
	setDefault(doc, map[string]any{}, "spec", "podSelector")
	types := []any{"Ingress"}
	if at(doc, "spec", "egress") != nil {
		types = append(types, "Egress")
	}
	setDefault(doc, types, "spec", "policyTypes")
}

func defaultCRD(doc map[string]any) {
	kind := text(doc, "spec", "names", "kind")
	setDefault(doc, strings.ToLower(kind), "spec", "names", "singular")
	setDefault(doc, kind+"List", "spec", "names", "listKind")
	setDefault(doc, "None", "spec", "conversion", "strategy")
}

// setFirstStatus gives a new object the status that the server starts it with.
func (s *Server) setFirstStatus(r *resource, doc map[string]any) {
	if !r.builtin || !r.Status {
		return
	}
	switch r.Plural {
	case "namespaces":
		doc["status"] = map[string]any{"phase": "Active"}
	case "pods":
		doc["status"] = map[string]any{"phase": "Pending", "qosClass": qosClass(mapAt(doc, "spec"))}
	case "nodes":
		setDefault(doc, map[string]any{}, "status")
		firstNodeStatus(doc)
	case "services", "ingresses":
		doc["status"] = map[string]any{"loadBalancer": map[string]any{}}
	case "persistentvolumes":
		doc["status"] = map[string]any{"phase": "Pending", "lastPhaseTransitionTime": timestamp(s.now())}
	case "persistentvolumeclaims":
		doc["status"] = map[string]any{"phase": "Pending"}
	case "replicasets", "replicationcontrollers":
		doc["status"] = zeros("replicas")
	case "statefulsets":
		doc["status"] = zeros("replicas", "availableReplicas")
	case "daemonsets":
		doc["status"] = zeros("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
	case "poddisruptionbudgets":
		doc["status"] = zeros("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
	case "horizontalpodautoscalers":
		doc["status"] = map[string]any{"desiredReplicas": number(0), "currentMetrics": nil}
	case "customresourcedefinitions":
		doc["status"] = firstCRDStatus(doc)
	default:
		doc["status"] = map[string]any{}
	}
}

func zeros(members ...string) map[string]any {
	m := map[string]any{}
	for _, member := range members {
		m[member] = number(0)
	}
	return m
}

func firstNodeStatus(doc map[string]any) {
	setDefault(doc, map[string]any{"kubeletEndpoint": map[string]any{"Port": number(0)}}, "status", "daemonEndpoints")
	for _, member := range []string{"architecture", "bootID", "containerRuntimeVersion", "kernelVersion", "kubeProxyVersion",
		"kubeletVersion", "machineID", "operatingSystem", "osImage", "systemUUID"} {
		setDefault(doc, "", "status", "nodeInfo", member)
	}
	if capacity := at(doc, "status", "capacity"); capacity != nil {
		setDefault(doc, clone(capacity), "status", "allocatable")
	}
}

// admit is what the server's admission adds to objects that a client creates.
func admit(r *resource, doc map[string]any) {
	if !r.builtin {
		return
	}
	switch r.Group + "/" + r.Plural {
	case "/pods":
		if spec := mapAt(doc, "spec"); spec != nil {
			admitPod(spec)
		}
	case "/nodes":
		taints := listAt(doc, "spec", "taints")
		put(doc, append(slices.Clone(taints), map[string]any{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}), "spec", "taints")
	case "/persistentvolumeclaims":
		protect(doc, "kubernetes.io/pvc-protection")
	case "/persistentvolumes":
		protect(doc, "kubernetes.io/pv-protection")
	}
}

func protect(doc map[string]any, finalizer string) {
	names := stringsOf(listAt(doc, "metadata", "finalizers"))
	if !slices.Contains(names, finalizer) {
		put(doc, anyStrings(append(names, finalizer)), "metadata", "finalizers")
	}
}

// qosClass follows from what the containers request and what limits them.
func qosClass(spec map[string]any) string {
	any, guaranteed := false, true
	for _, member := range []string{"containers", "initContainers"} {
		for _, c := range listAt(spec, member) {
			requests := mapAt(asMap(c), "resources", "requests")
			limits := mapAt(asMap(c), "resources", "limits")
			for _, name := range []string{"cpu", "memory"} {
				any = any || requests[name] != nil || limits[name] != nil
				guaranteed = guaranteed && limits[name] != nil && (requests[name] == nil || equal(requests[name], limits[name]))
			}
		}
	}
	switch {
	case !any:
		return "BestEffort"
	case guaranteed:
		return "Guaranteed"
	}
	return "Burstable"
}
