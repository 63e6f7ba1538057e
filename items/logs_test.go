package items

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// logConn has a log, which is cut where end is set.
type logConn struct {
	rest.Conn
	most   int
	text   string
	end    error
	asked  []rest.Request
	closed int
}

func (c *logConn) Limits() rest.Limits { return rest.Limits{MaxObject: c.most} }

func (c *logConn) Open(_ context.Context, r rest.Request) (io.ReadCloser, error) {
	c.asked = append(c.asked, r)
	all := []io.Reader{strings.NewReader(c.text)}
	if c.end != nil {
		all = append(all, iotest.ErrReader(c.end))
	}
	return &logBody{io.MultiReader(all...), c}, nil
}

type logBody struct {
	io.Reader
	c *logConn
}

func (b *logBody) Close() error {
	b.c.closed++
	return nil
}

func podAt(t *testing.T, c rest.Conn) Pod {
	t.Helper()
	doc, err := raw.Parse([]byte(`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0","namespace":"shop"}}`))
	if err != nil {
		t.Fatal(err)
	}
	kind, err := kinds.Builtin().Lookup("pods")
	if err != nil {
		t.Fatal(err)
	}
	return New[Pod](NewOrigin(c, kind, "v1"), doc)
}

// together is the bytes that the lines were made of.
func together(t *testing.T, pod Pod, options ...LogOption) (text string, lines []LogLine, err error) {
	t.Helper()
	var b strings.Builder
	for line, e := range pod.Logs(t.Context(), options...) {
		if e != nil {
			return b.String(), lines, e
		}
		lines = append(lines, line)
		b.WriteString(line.Text)
		if !line.Partial {
			b.WriteByte('\n')
		}
	}
	return b.String(), lines, nil
}

var someLogs = []string{"", "\n", "\n\n", "a", "a\n", "a\n\n", "a\r\nb", "\x00\xff\xfe\n", "1234567\n", "12345678\n", "123456789\n",
	"1234567812345678", "1234567812345678\n", strings.Repeat("x", 100_000) + "\n" + strings.Repeat("y\n", 50)}

// TestLogLinesR04 loses nothing of any log, however small the bound of a line is.
func TestLogLinesR04(t *testing.T) {
	for _, log := range someLogs {
		for _, most := range []int{1, 2, 8, 1 << 20} {
			c := &logConn{most: most, text: log}
			text, lines, err := together(t, podAt(t, c))
			if text != log || err != nil || c.closed != 1 {
				t.Errorf("%.20q in lines of %d: %.20q, %v, closed %d times", log, most, text, err, c.closed)
			}
			for _, line := range lines {
				if len(line.Text) > most || strings.Contains(line.Text, "\n") {
					t.Errorf("%.20q: a line of %d bytes", log, len(line.Text))
				}
			}
			if whole := strings.Count(log, "\n"); most == 1<<20 && len(lines) < whole {
				t.Errorf("%.20q: %d lines of %d", log, len(lines), whole)
			}
		}
	}
}

// TestLogBoundR04 says how a line as long as the bound is told.
func TestLogBoundR04(t *testing.T) {
	_, lines, _ := together(t, podAt(t, &logConn{most: 4, text: "1234\n12345\n"}))
	want := []LogLine{{Text: "1234"}, {Text: "1234", Partial: true}, {Text: "5"}}
	if len(lines) != 3 || lines[0] != want[0] || lines[1] != want[1] || lines[2] != want[2] {
		t.Errorf("%+v", lines)
	}
}

// TestLogCutR04 cuts a log behind each byte.
func TestLogCutR04(t *testing.T) {
	const log = "one\ntwo\r\n\nthree"
	for n := range len(log) + 1 {
		c := &logConn{most: 4, text: log[:n], end: io.ErrUnexpectedEOF}
		text, _, err := together(t, podAt(t, c))
		if _, ok := errors.AsType[*rest.UnreachableError](err); !ok || text != log[:n] || c.closed != 1 {
			t.Errorf("cut behind %d bytes: %q, %v", n, text, err)
		}
	}
	for _, end := range []error{rest.ErrClosed, net.ErrClosed} {
		if _, _, err := together(t, podAt(t, &logConn{most: 4, end: end})); !errors.As(err, new(rest.Error)) || !errors.Is(err, end) {
			t.Errorf("%v became %v", end, err)
		}
	}
}

func TestLogTimesR04(t *testing.T) {
	log := "2026-01-02T03:04:05.000000006Z one 1\nnot a time\n2026-01-02T03:04:06+01:00 \n2026-01-02T03:04:07Z long line"
	_, lines, err := together(t, podAt(t, &logConn{most: 25, text: log}), Timestamps())
	_, whole, _ := together(t, podAt(t, &logConn{most: 99, text: log}), Timestamps())
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	if err != nil || len(whole) != 4 || whole[0].Text != "one 1" || !whole[0].Time.Equal(at) || whole[1].Text != "not a time" ||
		!whole[1].Time.IsZero() || whole[2].Text != "" || whole[2].Time.IsZero() || whole[3].Text != "long line" || !whole[3].Partial {
		t.Errorf("%+v, %v", whole, err)
	}
	if last := lines[len(lines)-1]; last.Text != "ine" && last.Time.IsZero() {
		t.Errorf("the rest of a long line has no time: %+v", lines)
	}
	if _, lines, _ := together(t, podAt(t, &logConn{most: 99, text: log})); lines[0].Text != log[:36] || !lines[0].Time.IsZero() {
		t.Errorf("without the option: %+v", lines[0])
	}
}

// TestLogRequestsR04 looks at what is sent, and how often.
func TestLogRequestsR04(t *testing.T) {
	c := &logConn{most: 9, text: "a\nb\nc\n"}
	start := time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))
	all := podAt(t, c).Logs(t.Context(), InContainer("web"), Follow(), Previous(), Timestamps(), Tail(0), LimitBytes(7), SinceTime(start))
	for range 2 {
		for range all {
			break
		}
	}
	if len(c.asked) != 2 || c.closed != 2 {
		t.Fatalf("asked %d times, closed %d times", len(c.asked), c.closed)
	}
	r := c.asked[0]
	const want = "/api/v1/namespaces/shop/pods/web-0/log?container=web&follow=true&limitBytes=7&previous=true" +
		"&sinceTime=2026-01-02T02%3A04%3A05Z&tailLines=0&timestamps=true"
	if got := r.Path + "?" + r.Query.Encode(); got != want || !r.Endless {
		t.Errorf("asked for %s, endless %t", got, r.Endless)
	}
	_, _, _ = together(t, podAt(t, c), Since(1500*time.Millisecond))
	if r := c.asked[2]; r.Query.Encode() != "sinceSeconds=2" || r.Endless {
		t.Errorf("asked for %s, endless %t", r.Query.Encode(), r.Endless)
	}
}

func TestEndingR04(t *testing.T) {
	var e ending
	for range 100 {
		_, _ = e.Write([]byte(strings.Repeat("x", 10_000)))
	}
	_, _ = e.Write([]byte("the end"))
	if got := e.text(); len(got) != maxComplaint || !strings.HasSuffix(string(got), "xthe end") || len(e.kept) > 2*maxComplaint {
		t.Errorf("kept %d of %d bytes", len(got), len(e.kept))
	}
}
