package kinds

// Name is the name of a kind, as objects carry it in their kind field. Names
// that are not among the constants are as good: every kind has one.
type Name string

// The kinds that have a view of their own, and the kinds of their lists.
const (
	DaemonSet             Name = "DaemonSet"
	Deployment            Name = "Deployment"
	Namespace             Name = "Namespace"
	Node                  Name = "Node"
	Pod                   Name = "Pod"
	ReplicaSet            Name = "ReplicaSet"
	ReplicationController Name = "ReplicationController"
	Secret                Name = "Secret"
	Service               Name = "Service"

	DaemonSetList             Name = "DaemonSetList"
	DeploymentList            Name = "DeploymentList"
	NamespaceList             Name = "NamespaceList"
	NodeList                  Name = "NodeList"
	PodList                   Name = "PodList"
	ReplicaSetList            Name = "ReplicaSetList"
	ReplicationControllerList Name = "ReplicationControllerList"
	SecretList                Name = "SecretList"
	ServiceList               Name = "ServiceList"
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
