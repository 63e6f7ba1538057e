package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// report prints a table, and lines for machines behind it.
type report struct {
	table *tabwriter.Writer
	out   io.Writer
	lines []string
	start time.Time
}

func newReport(out io.Writer, s scale) *report {
	r := &report{table: tabwriter.NewWriter(out, 0, 8, 2, ' ', tabwriter.AlignRight), out: out, start: time.Now()}
	fmt.Fprintf(out, "%d pods, %d events, medians of %d rounds in turns; how many times cheaper ours is (lowest, highest round)\n\n", s.pods, s.events, s.rounds)
	fmt.Fprintln(r.table, "case\tpeer\twhat\tours\ttheirs\tratio\tlowest\thighest\t")
	return r
}

func (r *report) add(c comparison, p pair) {
	for _, m := range c.metrics {
		mid, low, high := p.ratio(m)
		fmt.Fprintf(r.table, "%s\t%s\t%s\t%s\t%s\t%.3g\t%.3g\t%.3g\t\n", c.title, c.peer, m.unit,
			m.format(median(p.Ours, m.of)), m.format(median(p.Theirs, m.of)), mid, low, high)
		r.lines = append(r.lines, fmt.Sprintf("ratio %s%s %s %.3f", c.title, m.suffix, c.peer, mid))
	}
	r.table.Flush()
}

func (m metric) format(v float64) string {
	switch m.unit {
	case "cpu", "wall":
		return time.Duration(v * float64(time.Second)).Round(roundTo(v)).String()
	case "allocs":
		return fmt.Sprintf("%.0f", v)
	}
	if m.unit == "B/item" {
		return fmt.Sprintf("%.0f B", v)
	}
	return fmt.Sprintf("%.2f MB", v/1e6)
}

func roundTo(seconds float64) time.Duration {
	if seconds < 1e-5 {
		return time.Nanosecond
	}
	return time.Duration(seconds*1e9/1000) + 1
}

func (r *report) end() {
	fmt.Fprintln(r.out)
	for _, line := range r.lines {
		fmt.Fprintln(r.out, line)
	}
	fmt.Fprintf(r.out, "\ndone in %s\n", time.Since(r.start).Round(time.Second))
}
