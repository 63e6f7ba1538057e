package kubetest

import (
	"bytes"
	"slices"
	"sync"
	"time"
)

// podLogs are the texts that the test gives out as logs.
type podLogs struct {
	mu   sync.Mutex
	logs map[string]*containerLog
}

// containerLog is what one container has written. The lock of podLogs guards it.
type containerLog struct {
	lines    []logLine
	previous []logLine
	replaced int  // counts SetLog
	ended    bool // the container writes no more
	// changed is closed and replaced at every change.
	changed chan struct{}
}

// logLine is a line with its newline, which only the last may lack. Its bytes
// never change.
type logLine struct {
	at   time.Time // when it began
	text []byte
}

// SetLog sets what a container has logged until now, by the server's clock, and
// opens its log again. A container that was given none has an empty log. The
// text may be any bytes.
func (s *Server) SetLog(namespace, pod, container, log string) {
	s.logs.change(namespace, pod, container, func(l *containerLog) {
		l.lines, l.ended = addLines(nil, s.now(), log), false
		l.replaced++
	})
}

// AppendLog lets a container log more. Requests that follow its log get it at
// once. Text without a newline at its end is a line that the next text goes on.
func (s *Server) AppendLog(namespace, pod, container, text string) {
	s.logs.change(namespace, pod, container, func(l *containerLog) {
		l.lines, l.ended = addLines(l.lines, s.now(), text), false
	})
}

// EndLog tells that a container has stopped: requests that follow its log end
// when they have it all.
func (s *Server) EndLog(namespace, pod, container string) {
	s.logs.change(namespace, pod, container, func(l *containerLog) { l.ended = true })
}

// SetPreviousLog sets what the container logged before its last restart. Without
// it, a request for the previous log is told that there was no such container.
func (s *Server) SetPreviousLog(namespace, pod, container, log string) {
	s.logs.change(namespace, pod, container, func(l *containerLog) { l.previous = addLines([]logLine{}, s.now(), log) })
}

func (p *podLogs) change(namespace, pod, container string, change func(*containerLog)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.log(namespace, pod, container)
	change(l)
	close(l.changed)
	l.changed = make(chan struct{})
}

// log finds or makes a log. The caller holds the lock.
func (p *podLogs) log(namespace, pod, container string) *containerLog {
	key := namespace + "/" + pod + "/" + container
	l := p.logs[key]
	if l == nil {
		l = &containerLog{changed: make(chan struct{})}
		if p.logs == nil {
			p.logs = map[string]*containerLog{}
		}
		p.logs[key] = l
	}
	return l
}

// addLines goes on with the last line where that has no newline.
func addLines(lines []logLine, now time.Time, text string) []logLine {
	for piece := range bytes.Lines([]byte(text)) {
		if n := len(lines); n > 0 && !lines[n-1].whole() {
			lines[n-1].text = slices.Concat(lines[n-1].text, piece)
			continue
		}
		lines = append(lines, logLine{now, piece})
	}
	return lines
}

func (l logLine) whole() bool { return bytes.HasSuffix(l.text, []byte("\n")) }

// logPlace is how far a reader has come.
type logPlace struct {
	line, offset int // the next line, and what it has of that
	replaced     int
}

// pass moves to the end of the line at the place.
func (p *logPlace) pass(line logLine) {
	p.offset = len(line.text)
	if line.whole() {
		p.line, p.offset = p.line+1, 0
	}
}

// from is what a log has after a place.
func (p *podLogs) from(namespace, pod, container string, at *logPlace) (lines []logLine, ended bool, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.log(namespace, pod, container)
	if at.replaced != l.replaced {
		*at = logPlace{replaced: l.replaced}
	}
	return slices.Clone(l.lines[at.line:]), l.ended, l.changed
}

// end is the place after all that is there, for those who want only what comes.
func (p *podLogs) end(namespace, pod, container string) logPlace {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.log(namespace, pod, container)
	at := logPlace{line: len(l.lines), replaced: l.replaced}
	if n := len(l.lines); n > 0 && !l.lines[n-1].whole() {
		at.line, at.offset = n-1, len(l.lines[n-1].text)
	}
	return at
}

// last is the previous log; ok is false without one.
func (p *podLogs) last(namespace, pod, container string) (lines []logLine, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.log(namespace, pod, container)
	return l.previous, l.previous != nil
}
