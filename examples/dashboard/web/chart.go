package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/kubeviews/kube/examples/dashboard/live"
)

// chart is a small line over time.
type chart struct {
	Title, Value string
	Least, Most  string // of the axis
	Line, Area   string // SVG paths
	Span         string // of time
}

// The size of a chart, in the units of its paths.
const (
	chartWidth  = 300.0
	chartHeight = 64.0
)

func charts(samples []live.Sample) []chart {
	pods := ofPods(samples)
	ready := series(pods, func(i int) float64 { return float64(pods[i].Ready) })
	restarts := series(pods, func(i int) float64 { return float64(pods[i].Restarts) })
	changes := series(samples, func(i int) float64 { return float64(perMinute(samples[:i+1])) })
	return []chart{
		newChart("Ready pods", ready, pods),
		newChart("Changes per minute", changes, samples),
		newChart("Restarts", restarts, pods),
	}
}

// ofPods are the samples that tell of pods.
func ofPods(samples []live.Sample) (found []live.Sample) {
	for _, s := range samples {
		if s.OfPods {
			found = append(found, s)
		}
	}
	return found
}

// Label tells a chart to who does not see it.
func (c chart) Label() string {
	switch {
	case c.Value == unknown:
		return c.Title + ": not known"
	case c.Span == "":
		return c.Title + ": " + c.Value + " now"
	}
	return fmt.Sprintf("%s: %s now, between %s and %s in the last %s", c.Title, c.Value, c.Least, c.Most, c.Span)
}

// Since is what the axis begins with.
func (c chart) Since() string {
	switch {
	case c.Value == unknown:
		return "not known"
	case c.Span == "":
		return "from now on"
	}
	return c.Span + " ago"
}

func series(samples []live.Sample, value func(int) float64) []float64 {
	all := make([]float64, len(samples))
	for i := range samples {
		all[i] = value(i)
	}
	return all
}

// perMinute is how many changes the latest minute has seen.
func perMinute(samples []live.Sample) int64 {
	if len(samples) == 0 {
		return 0
	}
	last := samples[len(samples)-1]
	first := samples[max(0, len(samples)-1-int(time.Minute/live.Interval))]
	return last.Changes - first.Changes
}

func newChart(title string, values []float64, samples []live.Sample) chart {
	c := chart{Title: title, Value: unknown}
	if len(values) == 0 {
		return c
	}
	least, most := values[0], values[0]
	for _, v := range values {
		least, most = min(least, v), max(most, v)
	}
	c.Value, c.Least, c.Most = count(int64(values[len(values)-1])), count(int64(least)), count(int64(most))
	if len(values) > 1 {
		c.Span = age(samples[len(samples)-1].Time.Sub(samples[0].Time))
		c.Line = line(values, least, max(most-least, 1))
		c.Area = fmt.Sprintf("%sL%g %gL0 %gZ", c.Line, chartWidth, chartHeight, chartHeight)
	}
	return c
}

// line is the path of values from left to right; a flat one is in the middle.
func line(values []float64, least, height float64) string {
	const margin = 3
	var b strings.Builder
	for i, v := range values {
		x := chartWidth * float64(i) / float64(len(values)-1)
		y := chartHeight - margin - (v-least)/height*(chartHeight-2*margin)
		fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(i, 1)], x, y)
	}
	return b.String()
}
