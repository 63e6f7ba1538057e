package web

import (
	"fmt"
	"slices"
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
	Until        string // its end: "now", or a time
}

// The size of a chart, in the units of its paths.
const (
	chartWidth  = 300.0
	chartHeight = 64.0
)

func charts(samples []live.Sample, now time.Time) []chart {
	pods := ofPods(samples)
	ready := series(pods, func(i int) float64 { return float64(pods[i].Ready) })
	restarts := series(pods, func(i int) float64 { return float64(pods[i].Restarts) })
	changes := series(samples, func(i int) float64 { return float64(perMinute(samples[:i+1])) })
	return []chart{
		newChart("Ready pods", ready, pods, now),
		newChart("Changes per minute", changes, samples, now),
		newChart("Restarts", restarts, pods, now),
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
		return c.Title + ": " + c.Value + " " + c.end()
	}
	return fmt.Sprintf("%s: %s %s, between %s and %s in the last %s", c.Title, c.Value, c.end(), c.Least, c.Most, c.Span)
}

func (c chart) end() string {
	if c.Until == "now" {
		return c.Until
	}
	return "at " + c.Until
}

// Since is what the axis begins with.
func (c chart) Since() string {
	switch {
	case c.Value == unknown:
		return "not known"
	case c.Span == "":
		return "from now on"
	case c.Until != "now":
		return c.Span + " before"
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

// perMinute is how many changes the minute before the last sample has seen.
func perMinute(samples []live.Sample) int64 {
	if len(samples) == 0 {
		return 0
	}
	last := samples[len(samples)-1]
	// A little more than a minute: samples are not taken on the dot.
	first, _ := slices.BinarySearchFunc(samples, last.Time.Add(-time.Minute-live.Interval/2), func(s live.Sample, t time.Time) int { return s.Time.Compare(t) })
	return last.Changes - samples[first].Changes
}

func newChart(title string, values []float64, samples []live.Sample, now time.Time) chart {
	c := chart{Title: title, Value: unknown}
	if len(values) == 0 {
		return c
	}
	least, most := values[0], values[0]
	for _, v := range values {
		least, most = min(least, v), max(most, v)
	}
	first, last := samples[0].Time, samples[len(samples)-1].Time
	c.Value, c.Least, c.Most, c.Until = count(int64(values[len(values)-1])), count(int64(least)), count(int64(most)), "now"
	if now.Sub(last) > current {
		c.Until = moment(last, now)
	}
	if len(values) > 1 {
		c.Span = age(last.Sub(first))
		c.draw(values, samples, least, max(most-least, 1))
	}
	return c
}

// draw makes the paths, from left to right as time goes. Where there was no contact they
// are interrupted; a flat line is in the middle.
func (c *chart) draw(values []float64, samples []live.Sample, least, height float64) {
	const margin = 3
	first := samples[0].Time
	span := samples[len(samples)-1].Time.Sub(first).Seconds()
	var line, area strings.Builder
	begun := 0.0 // where the part begins
	for i, v := range values {
		x := chartWidth * samples[i].Time.Sub(first).Seconds() / max(span, 1e-9)
		y := chartHeight - margin - (v-least)/height*(chartHeight-2*margin)
		step := "L"
		if i == 0 || samples[i].Time.Sub(samples[i-1].Time) > current {
			step, begun = "M", x
		}
		fmt.Fprintf(&line, "%s%.1f %.1f", step, x, y)
		fmt.Fprintf(&area, "%s%.1f %.1f", step, x, y)
		if i+1 == len(values) || samples[i+1].Time.Sub(samples[i].Time) > current {
			fmt.Fprintf(&area, "L%.1f %gL%.1f %gZ", x, chartHeight, begun, chartHeight)
		}
	}
	c.Line, c.Area = line.String(), area.String()
}
