package items

import (
	"strconv"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// Metric is something that an autoscaler looks at: in its spec with the target, in
// its status with what was measured.
type Metric struct {
	Type      kinds.MetricSourceType
	Name      string          // of the metric, or of the resource: "cpu"
	Container string          // of a metric of one container, else ""
	Object    ObjectReference // of a metric of an object in the same namespace
	Selector  LabelSelector   // narrows the metric; zero when nothing does
	Value     MetricValue
}

// MetricValue is a target, or what was measured, in one or more of three forms. It
// is immutable; the zero value has none of them.
type MetricValue struct {
	value, average Quantity
	utilization    int64
	has            [3]bool // value, average, utilization
}

// Value is the amount itself.
func (v MetricValue) Value() (Quantity, bool) { return v.value, v.has[0] }

// AverageValue is the amount for each pod.
func (v MetricValue) AverageValue() (Quantity, bool) { return v.average, v.has[1] }

// Utilization is the average of the pods in percent of what they request.
func (v MetricValue) Utilization() (percent int64, ok bool) { return v.utilization, v.has[2] }

// String is the value as kubectl writes it: "80%", "100m (avg)", "10", or
// "<unknown>".
func (v MetricValue) String() string {
	switch {
	case v.has[2]:
		return strconv.FormatInt(v.utilization, 10) + "%"
	case v.has[1]:
		return v.average.String() + " (avg)"
	case v.has[0]:
		return v.value.String()
	}
	return "<unknown>"
}

// Equal reports whether both tell the same amounts. go-cmp uses it.
func (v MetricValue) Equal(other MetricValue) bool {
	return v.has == other.has && v.utilization == other.utilization && v.value.Equal(other.value) && v.average.Equal(other.average)
}

// Metrics are what the autoscaler looks at, with the targets. The slice is the
// caller's.
//
// A server that has only autoscaling/v1 tells of the CPU alone; it keeps other
// metrics in annotations. Values in the fields of autoscaling/v2beta1, which is the
// newest version of servers before 1.12, are not read. Possible error: *StatusError
// when they are malformed.
func (h HorizontalPodAutoscaler) Metrics() ([]Metric, error) {
	if h.APIVersion() == "autoscaling/v1" {
		return h.cpu("spec", "targetCPUUtilizationPercentage")
	}
	return h.metrics("spec", "metrics")
}

// CurrentMetrics are what was measured last. There may be fewer than Metrics, as
// long as nothing has been measured. Otherwise they are as those of Metrics.
func (h HorizontalPodAutoscaler) CurrentMetrics() ([]Metric, error) {
	if h.APIVersion() == "autoscaling/v1" {
		return h.cpu("status", "currentCPUUtilizationPercentage")
	}
	return h.metrics("status", "currentMetrics")
}

// cpu reads the one metric that autoscaling/v1 has.
func (h HorizontalPodAutoscaler) cpu(path ...string) ([]Metric, error) {
	percent, err := rest.Int(h.doc(), path...)
	if isUnset(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	value := MetricValue{utilization: percent, has: [3]bool{2: true}}
	return []Metric{{Type: kinds.MetricResource, Name: "cpu", Value: value}}, nil
}

// metricSource is what the five types of metrics have on the wire, together.
type metricSource struct {
	Name   string `json:"name"`
	Metric struct {
		Name     string        `json:"name"`
		Selector LabelSelector `json:"selector"`
	} `json:"metric"`
	Container       string          `json:"container"`
	DescribedObject ObjectReference `json:"describedObject"`
	Target          metricValue     `json:"target"`
	Current         metricValue     `json:"current"`
}

// metricValue is a [MetricValue] on the wire.
type metricValue struct {
	Value              raw.Value `json:"value"`
	AverageValue       raw.Value `json:"averageValue"`
	AverageUtilization *int64    `json:"averageUtilization"`
}

func (h HorizontalPodAutoscaler) metrics(path ...string) ([]Metric, error) {
	wire, err := list[struct {
		Type              kinds.MetricSourceType `json:"type"`
		Object            *metricSource          `json:"object"`
		Pods              *metricSource          `json:"pods"`
		Resource          *metricSource          `json:"resource"`
		ContainerResource *metricSource          `json:"containerResource"`
		External          *metricSource          `json:"external"`
	}](h.doc(), path...)
	if err != nil {
		return nil, err
	}
	var all []Metric
	for _, w := range wire {
		m := Metric{Type: w.Type}
		for _, source := range []*metricSource{w.Object, w.Pods, w.Resource, w.ContainerResource, w.External} {
			if source == nil {
				continue
			}
			if err := m.fill(source); err != nil {
				return nil, rest.Malformed(h.doc(), err, path...)
			}
		}
		all = append(all, m)
	}
	return all, nil
}

func (m *Metric) fill(w *metricSource) (err error) {
	m.Name, m.Container, m.Object, m.Selector = w.Name, w.Container, w.DescribedObject, w.Metric.Selector
	if w.Metric.Name != "" {
		m.Name = w.Metric.Name
	}
	for _, value := range []metricValue{w.Target, w.Current} { // there is one of them
		if err == nil {
			err = m.Value.fill(value)
		}
	}
	return err
}

func (v *MetricValue) fill(w metricValue) (err error) {
	if w.AverageUtilization != nil {
		v.utilization, v.has[2] = *w.AverageUtilization, true
	}
	if w.Value.IsSet() {
		v.value, err = quantity(w.Value)
		v.has[0] = true
	}
	if err == nil && w.AverageValue.IsSet() {
		v.average, err = quantity(w.AverageValue)
		v.has[1] = true
	}
	return err
}
