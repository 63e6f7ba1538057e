package kinds

// Name is the name of a kind, as objects carry it in their kind field. Names
// that are not among the constants are as good: every kind has one.
type Name string

// The kinds that have a view of their own, and the kinds of their lists.
const (
	ClusterRole              Name = "ClusterRole"
	ClusterRoleBinding       Name = "ClusterRoleBinding"
	ConfigMap                Name = "ConfigMap"
	CronJob                  Name = "CronJob"
	CustomResourceDefinition Name = "CustomResourceDefinition"
	DaemonSet                Name = "DaemonSet"
	Deployment               Name = "Deployment"
	EndpointSlice            Name = "EndpointSlice"
	Event                    Name = "Event"
	HorizontalPodAutoscaler  Name = "HorizontalPodAutoscaler"
	Ingress                  Name = "Ingress"
	Job                      Name = "Job"
	Lease                    Name = "Lease"
	Namespace                Name = "Namespace"
	NetworkPolicy            Name = "NetworkPolicy"
	Node                     Name = "Node"
	PersistentVolume         Name = "PersistentVolume"
	PersistentVolumeClaim    Name = "PersistentVolumeClaim"
	Pod                      Name = "Pod"
	PodDisruptionBudget      Name = "PodDisruptionBudget"
	ReplicaSet               Name = "ReplicaSet"
	ReplicationController    Name = "ReplicationController"
	Role                     Name = "Role"
	RoleBinding              Name = "RoleBinding"
	Secret                   Name = "Secret"
	Service                  Name = "Service"
	ServiceAccount           Name = "ServiceAccount"
	StatefulSet              Name = "StatefulSet"
	StorageClass             Name = "StorageClass"

	ClusterRoleList              Name = "ClusterRoleList"
	ClusterRoleBindingList       Name = "ClusterRoleBindingList"
	ConfigMapList                Name = "ConfigMapList"
	CronJobList                  Name = "CronJobList"
	CustomResourceDefinitionList Name = "CustomResourceDefinitionList"
	DaemonSetList                Name = "DaemonSetList"
	DeploymentList               Name = "DeploymentList"
	EndpointSliceList            Name = "EndpointSliceList"
	EventList                    Name = "EventList"
	HorizontalPodAutoscalerList  Name = "HorizontalPodAutoscalerList"
	IngressList                  Name = "IngressList"
	JobList                      Name = "JobList"
	LeaseList                    Name = "LeaseList"
	NamespaceList                Name = "NamespaceList"
	NetworkPolicyList            Name = "NetworkPolicyList"
	NodeList                     Name = "NodeList"
	PersistentVolumeList         Name = "PersistentVolumeList"
	PersistentVolumeClaimList    Name = "PersistentVolumeClaimList"
	PodList                      Name = "PodList"
	PodDisruptionBudgetList      Name = "PodDisruptionBudgetList"
	ReplicaSetList               Name = "ReplicaSetList"
	ReplicationControllerList    Name = "ReplicationControllerList"
	RoleList                     Name = "RoleList"
	RoleBindingList              Name = "RoleBindingList"
	SecretList                   Name = "SecretList"
	ServiceList                  Name = "ServiceList"
	ServiceAccountList           Name = "ServiceAccountList"
	StatefulSetList              Name = "StatefulSetList"
	StorageClassList             Name = "StorageClassList"
)

// PodPhase is where a pod is in its life. A phase that a newer server sends is
// passed through.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodStatus.
type PodPhase string

const (
	// PodPending: the server has taken the pod, but not all of its containers
	// have been started. It may not have a node yet, or wait for images.
	PodPending PodPhase = "Pending"
	// PodRunning: the pod is on a node, all containers have been made, and at
	// least one runs, starts or restarts.
	PodRunning PodPhase = "Running"
	// PodSucceeded: all containers have ended with exit code 0 and stay so.
	PodSucceeded PodPhase = "Succeeded"
	// PodFailed: all containers have ended, at least one of them in failure.
	PodFailed PodPhase = "Failed"
	// PodUnknown: the node could not be asked. Servers have not set it since
	// 2015.
	PodUnknown PodPhase = "Unknown"
)

// NamespacePhase is where a namespace is in its life.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/namespace-v1/#NamespaceStatus.
type NamespacePhase string

const (
	// NamespaceActive: the namespace is in use.
	NamespaceActive NamespacePhase = "Active"
	// NamespaceTerminating: the namespace is being deleted with all that is in
	// it, and takes no new objects.
	NamespaceTerminating NamespacePhase = "Terminating"
)

// NodeAddressType says what an address of a node is. Cloud providers may set
// types of their own.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/#NodeStatus.
type NodeAddressType string

const (
	// NodeHostname: a name, whose form differs between clusters. It is not an IP
	// address, though it may look like one.
	NodeHostname NodeAddressType = "Hostname"
	// NodeInternalIP: an IP address that other nodes can reach.
	NodeInternalIP NodeAddressType = "InternalIP"
	// NodeExternalIP: an IP address meant to be reached from outside.
	NodeExternalIP NodeAddressType = "ExternalIP"
	// NodeInternalDNS: a DNS name of an address like an InternalIP.
	NodeInternalDNS NodeAddressType = "InternalDNS"
	// NodeExternalDNS: a DNS name of an address like an ExternalIP.
	NodeExternalDNS NodeAddressType = "ExternalDNS"
)

// ConditionStatus is whether a condition holds, of any kind of object.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/#DeploymentStatus.
type ConditionStatus string

const (
	// ConditionTrue: the condition holds.
	ConditionTrue ConditionStatus = "True"
	// ConditionFalse: the condition does not hold.
	ConditionFalse ConditionStatus = "False"
	// ConditionUnknown: the controller cannot tell.
	ConditionUnknown ConditionStatus = "Unknown"
)

// TaintEffect is what a taint does to the pods that do not tolerate it.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/#NodeSpec.
type TaintEffect string

const (
	// TaintNoSchedule: new pods are not put on the node.
	TaintNoSchedule TaintEffect = "NoSchedule"
	// TaintPreferNoSchedule: new pods are put on other nodes if possible.
	TaintPreferNoSchedule TaintEffect = "PreferNoSchedule"
	// TaintNoExecute: new pods are not put on the node, and running ones are
	// evicted.
	TaintNoExecute TaintEffect = "NoExecute"
)

// SecretType says what a Secret holds, and so which keys its data must have.
// Anyone may use types of their own.
//
// See https://kubernetes.io/docs/concepts/configuration/secret/#secret-types and
// https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/#Secret.
type SecretType string

const (
	// SecretOpaque: anything; the type of a Secret that was given none.
	SecretOpaque SecretType = "Opaque"
	// SecretServiceAccountToken: a service account's credentials, in token.
	SecretServiceAccountToken SecretType = "kubernetes.io/service-account-token"
	// SecretDockercfg: registry credentials as in ~/.dockercfg, in .dockercfg.
	SecretDockercfg SecretType = "kubernetes.io/dockercfg"
	// SecretDockerConfigJSON: registry credentials as in ~/.docker/config.json,
	// in .dockerconfigjson.
	SecretDockerConfigJSON SecretType = "kubernetes.io/dockerconfigjson"
	// SecretBasicAuth: username, password, or both.
	SecretBasicAuth SecretType = "kubernetes.io/basic-auth"
	// SecretSSHAuth: a private key, in ssh-privatekey.
	SecretSSHAuth SecretType = "kubernetes.io/ssh-auth"
	// SecretTLS: a certificate in tls.crt and its key in tls.key.
	SecretTLS SecretType = "kubernetes.io/tls"
	// SecretBootstrapToken: a token with which new nodes join.
	SecretBootstrapToken SecretType = "bootstrap.kubernetes.io/token"
)

// ServiceType is how a service is reached.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/#ServiceSpec.
type ServiceType string

const (
	// ServiceClusterIP: at an address inside the cluster; the default.
	ServiceClusterIP ServiceType = "ClusterIP"
	// ServiceNodePort: at one port of every node as well.
	ServiceNodePort ServiceType = "NodePort"
	// ServiceLoadBalancer: through a load balancer of the cloud as well.
	ServiceLoadBalancer ServiceType = "LoadBalancer"
	// ServiceExternalName: by a DNS alias for a name elsewhere.
	ServiceExternalName ServiceType = "ExternalName"
)

// IPMode is how traffic to a load balancer's IP address arrives.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/#ServiceStatus.
type IPMode string

const (
	// IPModeVIP: addressed to the load balancer; the default.
	IPModeVIP IPMode = "VIP"
	// IPModeProxy: addressed to the node or the pod.
	IPModeProxy IPMode = "Proxy"
)

// Protocol is the transport protocol of a port.
//
// See https://kubernetes.io/docs/reference/networking/service-protocols/ and
// https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/#ServiceSpec.
type Protocol string

const (
	// ProtocolTCP is TCP, the default.
	ProtocolTCP Protocol = "TCP"
	// ProtocolUDP is UDP.
	ProtocolUDP Protocol = "UDP"
	// ProtocolSCTP is SCTP.
	ProtocolSCTP Protocol = "SCTP"
)

// ContainerStateName is which of its three states a container is in. On the
// wire, it is the name of the one member that the state object has.
//
// See https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states and
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodStatus.
type ContainerStateName string

const (
	// ContainerRunning: the container runs.
	ContainerRunning ContainerStateName = "running"
	// ContainerWaiting: the container does not run yet, or again; the server
	// assumes this of a container that has no state.
	ContainerWaiting ContainerStateName = "waiting"
	// ContainerTerminated: the container ran and has ended.
	ContainerTerminated ContainerStateName = "terminated"
)

// RestartPolicy is when a pod's containers, once ended, are started again.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec.
type RestartPolicy string

const (
	// RestartAlways: whatever the exit code; the default.
	RestartAlways RestartPolicy = "Always"
	// RestartOnFailure: after an exit code other than 0.
	RestartOnFailure RestartPolicy = "OnFailure"
	// RestartNever: not at all.
	RestartNever RestartPolicy = "Never"
)

// StatefulSetUpdateStrategy is how a StatefulSet replaces pods of an old revision.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/#StatefulSetSpec.
type StatefulSetUpdateStrategy string

const (
	// StatefulSetRollingUpdate: one after the other, the last one first; the
	// default.
	StatefulSetRollingUpdate StatefulSetUpdateStrategy = "RollingUpdate"
	// StatefulSetOnDelete: when somebody deletes them.
	StatefulSetOnDelete StatefulSetUpdateStrategy = "OnDelete"
)

// PodManagementPolicy is the order in which a StatefulSet's pods come and go.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/#StatefulSetSpec.
type PodManagementPolicy string

const (
	// PodManagementOrderedReady: one at a time, when the one before is ready; the
	// default.
	PodManagementOrderedReady PodManagementPolicy = "OrderedReady"
	// PodManagementParallel: all at once.
	PodManagementParallel PodManagementPolicy = "Parallel"
)

// JobState sums up the conditions of a Job, as kubectl shows it.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/#JobStatus.
type JobState string

const (
	// JobRunning: none of the others.
	JobRunning JobState = "Running"
	// JobComplete: enough pods have succeeded, and all have ended.
	JobComplete JobState = "Complete"
	// JobFailed: it is given up, and all pods have ended.
	JobFailed JobState = "Failed"
	// JobSuspended: it is told not to run pods.
	JobSuspended JobState = "Suspended"
	// JobTerminating: the Job is being deleted.
	JobTerminating JobState = "Terminating"
	// JobFailureTarget: it is given up, and its pods are being ended.
	JobFailureTarget JobState = "FailureTarget"
	// JobSuccessCriteriaMet: enough pods have succeeded, and the others are being
	// ended.
	JobSuccessCriteriaMet JobState = "SuccessCriteriaMet"
)

// CompletionMode is how a Job counts the pods that have succeeded.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/#JobSpec.
type CompletionMode string

const (
	// CompletionNonIndexed: any pods; the default.
	CompletionNonIndexed CompletionMode = "NonIndexed"
	// CompletionIndexed: one for each index.
	CompletionIndexed CompletionMode = "Indexed"
)

// ConcurrencyPolicy is what a CronJob does when its last Job still runs.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/cron-job-v1/#CronJobSpec.
type ConcurrencyPolicy string

const (
	// ConcurrencyAllow: it makes the next one too; the default.
	ConcurrencyAllow ConcurrencyPolicy = "Allow"
	// ConcurrencyForbid: it leaves the next one out.
	ConcurrencyForbid ConcurrencyPolicy = "Forbid"
	// ConcurrencyReplace: it ends the last one.
	ConcurrencyReplace ConcurrencyPolicy = "Replace"
)

// PathType is how an Ingress compares paths.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/#IngressSpec.
type PathType string

const (
	// PathExact: the whole path.
	PathExact PathType = "Exact"
	// PathPrefix: the first elements of the path.
	PathPrefix PathType = "Prefix"
	// PathImplementationSpecific: as the controller of the class likes.
	PathImplementationSpecific PathType = "ImplementationSpecific"
)

// PersistentVolumePhase is whether a PersistentVolume is in use.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-v1/#PersistentVolumeStatus.
type PersistentVolumePhase string

const (
	// PersistentVolumePending: nothing has looked at the volume yet.
	PersistentVolumePending PersistentVolumePhase = "Pending"
	// PersistentVolumeAvailable: no claim has it.
	PersistentVolumeAvailable PersistentVolumePhase = "Available"
	// PersistentVolumeBound: a claim has it.
	PersistentVolumeBound PersistentVolumePhase = "Bound"
	// PersistentVolumeReleased: its claim is gone, and it is not reclaimed yet.
	PersistentVolumeReleased PersistentVolumePhase = "Released"
	// PersistentVolumeFailed: it could not be reclaimed.
	PersistentVolumeFailed PersistentVolumePhase = "Failed"
)

// PersistentVolumeClaimPhase is whether a PersistentVolumeClaim has its volume.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-claim-v1/#PersistentVolumeClaimStatus.
type PersistentVolumeClaimPhase string

const (
	// PersistentVolumeClaimPending: it has none yet.
	PersistentVolumeClaimPending PersistentVolumeClaimPhase = "Pending"
	// PersistentVolumeClaimBound: it has one.
	PersistentVolumeClaimBound PersistentVolumeClaimPhase = "Bound"
	// PersistentVolumeClaimLost: the one that it had is gone, with all data.
	PersistentVolumeClaimLost PersistentVolumeClaimPhase = "Lost"
)

// ReclaimPolicy is what becomes of a volume whose claim is deleted.
//
// See https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming.
type ReclaimPolicy string

const (
	// ReclaimRetain: it is kept, for somebody to look at.
	ReclaimRetain ReclaimPolicy = "Retain"
	// ReclaimDelete: it is deleted with all data.
	ReclaimDelete ReclaimPolicy = "Delete"
	// ReclaimRecycle: it is emptied. Deprecated by Kubernetes.
	ReclaimRecycle ReclaimPolicy = "Recycle"
)

// AccessMode is a way in which a volume can be mounted.
//
// See https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes.
type AccessMode string

const (
	// AccessReadWriteOnce: to read and write, on one node.
	AccessReadWriteOnce AccessMode = "ReadWriteOnce"
	// AccessReadOnlyMany: to read, on many nodes.
	AccessReadOnlyMany AccessMode = "ReadOnlyMany"
	// AccessReadWriteMany: to read and write, on many nodes.
	AccessReadWriteMany AccessMode = "ReadWriteMany"
	// AccessReadWriteOncePod: to read and write, in one pod.
	AccessReadWriteOncePod AccessMode = "ReadWriteOncePod"
)

// VolumeMode is what pods get of a volume.
//
// See https://kubernetes.io/docs/concepts/storage/persistent-volumes/#volume-mode.
type VolumeMode string

const (
	// VolumeFilesystem: a file system; the default.
	VolumeFilesystem VolumeMode = "Filesystem"
	// VolumeBlock: a raw block device.
	VolumeBlock VolumeMode = "Block"
)

// VolumeBindingMode is when a claim of a StorageClass gets its volume.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/storage-class-v1/.
type VolumeBindingMode string

const (
	// BindImmediate: as soon as there is the claim; the default.
	BindImmediate VolumeBindingMode = "Immediate"
	// BindWaitForFirstConsumer: when there is a pod that uses it.
	BindWaitForFirstConsumer VolumeBindingMode = "WaitForFirstConsumer"
)

// EventType is whether an Event is a warning.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/.
type EventType string

const (
	// EventNormal: for information.
	EventNormal EventType = "Normal"
	// EventWarning: something may be wrong.
	EventWarning EventType = "Warning"
)

// AddressType is the type of the addresses of an EndpointSlice.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/.
type AddressType string

const (
	// AddressIPv4: IPv4 addresses.
	AddressIPv4 AddressType = "IPv4"
	// AddressIPv6: IPv6 addresses.
	AddressIPv6 AddressType = "IPv6"
	// AddressFQDN: DNS names.
	AddressFQDN AddressType = "FQDN"
)

// MetricSourceType is where an autoscaler's metric comes from.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/#HorizontalPodAutoscalerSpec.
type MetricSourceType string

const (
	// MetricResource: CPU or memory of the pods.
	MetricResource MetricSourceType = "Resource"
	// MetricContainerResource: CPU or memory of one container of each pod.
	MetricContainerResource MetricSourceType = "ContainerResource"
	// MetricPods: something else that pods tell.
	MetricPods MetricSourceType = "Pods"
	// MetricObject: something that another object tells.
	MetricObject MetricSourceType = "Object"
	// MetricExternal: something from outside the cluster.
	MetricExternal MetricSourceType = "External"
)

// PolicyType is a direction of traffic that a NetworkPolicy restricts.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec.
type PolicyType string

const (
	// PolicyIngress: incoming traffic.
	PolicyIngress PolicyType = "Ingress"
	// PolicyEgress: outgoing traffic.
	PolicyEgress PolicyType = "Egress"
)

// UnhealthyPodEvictionPolicy is when a PodDisruptionBudget lets pods go that run
// and are not ready.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/pod-disruption-budget-v1/#PodDisruptionBudgetSpec.
type UnhealthyPodEvictionPolicy string

const (
	// EvictIfHealthyBudget: when enough others are ready; the default.
	EvictIfHealthyBudget UnhealthyPodEvictionPolicy = "IfHealthyBudget"
	// EvictAlwaysAllow: always.
	EvictAlwaysAllow UnhealthyPodEvictionPolicy = "AlwaysAllow"
)

// SubjectKind is what kind of subject a role is granted to.
//
// See https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects.
type SubjectKind string

const (
	// SubjectUser: a user, who is no object.
	SubjectUser SubjectKind = "User"
	// SubjectGroup: all users of a group.
	SubjectGroup SubjectKind = "Group"
	// SubjectServiceAccount: a service account.
	SubjectServiceAccount SubjectKind = "ServiceAccount"
)

// Scope is whether objects of a custom kind are in namespaces.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/#CustomResourceDefinitionSpec.
type Scope string

const (
	// ScopeNamespaced: each is in one.
	ScopeNamespaced Scope = "Namespaced"
	// ScopeCluster: none is.
	ScopeCluster Scope = "Cluster"
)

// LeaseStrategy is how the API server chooses who gets a Lease.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/#LeaseSpec.
type LeaseStrategy string

// LeaseOldestEmulationVersion: the candidate that acts as the oldest version.
const LeaseOldestEmulationVersion LeaseStrategy = "OldestEmulationVersion"
