package web

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kubeviews/kube/kinds"
)

var helpers = template.FuncMap{
	"count": count,
	"age":   age,
	"clock": func(t time.Time) string { return clock(t, time.Now()) },
	"iso":   func(t time.Time) string { return t.Local().Format(time.RFC3339) },
	"lower": strings.ToLower,
	"whole": whole,
	"add":   func(a, b int) int { return a + b },
}

// clock is a moment of which perhaps nothing is told.
func clock(t, now time.Time) string {
	if t.IsZero() {
		return unknown
	}
	return moment(t, now)
}

// moment is a time of day, with the day unless that is today's.
func moment(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04:05")
	}
	return t.Format("2 Jan 15:04:05")
}

// age is a duration as kubectl prints it, in one or two units.
func age(d time.Duration) string {
	d = max(d, 0)
	switch days := int(d.Hours() / 24); {
	case d < 2*time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < 10*time.Minute:
		return fmt.Sprintf("%dm%ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 3*time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 8*time.Hour:
		return fmt.Sprintf("%dh%dm", int(d.Hours()), int(d.Minutes())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	case days < 8:
		return fmt.Sprintf("%dd%dh", days, int(d.Hours())%24)
	case days < 2*365:
		return fmt.Sprintf("%dd", days)
	default:
		return fmt.Sprintf("%dy%dd", days/365, days%365)
	}
}

// count is a number with its thousands apart.
func count(n any) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return text
}

// whole is a text that may be too long for its cell to be seen whole, and "" for others.
func whole(text string) string {
	const fits = 40 // also of broad letters
	if utf8.RuneCountInString(text) <= fits {
		return ""
	}
	return text
}

// cores is an amount of CPU.
func cores(n float64) string { return strconv.FormatFloat(float64(int(n*100+0.5))/100, 'f', -1, 64) }

// bytesText is an amount of memory.
func bytesText(n int64) string {
	const unit = 1024
	size, at := float64(n), 0
	for ; size >= unit && at < 5; at++ {
		size /= unit
	}
	digits := 0
	if size < 10 && at > 0 {
		digits = 1
	}
	return strconv.FormatFloat(size, 'f', digits, 64) + " " + []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}[at]
}

// plural is a kind's name for many, with the end of its resource's name: "Network
// policies" of networkpolicies. It is the name itself where the resource is called
// otherwise, as nodes are of NodeMetrics.
func plural(k kinds.Kind) string {
	name, rest := words(string(k.Name())), k.Resource()
	for i, r := range name {
		if r == ' ' {
			continue
		}
		after, ok := strings.CutPrefix(rest, strings.ToLower(string(r)))
		switch {
		case ok:
			rest = after
		case i == 0 || name[i-1] == ' ':
			return name
		default:
			return name[:i] + rest
		}
	}
	return name + rest
}

// words parts a name in camel case: "Horizontal pod autoscaler".
func words(name string) string {
	var b strings.Builder
	for i, r := range name {
		if upper := r >= 'A' && r <= 'Z'; upper && i > 0 && name[i-1] >= 'a' && name[i-1] <= 'z' {
			b.WriteByte(' ')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
