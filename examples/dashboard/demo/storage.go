package demo

import (
	"fmt"
	"time"
)

func storageClass(born time.Time) object {
	return assemble(object{"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": object{"name": "gp3", "creationTimestamp": stamp(born)}},
		part{by: helm, at: born, body: object{
			"metadata":    object{"annotations": labels{"storageclass.kubernetes.io/is-default-class": "true"}},
			"provisioner": "ebs.csi.aws.com", "parameters": labels{"type": "gp3"}, "reclaimPolicy": "Delete",
			"volumeBindingMode": "WaitForFirstConsumer", "allowVolumeExpansion": true}})
}

func (a *app) claimSpec() object {
	return object{"accessModes": texts("ReadWriteOnce"), "storageClassName": "gp3",
		"resources": object{"requests": labels{"storage": fmt.Sprintf("%dGi", a.disk)}}}
}

func (a *app) claimTemplate() object {
	return object{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": object{"name": a.claimName()}, "spec": a.claimSpec()}
}

// claim and volume are the disk of one pod of a StatefulSet.
func (p *pod) claim(volume string) object {
	size := labels{"storage": fmt.Sprintf("%dGi", p.app.disk)}
	return assemble(
		object{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": object{
			"name": p.claimObject(), "namespace": p.app.ns, "uid": volume[len("pvc-"):], "creationTimestamp": stamp(p.born)}},
		part{by: controller, at: p.born, body: object{
			"metadata": object{"labels": labels{"app": p.app.name}, "finalizers": texts("kubernetes.io/pvc-protection"),
				"annotations": labels{"pv.kubernetes.io/bind-completed": "yes", "volume.kubernetes.io/selected-node": p.node.name}},
			"spec": join(p.app.claimSpec(), object{"volumeName": volume})}},
		part{by: controller, sub: "status", at: p.born.Add(10 * time.Second), body: object{
			"status": object{"phase": "Bound", "accessModes": texts("ReadWriteOnce"), "capacity": size}}})
}

func (p *pod) claimObject() string { return p.app.claimName() + "-" + p.name }

func (p *pod) volume(name string) object {
	return assemble(
		object{"apiVersion": "v1", "kind": "PersistentVolume", "metadata": object{"name": name, "creationTimestamp": stamp(p.born)}},
		part{by: "csi-provisioner", at: p.born, body: object{
			"metadata": object{"finalizers": texts("kubernetes.io/pv-protection"), "annotations": labels{"pv.kubernetes.io/provisioned-by": "ebs.csi.aws.com"}},
			"spec": object{
				"accessModes": texts("ReadWriteOnce"), "storageClassName": "gp3", "persistentVolumeReclaimPolicy": "Delete",
				"capacity": labels{"storage": fmt.Sprintf("%dGi", p.app.disk)},
				"claimRef": object{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": p.app.ns, "name": p.claimObject(), "uid": name[len("pvc-"):]},
				"csi":      object{"driver": "ebs.csi.aws.com", "fsType": "ext4", "volumeHandle": "vol-" + name[len(name)-12:]},
			}}},
		part{by: controller, sub: "status", at: p.born.Add(10 * time.Second), body: object{"status": object{"phase": "Bound"}}})
}
