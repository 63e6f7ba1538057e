package items_test

import (
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

var workloadKinds = []kindTest{
	kindOf[items.StatefulSet](kinds.StatefulSet, map[string][2]string{
		"full": {`{"kind":"StatefulSet","apiVersion":"apps/v1","metadata":{"name":"db","namespace":"n"},
			"spec":{"replicas":3,"selector":{"matchLabels":{"app":"db"}},"template":{"spec":{"containers":[{"name":"a","image":"a:1"},{"name":"b","image":"b:2"}]}},
				"volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"storageClassName":"fast","resources":{"requests":{"storage":"10Gi"}}}},{"metadata":{"name":"tmp"},"spec":{"resources":{}}}],
				"serviceName":"db","podManagementPolicy":"Parallel","updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":2}}},
			"status":{"observedGeneration":4,"replicas":3,"readyReplicas":2,"currentReplicas":1,"updatedReplicas":2,"currentRevision":"db-1","updateRevision":"db-2","availableReplicas":0}}`,
			`AvailableReplicas: 0
			Containers: [{Name:a Image:a:1} {Name:b Image:b:2}]
			CurrentReplicas: 1
			CurrentRevision: db-1
			DesiredReplicas: 3
			ObservedGeneration: 4
			Partition: 2
			PodManagementPolicy: Parallel
			ReadyReplicas: 2
			Replicas: 3
			Rollout: 2 of 3 replicas are ready
			Selector: app=db
			ServiceName: db
			UpdateRevision: db-2
			UpdateStrategy: RollingUpdate
			UpdatedReplicas: 2
			VolumeClaims: [{Name:data StorageClass:fast AccessModes:[ReadWriteOnce] Storage:10Gi} {Name:tmp StorageClass: AccessModes:[] Storage:0}]`},
		"new": {`{"kind":"StatefulSet","metadata":{"name":"db"},"spec":{"serviceName":""},"status":{"replicas":0,"availableReplicas":0}}`,
			`AvailableReplicas: 0
			Containers: []
			CurrentReplicas: unset status.currentReplicas
			CurrentRevision: unset status.currentRevision
			DesiredReplicas: 1
			ObservedGeneration: unset status.observedGeneration
			Partition: 0
			PodManagementPolicy: OrderedReady
			ReadyReplicas: unset status.readyReplicas
			Replicas: 0
			Rollout: the controller has not seen the newest spec yet
			Selector: unset spec.selector
			ServiceName: unset spec.serviceName
			UpdateRevision: unset status.updateRevision
			UpdateStrategy: RollingUpdate
			UpdatedReplicas: unset status.updatedReplicas
			VolumeClaims: []`},
		"malformed": {`{"kind":"StatefulSet","metadata":{"name":"db"},"spec":{"replicas":"3","selector":{"matchLabels":{"a":"b,c=d"}},"template":{"spec":{"containers":{}}},
				"volumeClaimTemplates":[{"spec":{"resources":{"requests":{"storage":"much"}}}}],"serviceName":7,"podManagementPolicy":[],"updateStrategy":{"type":1,"rollingUpdate":{"partition":1.5}}},
			"status":{"observedGeneration":"4","replicas":null,"readyReplicas":"2","currentReplicas":{},"updatedReplicas":[],"currentRevision":1,"updateRevision":2,"availableReplicas":false}}`,
			`AvailableReplicas: bad status.availableReplicas
			Containers: bad spec.template.spec.containers
			CurrentReplicas: bad status.currentReplicas
			CurrentRevision: bad status.currentRevision
			DesiredReplicas: bad spec.replicas
			ObservedGeneration: bad status.observedGeneration
			Partition: bad spec.updateStrategy.rollingUpdate.partition
			PodManagementPolicy: bad spec.podManagementPolicy
			ReadyReplicas: bad status.readyReplicas
			Replicas: 0
			Rollout: bad status.observedGeneration
			Selector: bad spec.selector
			ServiceName: bad spec.serviceName
			UpdateRevision: bad status.updateRevision
			UpdateStrategy: bad spec.updateStrategy.type
			UpdatedReplicas: bad status.updatedReplicas
			VolumeClaims: bad spec.volumeClaimTemplates`},
	}),
	kindOf[items.Job](kinds.Job, map[string][2]string{
		"full": {`{"kind":"Job","apiVersion":"batch/v1","metadata":{"name":"j","namespace":"n"},
			"spec":{"parallelism":2,"completions":5,"activeDeadlineSeconds":600,"backoffLimit":6,"selector":{"matchLabels":{"uid":"u"}},"completionMode":"Indexed","suspend":false,"ttlSecondsAfterFinished":90,
				"template":{"spec":{"containers":[{"name":"a","image":"a:1"}]}}},
			"status":{"conditions":[{"type":"SuccessCriteriaMet","status":"True"},{"type":"Complete","status":"True"}],"startTime":"2026-01-02T03:04:05Z","completionTime":"2026-01-02T03:05:05Z",
				"succeeded":5,"failed":1,"completedIndexes":"0-4","failedIndexes":"7","terminating":0,"uncountedTerminatedPods":{},"ready":0}}`,
			`Active: 0
			ActiveDeadline: 10m0s
			BackoffLimit: 6
			CompletedIndexes: 0-4
			CompletionMode: Indexed
			CompletionTime: 2026-01-02 03:05:05 +0000 UTC
			Completions: 5
			Containers: [{Name:a Image:a:1}]
			Failed: 1
			FailedIndexes: 7
			Parallelism: 2
			Ready: 0
			Selector: uid=u
			StartTime: 2026-01-02 03:04:05 +0000 UTC
			State: Complete
			Succeeded: 5
			Suspended: false
			TTLAfterFinished: 1m30s
			Terminating: 0`},
		"new": {`{"kind":"Job","metadata":{"name":"j"},"spec":{},"status":{}}`,
			`Active: unset status.active
			ActiveDeadline: unset spec.activeDeadlineSeconds
			BackoffLimit: unset spec.backoffLimit
			CompletedIndexes:
			CompletionMode: NonIndexed
			CompletionTime: unset status.completionTime
			Completions: unset spec.completions
			Containers: []
			Failed: unset status.failed
			FailedIndexes:
			Parallelism: 1
			Ready: unset status.ready
			Selector: unset spec.selector
			StartTime: unset status.startTime
			State: Running
			Succeeded: unset status.succeeded
			Suspended: false
			TTLAfterFinished: unset spec.ttlSecondsAfterFinished
			Terminating: unset status.terminating`},
		"suspended": {`{"kind":"Job","metadata":{"name":"j"},"spec":{"suspend":true,"activeDeadlineSeconds":9223372036854775807},
			"status":{"conditions":[{"type":"Suspended","status":"True"},{"type":"Failed","status":"False"}],"terminating":0,"uncountedTerminatedPods":{},"ready":0}}`,
			`Active: 0
			ActiveDeadline: 2562047h47m16s
			BackoffLimit: unset spec.backoffLimit
			CompletedIndexes:
			CompletionMode: NonIndexed
			CompletionTime: unset status.completionTime
			Completions: unset spec.completions
			Containers: []
			Failed: 0
			FailedIndexes:
			Parallelism: 1
			Ready: 0
			Selector: unset spec.selector
			StartTime: unset status.startTime
			State: Suspended
			Succeeded: 0
			Suspended: true
			TTLAfterFinished: unset spec.ttlSecondsAfterFinished
			Terminating: 0`},
		"malformed": {`{"kind":"Job","metadata":{"name":"j"},"spec":{"parallelism":"2","completions":[],"activeDeadlineSeconds":"x","backoffLimit":{},"selector":7,"completionMode":5,"suspend":"no","ttlSecondsAfterFinished":1.5,"template":{"spec":{"containers":[7]}}},
			"status":{"conditions":{},"startTime":"noon","completionTime":7,"active":"1","succeeded":"5","failed":{},"completedIndexes":1,"failedIndexes":2,"terminating":"0","ready":[]}}`,
			`Active: bad status.active
			ActiveDeadline: bad spec.activeDeadlineSeconds
			BackoffLimit: bad spec.backoffLimit
			CompletedIndexes: bad status.completedIndexes
			CompletionMode: bad spec.completionMode
			CompletionTime: bad status.completionTime
			Completions: bad spec.completions
			Containers: bad spec.template.spec.containers
			Failed: bad status.failed
			FailedIndexes: bad status.failedIndexes
			Parallelism: bad spec.parallelism
			Ready: bad status.ready
			Selector: bad spec.selector
			StartTime: bad status.startTime
			State: bad status.conditions
			Succeeded: bad status.succeeded
			Suspended: bad spec.suspend
			TTLAfterFinished: bad spec.ttlSecondsAfterFinished
			Terminating: bad status.terminating`},
	}),
	kindOf[items.CronJob](kinds.CronJob, map[string][2]string{
		"full": {`{"kind":"CronJob","metadata":{"name":"c","namespace":"n"},"spec":{"schedule":"*/5 * * * *","timeZone":"Europe/Berlin","startingDeadlineSeconds":30,"concurrencyPolicy":"Forbid","suspend":true,
				"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"a","image":"a:1"}]}}}},"successfulJobsHistoryLimit":0,"failedJobsHistoryLimit":7},
			"status":{"active":[{"kind":"Job","namespace":"n","name":"c-1","uid":"u","apiVersion":"batch/v1","resourceVersion":"9"}],"lastScheduleTime":"2026-01-02T03:04:00Z","lastSuccessfulTime":"2026-01-02T03:00:09Z"}}`,
			`Active: [Job n/c-1]
			ConcurrencyPolicy: Forbid
			Containers: [{Name:a Image:a:1}]
			FailedJobsHistoryLimit: 7
			LastSchedule: 2026-01-02 03:04:00 +0000 UTC
			LastSuccess: 2026-01-02 03:00:09 +0000 UTC
			Schedule: */5 * * * *
			StartingDeadline: 30s
			SuccessfulJobsHistoryLimit: 0
			Suspended: true
			TimeZone: Europe/Berlin`},
		"new": {`{"kind":"CronJob","metadata":{"name":"c"},"status":{}}`,
			`Active: []
			ConcurrencyPolicy: Allow
			Containers: []
			FailedJobsHistoryLimit: 1
			LastSchedule: unset status.lastScheduleTime
			LastSuccess: unset status.lastSuccessfulTime
			Schedule: unset spec.schedule
			StartingDeadline: unset spec.startingDeadlineSeconds
			SuccessfulJobsHistoryLimit: 3
			Suspended: false
			TimeZone:`},
		"malformed": {`{"kind":"CronJob","metadata":{"name":"c"},"spec":{"schedule":5,"timeZone":1,"startingDeadlineSeconds":"30","concurrencyPolicy":{},"suspend":1,"jobTemplate":{"spec":{"template":{"spec":{"containers":"x"}}}},"successfulJobsHistoryLimit":"0","failedJobsHistoryLimit":[]},
			"status":{"active":{},"lastScheduleTime":"today","lastSuccessfulTime":7}}`,
			`Active: bad status.active
			ConcurrencyPolicy: bad spec.concurrencyPolicy
			Containers: bad spec.jobTemplate.spec.template.spec.containers
			FailedJobsHistoryLimit: bad spec.failedJobsHistoryLimit
			LastSchedule: bad status.lastScheduleTime
			LastSuccess: bad status.lastSuccessfulTime
			Schedule: bad spec.schedule
			StartingDeadline: bad spec.startingDeadlineSeconds
			SuccessfulJobsHistoryLimit: bad spec.successfulJobsHistoryLimit
			Suspended: bad spec.suspend
			TimeZone: bad spec.timeZone`},
	}),
	kindOf[items.HorizontalPodAutoscaler](kinds.HorizontalPodAutoscaler, map[string][2]string{
		"full": {`{"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v2","metadata":{"name":"h","namespace":"n"},
			"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"},"minReplicas":2,"maxReplicas":10,"metrics":[
				{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":80}}},
				{"type":"ContainerResource","containerResource":{"name":"memory","container":"main","target":{"type":"AverageValue","averageValue":"64Mi"}}},
				{"type":"Pods","pods":{"metric":{"name":"qps","selector":{"matchLabels":{"verb":"GET"}}},"target":{"type":"AverageValue","averageValue":"1500m"}}},
				{"type":"Object","object":{"describedObject":{"apiVersion":"v1","kind":"Service","name":"s"},"metric":{"name":"hits"},"target":{"type":"Value","value":"2k"}}},
				{"type":"External","external":{"metric":{"name":"queue"},"target":{"type":"Value","value":30}}},
				{"type":"Newer","newer":{}}]},
			"status":{"observedGeneration":3,"lastScaleTime":"2026-01-02T03:04:05Z","currentReplicas":4,"desiredReplicas":5,"currentMetrics":[
				{"type":"Resource","resource":{"name":"cpu","current":{"averageUtilization":91,"averageValue":"455m"}}},{"type":""}]}}`,
			`CurrentMetrics: [{Type:Resource Name:cpu Container: Object:object Selector: Value:91%} {Type: Name: Container: Object:object Selector: Value:<unknown>}]
			CurrentReplicas: 4
			DesiredReplicas: 5
			LastScaleTime: 2026-01-02 03:04:05 +0000 UTC
			MaxReplicas: 10
			Metrics: [{Type:Resource Name:cpu Container: Object:object Selector: Value:80%} {Type:ContainerResource Name:memory Container:main Object:object Selector: Value:64Mi (avg)} {Type:Pods Name:qps Container: Object:object Selector:verb=GET Value:1500m (avg)} {Type:Object Name:hits Container: Object:Service s Selector: Value:2k} {Type:External Name:queue Container: Object:object Selector: Value:30} {Type:Newer Name: Container: Object:object Selector: Value:<unknown>}]
			MinReplicas: 2
			ObservedGeneration: 3
			Target: Deployment web`},
		"new": {`{"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v2","metadata":{"name":"h"},"spec":{"metrics":null},"status":{"desiredReplicas":0,"currentMetrics":null}}`,
			`CurrentMetrics: []
			CurrentReplicas: 0
			DesiredReplicas: 0
			LastScaleTime: unset status.lastScaleTime
			MaxReplicas: unset spec.maxReplicas
			Metrics: []
			MinReplicas: 1
			ObservedGeneration: unset status.observedGeneration
			Target: unset spec.scaleTargetRef`},
		"autoscaling/v1": {`{"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v1","metadata":{"name":"h"},"spec":{"scaleTargetRef":{"kind":"Deployment","name":"web"},"maxReplicas":3,"targetCPUUtilizationPercentage":70},"status":{"currentReplicas":0,"desiredReplicas":2,"currentCPUUtilizationPercentage":55}}`,
			`CurrentMetrics: [{Type:Resource Name:cpu Container: Object:object Selector: Value:55%}]
			CurrentReplicas: 0
			DesiredReplicas: 2
			LastScaleTime: unset status.lastScaleTime
			MaxReplicas: 3
			Metrics: [{Type:Resource Name:cpu Container: Object:object Selector: Value:70%}]
			MinReplicas: 1
			ObservedGeneration: unset status.observedGeneration
			Target: Deployment web`},
		"autoscaling/v1 without metrics": {`{"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v1","metadata":{"name":"h"}}`,
			`CurrentMetrics: []
			CurrentReplicas: unset status.currentReplicas
			DesiredReplicas: unset status.desiredReplicas
			LastScaleTime: unset status.lastScaleTime
			MaxReplicas: unset spec.maxReplicas
			Metrics: []
			MinReplicas: 1
			ObservedGeneration: unset status.observedGeneration
			Target: unset spec.scaleTargetRef`},
		"malformed": {`{"kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},"spec":{"scaleTargetRef":7,"minReplicas":"1","maxReplicas":[],"metrics":[{"type":"Pods","pods":{"target":{"averageValue":"lots"}}}]},
			"status":{"observedGeneration":"1","lastScaleTime":5,"currentReplicas":"1","desiredReplicas":{},"currentMetrics":[{"type":"Resource","resource":{"current":{"value":true}}}]}}`,
			`CurrentMetrics: bad status.currentMetrics
			CurrentReplicas: bad status.currentReplicas
			DesiredReplicas: bad status.desiredReplicas
			LastScaleTime: bad status.lastScaleTime
			MaxReplicas: bad spec.maxReplicas
			Metrics: bad spec.metrics
			MinReplicas: bad spec.minReplicas
			ObservedGeneration: bad status.observedGeneration
			Target: bad spec.scaleTargetRef`},
	}),
	kindOf[items.PodDisruptionBudget](kinds.PodDisruptionBudget, map[string][2]string{
		"full": {`{"kind":"PodDisruptionBudget","metadata":{"name":"p","namespace":"n"},"spec":{"minAvailable":"50%","maxUnavailable":1,"selector":{"matchExpressions":[{"key":"app","operator":"In","values":["b","a"]},{"key":"x","operator":"DoesNotExist"}]},"unhealthyPodEvictionPolicy":"AlwaysAllow"},
			"status":{"observedGeneration":1,"disruptedPods":{"web-0":"2026-01-02T03:04:05Z"},"disruptionsAllowed":1,"currentHealthy":3,"desiredHealthy":2,"expectedPods":4}}`,
			`CurrentHealthy: 3
			DesiredHealthy: 2
			DisruptedPods: map[web-0:2026-01-02 03:04:05 +0000 UTC]
			DisruptionsAllowed: 1
			ExpectedPods: 4
			MaxUnavailable: 1
			MinAvailable: 50%
			ObservedGeneration: 1
			Selector: app in (a,b),!x
			UnhealthyPodEvictionPolicy: AlwaysAllow`},
		"new": {`{"kind":"PodDisruptionBudget","metadata":{"name":"p"},"spec":{"selector":{}},"status":{"disruptionsAllowed":0,"currentHealthy":0,"desiredHealthy":0,"expectedPods":0}}`,
			`CurrentHealthy: 0
			DesiredHealthy: 0
			DisruptedPods: map[]
			DisruptionsAllowed: 0
			ExpectedPods: 0
			MaxUnavailable: unset spec.maxUnavailable
			MinAvailable: unset spec.minAvailable
			ObservedGeneration: unset status.observedGeneration
			Selector:
			UnhealthyPodEvictionPolicy: IfHealthyBudget`},
		"malformed": {`{"kind":"PodDisruptionBudget","metadata":{"name":"p"},"spec":{"minAvailable":1.5,"maxUnavailable":{},"selector":{"matchExpressions":[{"key":"a","operator":"Gt","values":["1"]}]},"unhealthyPodEvictionPolicy":1},
			"status":{"observedGeneration":[],"disruptedPods":{"a":"b"},"disruptionsAllowed":"1","currentHealthy":[],"desiredHealthy":{},"expectedPods":false}}`,
			`CurrentHealthy: bad status.currentHealthy
			DesiredHealthy: bad status.desiredHealthy
			DisruptedPods: bad status.disruptedPods
			DisruptionsAllowed: bad status.disruptionsAllowed
			ExpectedPods: bad status.expectedPods
			MaxUnavailable: bad spec.maxUnavailable
			MinAvailable: bad spec.minAvailable
			ObservedGeneration: bad status.observedGeneration
			Selector: bad spec.selector
			UnhealthyPodEvictionPolicy: bad spec.unhealthyPodEvictionPolicy`},
	}),
}
