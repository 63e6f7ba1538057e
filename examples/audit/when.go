package main

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/kubeviews/kube/examples/audit/store"
)

// layouts are those of times that people give. One without an offset is in the zone of
// the output.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04",
	"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04", "2006-01-02",
}

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
	for _, whole := range []string{text, now.Format(time.DateOnly) + " " + text} {
		for _, layout := range layouts {
			if t, err := time.ParseInLocation(layout, whole, a.zone); err == nil {
				return t, nil
			}
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

// moment reads a time or a resource version, which is all digits. At 0 there is nothing.
func (a *app) moment(text string) (store.Moment, error) {
	if text != "" && strings.Trim(text, "0123456789") == "" {
		return store.Moment{Version: cmp.Or(strings.TrimLeft(text, "0"), "0")}, nil
	}
	switch text {
	case "":
		return store.Moment{}, misuse("an empty text is no time and no version")
	case "now":
		return store.Moment{}, nil // whatever the clock says
	}
	t, err := a.when(text)
	return store.Moment{Time: t}, err
}

// clock shows a time as exactly as it is stored: given back, it finds what it was shown
// with. The offset tells apart what a clock on the wall shows twice in autumn.
func (a *app) clock(t time.Time) string {
	t = t.In(a.zone)
	if zone, offset := t.Zone(); zone == "UTC" && offset == 0 {
		return t.Format("2006-01-02 15:04:05.000000Z")
	}
	return t.Format("2006-01-02 15:04:05.000000-07:00")
}

// joined puts printed times together, which a shell takes apart where they have no quotes.
func joined(args []string) (whole []string) {
	for _, arg := range args {
		if n := len(whole); n > 0 && endsInDate(whole[n-1]) && isClock(arg) {
			whole[n-1] += " " + arg
		} else {
			whole = append(whole, arg)
		}
	}
	return whole
}

// endsInDate reports whether an argument, or a flag with its value, is a date.
func endsInDate(arg string) bool {
	_, err := time.Parse(time.DateOnly, arg[strings.Index(arg, "=")+1:])
	return err == nil
}

// isClock reports whether an argument is the second half of a printed time.
func isClock(arg string) bool {
	_, err := time.Parse("15:04:05.000000Z07:00", arg)
	return err == nil
}
