package items

import (
	"bufio"
	"context"
	"errors"
	"io"
	"iter"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/meta"
)

// LogOption says which part of a pod's log is read. One that makes no sense is an
// *ArgumentError, before anything is sent.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod.
type LogOption func(url.Values) error

// InContainer names the container, which a pod with one container has no need of.
func InContainer(name string) LogOption {
	return func(q url.Values) error {
		if err := meta.ValidateName(name); err != nil {
			return &rest.ArgumentError{Arg: "container", Value: name, Err: err}
		}
		q.Set("container", name)
		return nil
	}
}

// Follow goes on with what is logged from now on, until the container ends. Once
// the server has begun to answer, which it does before anything is logged, it has no
// timeout but its context.
func Follow() LogOption { return logFlag("follow") }

// Previous reads the log of the container's run before the last restart.
func Previous() LogOption { return logFlag("previous") }

// Timestamps has the server say of each line when it was logged, which becomes
// its Time.
func Timestamps() LogOption { return logFlag("timestamps") }

func logFlag(name string) LogOption {
	return func(q url.Values) error {
		q.Set(name, "true")
		return nil
	}
}

// Tail begins n lines before the end, or before [LimitBytes] cuts.
func Tail(n int) LogOption { return logCount("tailLines", int64(n), 0) }

// LimitBytes ends the log after n bytes, which may be in the midst of a line, and
// of a character.
func LimitBytes(n int64) LogOption { return logCount("limitBytes", n, 1) }

func logCount(name string, n, least int64) LogOption {
	return func(q url.Values) error {
		if n < least {
			return &rest.ArgumentError{Arg: name, Value: strconv.FormatInt(n, 10),
				Reason: "must be at least " + strconv.FormatInt(least, 10)}
		}
		q.Set(name, strconv.FormatInt(n, 10))
		return nil
	}
}

// Since begins with what was logged no longer than d ago. The server counts whole
// seconds: parts of one are taken as one.
func Since(d time.Duration) LogOption {
	return func(q url.Values) error {
		if d <= 0 {
			return &rest.ArgumentError{Arg: "sinceSeconds", Value: d.String(), Reason: "must be positive"}
		}
		return setStart(q, "sinceSeconds", strconv.FormatInt(int64(math.Ceil(d.Seconds())), 10))
	}
}

// SinceTime begins with what was logged at t or later. The server counts whole
// seconds: parts of one are left out, so that nothing is missed.
func SinceTime(t time.Time) LogOption {
	return func(q url.Values) error {
		if y := t.UTC().Year(); t.IsZero() || y < 1 || y > 9999 {
			return &rest.ArgumentError{Arg: "sinceTime", Value: t.String(), Reason: "the API cannot write it"}
		}
		return setStart(q, "sinceTime", t.UTC().Format(time.RFC3339))
	}
}

// setStart sets one of the two starts that a log may have.
func setStart(q url.Values, name, value string) error {
	if q.Has("sinceSeconds") || q.Has("sinceTime") {
		return &rest.ArgumentError{Arg: name, Value: value, Reason: "a log has one start: give Since or SinceTime, once"}
	}
	q.Set(name, value)
	return nil
}

// LogLine is one line of a log.
type LogLine struct {
	// Text is the line without the "\n" at its end: the bytes as they were logged,
	// whatever they are.
	Text string
	// Time is when the line was logged. It is zero without [Timestamps], and when
	// the line does not begin with one: then Text is the whole line.
	Time time.Time
	// Partial says that Text is not the line's end. The line goes on in the next
	// LogLine, because it is longer than kube.WithMaxObject allows, or the log
	// ended here.
	Partial bool
}

// Logs reads the pod's log, line by line, as it comes. The request is made when
// the sequence is ranged over, anew each time, and ends with the loop. With
// "\n" put behind each line that is not partial, the texts are the log's bytes.
//
//	for line, err := range pod.Logs(ctx, items.InContainer("web"), items.Tail(100)) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(line.Text)
//	}
//
// Whatever ends a log before its end is told as an error, behind what came of the
// last line, as far as the server tells it. An API server of Kubernetes 1.36 that
// loses the node's kubelet in the midst of a log ends it well, which this side cannot
// tell from its end. Who follows a log can look whether the container still runs, and
// go on with [SinceTime]; who needs all of one has the program log a mark as its last
// line.
//
// Possible errors: *ArgumentError for a bad option; *APIError, of which
// *NotFoundError when the pod is gone, *InvalidError when the pod has several
// containers and none is named, or none of that name, or one that has not started;
// *UnreachableError when the connection breaks.
//
// A log is that of the pod's name: also that of another which took it.
func (p Pod) Logs(ctx context.Context, options ...LogOption) iter.Seq2[LogLine, error] {
	return func(yield func(LogLine, error) bool) {
		log, err := p.openLog(ctx, options)
		if err != nil {
			yield(LogLine{}, err)
			return
		}
		defer log.Close()
		lines := logLines{
			r:     bufio.NewReaderSize(log, 32<<10),
			most:  p.d.origin.conn.Limits().MaxObject,
			timed: log.request.Query.Has("timestamps"),
		}
		lines.each(yield)
	}
}

// LogStream is Logs as bytes, which the caller reads, and closes. Errors are those
// of Logs; each that is not of a cut log comes at once.
func (p Pod) LogStream(ctx context.Context, options ...LogOption) (io.ReadCloser, error) {
	log, err := p.openLog(ctx, options)
	if err != nil {
		return nil, err
	}
	return log, nil
}

func (p Pod) openLog(ctx context.Context, options []LogOption) (*logStream, error) {
	if err := p.d.reachable(); err != nil {
		return nil, err
	}
	query := url.Values{}
	for _, option := range options {
		if option == nil {
			return nil, &rest.ArgumentError{Arg: "option", Reason: "it is nil"}
		}
		if err := option(query); err != nil {
			return nil, err
		}
	}
	r := rest.Request{Verb: http.MethodGet, Path: p.d.path(p.d.origin.groupVersion, "log"), Query: query,
		Accept: "*/*", Endless: query.Has("follow"), Prompt: true}
	body, err := p.d.origin.conn.Open(ctx, r)
	if err != nil {
		return nil, err
	}
	return &logStream{body, ctx, r}, nil
}

// logStream gives the errors of reading a log the library's form.
type logStream struct {
	io.ReadCloser
	ctx     context.Context
	request rest.Request
}

func (s *logStream) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = rest.Broken(s.ctx, s.request, err)
	}
	return n, err
}

// logLines splits a log.
type logLines struct {
	r     *bufio.Reader
	most  int    // bytes of one LogLine
	text  []byte // of the line so far, at most so many
	begun bool   // a part of the line has been told
	timed bool
	time  time.Time // of the line
}

// each yields all lines, and at last the error, unless the log has ended well.
func (l *logLines) each(yield func(LogLine, error) bool) {
	for {
		part, err := l.r.ReadSlice('\n')
		ended := err == nil
		if ended {
			part = part[:len(part)-1]
		}
		for len(part) > 0 {
			if len(l.text) == l.most && !yield(l.line(true), nil) {
				return
			}
			n := min(len(part), l.most-len(l.text))
			l.text, part = append(l.text, part[:n]...), part[n:]
		}
		switch {
		case ended:
			if !yield(l.line(false), nil) {
				return
			}
		case errors.Is(err, bufio.ErrBufferFull):
		default:
			if len(l.text) > 0 && !yield(l.line(true), nil) {
				return
			}
			if err != io.EOF {
				yield(LogLine{}, err)
			}
			return
		}
	}
}

// line is what has come since the last one.
func (l *logLines) line(partial bool) LogLine {
	text := string(l.text)
	if l.timed && !l.begun {
		l.time, text = cutTime(text)
	}
	line := LogLine{Text: text, Time: l.time, Partial: partial}
	if l.begun = partial; !partial {
		l.time = time.Time{}
	}
	if cap(l.text) > 1<<20 {
		l.text = nil // one long line must not cost its memory for ever
	}
	l.text = l.text[:0]
	return line
}

// cutTime takes the server's timestamp, in RFC 3339, off a line.
func cutTime(text string) (time.Time, string) {
	stamp, rest, found := strings.Cut(text, " ")
	t, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil || !found {
		return time.Time{}, text
	}
	return t, rest
}
