package items_test

import (
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

var storageKinds = []kindTest{
	kindOf[items.PersistentVolume](kinds.PersistentVolume, map[string][2]string{
		"full": {`{"kind":"PersistentVolume","metadata":{"name":"v"},"spec":{"capacity":{"storage":"10Gi"},"nodeAffinity":{"required":{}},"csi":{"driver":"d"},"accessModes":["ReadWriteOnce","ReadOnlyMany"],
				"claimRef":{"kind":"PersistentVolumeClaim","namespace":"n","name":"data","uid":"u","apiVersion":"v1","resourceVersion":"7"},"persistentVolumeReclaimPolicy":"Delete","storageClassName":"fast","mountOptions":["ro"],"volumeMode":"Block","volumeAttributesClassName":"gold"},
			"status":{"phase":"Failed","message":"no way","reason":"NoWay","lastPhaseTransitionTime":"2026-01-02T03:04:05Z"}}`,
			`AccessModes: [ReadWriteOnce ReadOnlyMany]
			Capacity: 10Gi
			Claim: PersistentVolumeClaim n/data
			LastPhaseTransition: 2026-01-02 03:04:05 +0000 UTC
			Message: no way
			MountOptions: [ro]
			Phase: Failed
			Reason: NoWay
			ReclaimPolicy: Delete
			Source: {Type:csi Spec:{"driver":"d"}}
			StorageClass: fast
			VolumeAttributesClass: gold
			VolumeMode: Block`},
		"new": {`{"kind":"PersistentVolume","metadata":{"name":"v"}}`,
			`AccessModes: []
			Capacity: unset spec.capacity.storage
			Claim: unset spec.claimRef
			LastPhaseTransition: unset status.lastPhaseTransitionTime
			Message: unset status.message
			MountOptions: []
			Phase: unset status.phase
			Reason: unset status.reason
			ReclaimPolicy: Retain
			Source: unset spec.persistentVolumeSource
			StorageClass:
			VolumeAttributesClass: unset spec.volumeAttributesClassName
			VolumeMode: Filesystem`},
		"malformed": {`{"kind":"PersistentVolume","metadata":{"name":"v"},"spec":{"capacity":{"storage":"big"},"accessModes":"x","claimRef":[],"persistentVolumeReclaimPolicy":1,"storageClassName":{},"mountOptions":[1],"volumeMode":[],"volumeAttributesClassName":3},
			"status":{"phase":{},"message":1,"reason":2,"lastPhaseTransitionTime":"then"}}`,
			`AccessModes: bad spec.accessModes
			Capacity: bad spec.capacity.storage
			Claim: bad spec.claimRef
			LastPhaseTransition: bad status.lastPhaseTransitionTime
			Message: bad status.message
			MountOptions: bad spec.mountOptions
			Phase: bad status.phase
			Reason: bad status.reason
			ReclaimPolicy: bad spec.persistentVolumeReclaimPolicy
			Source: unset spec.persistentVolumeSource
			StorageClass: bad spec.storageClassName
			VolumeAttributesClass: bad spec.volumeAttributesClassName
			VolumeMode: bad spec.volumeMode`},
	}),
	kindOf[items.PersistentVolumeClaim](kinds.PersistentVolumeClaim, map[string][2]string{
		"full": {`{"kind":"PersistentVolumeClaim","metadata":{"name":"c","namespace":"n"},"spec":{"accessModes":["ReadWriteOncePod"],"resources":{"requests":{"storage":"8Gi"}},"volumeName":"v","storageClassName":"","volumeMode":"Filesystem","volumeAttributesClassName":"gold"},
			"status":{"phase":"Bound","accessModes":["ReadWriteOnce"],"capacity":{"storage":"10Gi"},"currentVolumeAttributesClassName":"silver"}}`,
			`AccessModes: [ReadWriteOnce]
			Capacity: 10Gi
			Phase: Bound
			Requested: 8Gi
			RequestedAccessModes: [ReadWriteOncePod]
			StorageClass:
			VolumeAttributesClass: silver
			VolumeMode: Filesystem
			VolumeName: v`},
		"new": {`{"kind":"PersistentVolumeClaim","metadata":{"name":"c"},"spec":{"volumeName":"","volumeAttributesClassName":"gold"},"status":{"phase":"NotYetKnown"}}`,
			`AccessModes: []
			Capacity: unset status.capacity.storage
			Phase: NotYetKnown
			Requested: unset spec.resources.requests.storage
			RequestedAccessModes: []
			StorageClass: unset spec.storageClassName
			VolumeAttributesClass: gold
			VolumeMode: Filesystem
			VolumeName: unset spec.volumeName`},
		"malformed": {`{"kind":"PersistentVolumeClaim","metadata":{"name":"c"},"spec":{"accessModes":[1],"resources":{"requests":{"storage":{}}},"volumeName":1,"storageClassName":2,"volumeMode":3},
			"status":{"phase":4,"accessModes":{},"capacity":{"storage":"1 Gi"},"currentVolumeAttributesClassName":[]}}`,
			`AccessModes: bad status.accessModes
			Capacity: bad status.capacity.storage
			Phase: bad status.phase
			Requested: bad spec.resources.requests.storage
			RequestedAccessModes: bad spec.accessModes
			StorageClass: bad spec.storageClassName
			VolumeAttributesClass: bad status.currentVolumeAttributesClassName
			VolumeMode: bad spec.volumeMode
			VolumeName: bad spec.volumeName`},
	}),
	kindOf[items.StorageClass](kinds.StorageClass, map[string][2]string{
		"full": {`{"kind":"StorageClass","metadata":{"name":"s","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}},"provisioner":"p.example","parameters":{"type":"ssd"},"reclaimPolicy":"Retain","mountOptions":["ro"],"allowVolumeExpansion":true,"volumeBindingMode":"WaitForFirstConsumer"}`,
			`AllowsExpansion: true
			IsDefault: true
			MountOptions: [ro]
			Parameters: map[type:ssd]
			Provisioner: p.example
			ReclaimPolicy: Retain
			VolumeBindingMode: WaitForFirstConsumer`},
		"new": {`{"kind":"StorageClass","metadata":{"name":"s","annotations":{"storageclass.beta.kubernetes.io/is-default-class":"false"}}}`,
			`AllowsExpansion: false
			IsDefault: false
			MountOptions: []
			Parameters: map[]
			Provisioner: unset provisioner
			ReclaimPolicy: Delete
			VolumeBindingMode: Immediate`},
		"malformed": {`{"kind":"StorageClass","metadata":{"name":"s","annotations":{"storageclass.beta.kubernetes.io/is-default-class":"true"}},"provisioner":1,"parameters":{"a":1},"reclaimPolicy":2,"mountOptions":{},"allowVolumeExpansion":"yes","volumeBindingMode":[]}`,
			`AllowsExpansion: bad allowVolumeExpansion
			IsDefault: true
			MountOptions: bad mountOptions
			Parameters: bad parameters.a
			Provisioner: bad provisioner
			ReclaimPolicy: bad reclaimPolicy
			VolumeBindingMode: bad volumeBindingMode`},
	}),
	kindOf[items.ConfigMap](kinds.ConfigMap, map[string][2]string{
		"full": {`{"kind":"ConfigMap","metadata":{"name":"c","namespace":"n"},"data":{"b":"text","a":"grün"},"binaryData":{"z":"AP8="},"immutable":true}`,
			`BinaryData: map[z:[0 255]]
			Data: map[a:grün b:text]
			Immutable: true
			Keys: [a b z]`},
		"new": {`{"kind":"ConfigMap","metadata":{"name":"c"},"data":null}`,
			`BinaryData: map[]
			Data: map[]
			Immutable: false
			Keys: []`},
		"malformed": {`{"kind":"ConfigMap","metadata":{"name":"c"},"data":{"a":1},"binaryData":{"z":"*"},"immutable":1}`,
			`BinaryData: bad binaryData.z
			Data: bad data.a
			Immutable: bad immutable
			Keys: [a z]`},
	}),
}
