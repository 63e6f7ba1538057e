package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/kubeviews/kube/examples/audit/store"
)

// layouts are those of times that people give.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"}

// clocks are those of times of today.
var clocks = []string{"15:04:05.999999999", "15:04"}

// when reads a time: how long ago it was, a time of today, or a date and time; in
// the zone of the output. "" is the zero time.
func (a *app) when(text string) (time.Time, error) {
	now := a.now().In(a.zone)
	switch text {
	case "":
		return time.Time{}, nil
	case "now":
		return now, nil
	}
	if ago, ok := duration(text); ok {
		return now.Add(-ago), nil
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, text, a.zone); err == nil {
			return t, nil
		}
	}
	for _, layout := range clocks {
		if t, err := time.ParseInLocation(layout, text, a.zone); err == nil {
			return time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), a.zone), nil
		}
	}
	return time.Time{}, misuse("%q is no time: give one as 2h, 3d, 10:30, 2026-05-01, 2026-05-01T10:30:00Z or now", text)
}

// duration reads Go's durations, and days.
func duration(text string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err == nil
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d >= 0
}

// moment reads a time or a resource version, which is all digits.
func (a *app) moment(text string) (store.Moment, error) {
	if text != "" && strings.Trim(text, "0123456789") == "" {
		return store.Moment{Version: strings.TrimLeft(text, "0")}, nil
	}
	t, err := a.when(text)
	return store.Moment{Time: t}, err
}

// clock shows a time.
func (a *app) clock(t time.Time) string { return t.In(a.zone).Format("2006-01-02 15:04:05.000") }
