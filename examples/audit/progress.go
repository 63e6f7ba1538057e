package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// progress tells how a long work is getting on: on a terminal by one line that
// changes, elsewhere by a line now and then.
type progress struct {
	mu    sync.Mutex
	to    io.Writer
	live  bool
	now   func() time.Time
	every time.Duration
	last  time.Time
	shown bool // a line is there to be overwritten
}

func (a *app) progress() *progress {
	p := &progress{to: a.err, live: a.errIsTerminal && a.env("TERM") != "dumb", now: a.now, every: 30 * time.Second}
	if p.live {
		p.every = 100 * time.Millisecond
	}
	p.last = p.now()
	return p
}

// say tells how far it is, if the last time was long enough ago.
func (p *progress) say(text func() string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.now(); now.Sub(p.last) >= p.every {
		p.last = now
		p.line(text())
	}
}

func (p *progress) line(text string) {
	if p.live {
		fmt.Fprintf(p.to, "\r\x1b[K%s", text)
		p.shown = true
		return
	}
	fmt.Fprintln(p.to, text)
}

// note tells something that stays.
func (p *progress) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	fmt.Fprintf(p.to, format+"\n", args...)
}

// around does something to the terminal while no line is in the way.
func (p *progress) around(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	do()
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.shown = false
	}
}

// done takes the line away.
func (p *progress) done() { p.around(func() {}) }

// number shows a count: 12,345.
func number[N int | int64](n N) string {
	text := strconv.FormatInt(int64(n), 10)
	var groups []string
	for len(text) > 3 {
		groups = append([]string{text[len(text)-3:]}, groups...)
		text = text[:len(text)-3]
	}
	return strings.Join(append([]string{text}, groups...), ",")
}

// plural shows a count of things.
func plural[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return number(n) + " " + thing + "s"
}

// size shows a number of bytes.
func size(n int64) string {
	switch {
	case n < 1<<10:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
