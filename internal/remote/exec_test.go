package remote

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/kubeviews/kube/internal/rest"
)

func failure(reason, more string) string {
	return `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"` + reason + `","message":"it failed"` + more + `}`
}

func exited(code string) string {
	return failure("NonZeroExitCode", `,"details":{"causes":[{"reason":"ExitCode","message":"`+code+`"}]}`)
}

// kind is what a caller tells an error apart by.
func kind(err error) string {
	_, exit := errors.AsType[*rest.ExitError](err)
	_, cut := errors.AsType[*rest.UnreachableError](err)
	_, forbidden := errors.AsType[*rest.ForbiddenError](err)
	_, missing := errors.AsType[*rest.NotFoundError](err)
	_, invalid := errors.AsType[*rest.InvalidError](err)
	switch {
	case err == nil:
		return "none"
	case exit && cut:
		return "exit and cut"
	case exit:
		return "exit"
	case cut:
		return "cut"
	case forbidden:
		return "forbidden"
	case missing:
		return "missing"
	case invalid:
		return "invalid"
	}
	return "other"
}

// TestExecSaysR04 has a server say one thing each.
func TestExecSaysR04(t *testing.T) {
	hello := message(1, "hello")
	for name, row := range map[string]struct {
		said []byte
		want string
	}{
		"success":                      {join(hello, message(3, success), normal), "none"},
		"success without a close code": {join(hello, message(3, success), frame(opClose)), "none"},
		"output behind the Status":     {join(message(3, success), hello, normal), "none"},
		"Status in two messages":       {join(hello, message(3, success[:9]), message(3, success[9:]), normal), "none"},
		"output has ended":             {join(hello, message(255, "\x01"), message(3, success), normal), "none"},
		"empty messages":               {join(frame(opBinary), message(1, ""), hello, message(3, success), normal), "none"},
		"exit code":                    {join(hello, message(3, exited("3")), normal), "exit"},
		"exit code, cut":               {join(hello, message(3, exited("3"))), "exit and cut"},
		"exit code 0 as a failure":     {join(hello, message(3, exited("0")), normal), "other"},
		"exit code of no number":       {join(hello, message(3, exited("x")), normal), "other"},
		"another failure":              {join(hello, message(3, failure("InternalError", `,"code":500`)), normal), "other"},
		"not found":                    {join(hello, message(3, failure("NotFound", `,"code":404`)), normal), "missing"},
		"bad request":                  {join(hello, message(3, failure("BadRequest", `,"code":400`)), normal), "invalid"},
		"no Status":                    {join(hello, normal), "cut"},
		"success, cut":                 {join(hello, message(3, success)), "cut"},
		"success, going away":          {join(hello, message(3, success), frame(opClose, 0x03, 0xE9)), "cut"},
		"nothing":                      {nil, "cut"},
		"unknown channel":              {join(hello, message(9, "?"), message(3, success), normal), "cut"},
		"our own channel":              {join(hello, message(0, "?"), message(3, success), normal), "cut"},
		"text message":                 {join(hello, frame(opText, 1, 'x'), message(3, success), normal), "cut"},
		"unknown opcode":               {join(hello, frame(5, 1, 'x'), message(3, success), normal), "cut"},
		"reserved bits":                {join(hello, frame(0x70|opBinary, 1, 'x'), message(3, success), normal), "cut"},
		"Status that is none":          {join(hello, message(3, "{]"), normal), "cut"},
		"Status of another state":      {join(hello, message(3, `{"status":"Fine"}`), normal), "cut"},
		"two Statuses":                 {join(hello, message(3, success), message(3, success), normal), "cut"},
		"oversized Status":             {join(hello, message(3, strings.Repeat(" ", maxStatus)), message(3, success), normal), "cut"},
		"longer than it is":            {append([]byte{0x82, 127}, binary.BigEndian.AppendUint64(nil, 1<<62)...), "cut"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := Exec(t.Context(), saying(t, protocolV5, row.said), Streams{Stdout: &out})
			if got := kind(err); got != row.want {
				t.Errorf("the error is %s: %v, want %s", got, err, row.want)
			}
			if err != nil && !errors.As(err, new(rest.Error)) {
				t.Errorf("%T is no error of the library", err)
			}
			if row.want == "none" && out.String() != "hello" {
				t.Errorf("the output is %q", &out)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows an argument: %v", err)
			}
		})
	}
	quiet(t)
}

// TestExecCutR04 cuts what the server says behind each byte.
func TestExecCutR04(t *testing.T) {
	whole := join(message(1, "out"), message(2, "err"), frame(9, 'p'), message(3, success), normal)
	for n := range len(whole) + 1 {
		var out, complaint bytes.Buffer
		err := Exec(t.Context(), saying(t, protocolV5, whole[:n]), Streams{Stdout: &out, Stderr: &complaint})
		if want := map[bool]string{true: "none", false: "cut"}[n == len(whole)]; kind(err) != want {
			t.Errorf("cut behind %d bytes: %s (%v), want %s", n, kind(err), err, want)
		}
		if !strings.HasPrefix("out", out.String()) || !strings.HasPrefix("err", complaint.String()) {
			t.Errorf("cut behind %d bytes: wrote %q and %q", n, &out, &complaint)
		}
	}
	quiet(t)
}

func FuzzExec(f *testing.F) {
	f.Add(join(message(1, "out"), message(2, "err"), message(3, success), normal))
	f.Add(join(message(3, exited("7")), frame(9, 'p'), frame(opClose)))
	f.Add([]byte{0x02, 1, 1, 0x80, 1, 'x', 0x88, 0})
	var said []byte
	target := scripted(f, protocolV5, func(c net.Conn, r io.Reader) {
		_, _ = c.Write(said)
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, r)
	})
	f.Fuzz(func(t *testing.T, text []byte) {
		said = text
		err := Exec(t.Context(), target, Streams{Stdout: io.Discard, Stdin: strings.NewReader("in")})
		if err == nil && !bytes.Contains(text, []byte(`Success`)) {
			t.Errorf("no error, and the server said %q", text)
		}
		if err != nil && !errors.As(err, new(rest.Error)) {
			t.Errorf("%T is no error of the library", err)
		}
	})
}

// program is a server that runs a function in place of a program: it gets the
// messages of the client.
func program(t *testing.T, run func(ctx context.Context, ws *websocket.Conn)) Target {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocolV5}})
		if err != nil {
			t.Error(err)
			return
		}
		ws.SetReadLimit(-1)
		defer ws.CloseNow()
		run(r.Context(), ws)
	})
}

// echo says on standard output what it reads, until its input is closed.
func echo(ctx context.Context, ws *websocket.Conn) {
	for {
		_, m, err := ws.Read(ctx)
		if err != nil {
			return
		}
		if len(m) == 2 && m[0] == chanClose && m[1] == chanStdin {
			_ = ws.Write(ctx, websocket.MessageBinary, append([]byte{chanStatus}, success...))
			_ = ws.Close(websocket.StatusNormalClosure, "")
			return
		}
		m[0] = chanStdout
		_ = ws.Write(ctx, websocket.MessageBinary, m)
	}
}

func TestExecStdinR04(t *testing.T) {
	for _, size := range []int{0, 1, chunk - 1, chunk, chunk + 1, 3 << 20} {
		text := strings.Repeat("x\x00\n\xff", size/4+1)[:size]
		var out bytes.Buffer
		err := Exec(t.Context(), program(t, echo), Streams{Stdin: strings.NewReader(text), Stdout: &out})
		if err != nil || out.String() != text {
			t.Errorf("of %d bytes, %d came back, %v", size, out.Len(), err)
		}
	}
	quiet(t)
}

// endless never ends, and has told its client that it runs.
func endless(ctx context.Context, ws *websocket.Conn) {
	_ = ws.Write(ctx, websocket.MessageBinary, []byte{chanStdout, 'r'})
	for {
		if _, _, err := ws.Read(ctx); err != nil {
			return
		}
	}
}

// onWrite is called with the first output.
type onWrite func()

func (f onWrite) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}

// TestExecCancelR04 cancels while an input waits that takes no deadline.
func TestExecCancelR04(t *testing.T) {
	pipe, other := io.Pipe()
	file, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	defer writer.Close()
	for name, stdin := range map[string]io.Reader{"no input": nil, "a pipe": pipe, "a file": file} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			cause := errors.New("enough")
			err := Exec(ctx, program(t, endless), Streams{Stdin: stdin, Stdout: onWrite(func() { cancel(cause) })})
			if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || kind(err) == "cut" {
				t.Errorf("the error is %v", err)
			}
			quiet(t)
		})
	}
	if _, err := other.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the pipe is not closed: %v", err)
	}
	if _, err := writer.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if n, err := file.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("the file cannot be read any more: %v", err)
	}
}

// TestInterruptLeavesFilesOpenR04 has files that take no deadline, as a terminal or
// a regular file.
func TestInterruptLeavesFilesOpenR04(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if file.SetReadDeadline(time.Now()) == nil {
		t.Skip("it takes a deadline here")
	}
	interrupt(file, make(chan struct{}))()
	if _, err := file.Stat(); err != nil {
		t.Errorf("it is closed: %v", err)
	}
}

// TestExecEndsFirstR04 ends the program while the input still waits.
func TestExecEndsFirstR04(t *testing.T) {
	stdin, _ := io.Pipe()
	err := Exec(t.Context(), saying(t, protocolV5, join(message(3, exited("2")), normal)), Streams{Stdin: stdin})
	if exit, ok := errors.AsType[*rest.ExitError](err); !ok || exit.Code != 2 || exit.Command != "run" || exit.Pod != "web-0" {
		t.Errorf("the error is %v", err)
	}
	quiet(t)
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error)  { return 0, b.err }
func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestExecOwnFaultsR04(t *testing.T) {
	fault := errors.New("the disk is full")
	for name, s := range map[string]Streams{"input": {Stdin: broken{fault}}, "output": {Stdout: broken{fault}}} {
		err := Exec(t.Context(), program(t, endless), s)
		if !errors.Is(err, fault) || kind(err) != "other" || !errors.As(err, new(rest.Error)) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	quiet(t)
}

// TestExecMemoryR04 counts what 100 MB of output cost.
func TestExecMemoryR04(t *testing.T) {
	const messages, size = 100, 1 << 20
	part := message(1, strings.Repeat("x", size))
	target := scripted(t, protocolV5, func(c net.Conn, r io.Reader) {
		for range messages {
			_, _ = c.Write(part)
		}
		_, _ = c.Write(join(message(3, success), normal))
		_, _ = io.Copy(io.Discard, r)
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var got counter
	err := Exec(t.Context(), target, Streams{Stdout: &got})
	runtime.ReadMemStats(&after)
	if err != nil || got != messages*size {
		t.Errorf("%d bytes, %v", got, err)
	}
	if cost := after.TotalAlloc - before.TotalAlloc; cost > 4<<20 {
		t.Errorf("100 MB of output allocated %d bytes", cost)
	}
}

type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func TestExecVersion4R04(t *testing.T) {
	said := join(message(1, "hello"), message(3, success), normal)
	var out bytes.Buffer
	if err := Exec(t.Context(), saying(t, protocolV4, said), Streams{Stdout: &out}); err != nil || out.String() != "hello" {
		t.Errorf("%q, %v", &out, err)
	}
	err := Exec(t.Context(), saying(t, protocolV4, said), Streams{Stdin: strings.NewReader("in")})
	if err == nil || !strings.Contains(err.Error(), "where the input ends") {
		t.Errorf("with an input: %v", err)
	}
}

func TestExecTerminalR04(t *testing.T) {
	sizes := make(chan Size, 2)
	sizes <- Size{80, 24}
	sizes <- Size{100, 40}
	var got []string
	err := Exec(t.Context(), program(t, func(ctx context.Context, ws *websocket.Conn) {
		for range 2 {
			_, m, _ := ws.Read(ctx)
			got = append(got, string(m))
		}
		_ = ws.Write(ctx, websocket.MessageBinary, append([]byte{chanStatus}, success...))
		_ = ws.Close(websocket.StatusNormalClosure, "")
	}), Streams{TTY: true, Sizes: sizes, Stdout: io.Discard})
	if err != nil || len(got) != 2 || got[0] != "\x04"+`{"Width":80,"Height":24}` || got[1] != "\x04"+`{"Width":100,"Height":40}` {
		t.Errorf("%q, %v", got, err)
	}
	quiet(t)
}

// TestRefusedR04 has servers that do not switch.
func TestRefusedR04(t *testing.T) {
	long := `{"kind":"Status","apiVersion":"v1","status":"Failure","code":CODE,"reason":"R","message":"` + strings.Repeat("long ", 500) + `","details":{"name":"web-0"}}`
	for name, row := range map[string]struct {
		code       int
		text, kind string
		says       string
	}{
		"kubectl proxy": {403, "Forbidden", "forbidden", "--reject-paths='^$'"},
		"RBAC":          {403, long, "forbidden", "long long"},
		"not found":     {404, long, "missing", "long long"},
		"bad request":   {400, long, "invalid", "long long"},
		"server error":  {500, long, "other", "long long"},
		"plain error":   {502, "no upstream", "cut", "no upstream"},
		"no switch":     {200, "hello", "other", "did not switch"},
		"redirect":      {302, "", "other", "302"},
	} {
		target := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", map[bool]string{true: "application/json", false: "text/plain; charset=utf-8"}[row.text == long])
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(row.code)
			_, _ = io.WriteString(w, strings.ReplaceAll(row.text, "CODE", strconv.Itoa(row.code)))
		})
		err := Exec(t.Context(), target, Streams{})
		if kind(err) != row.kind || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %s (%.200v), want %s that says %q", name, kind(err), err, row.kind, row.says)
		}
		if e, ok := errors.AsType[*rest.APIError](err); !ok || e.Code != row.code || row.text == long && len(e.Message) < 2000 {
			t.Errorf("%s: %+v", name, e)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s shows an argument: %v", name, err)
		}
	}
	t.Run("another protocol", func(t *testing.T) {
		for _, protocol := range []string{"tea", ""} {
			if err := Exec(t.Context(), saying(t, protocol, nil), Streams{}); kind(err) != "cut" || !strings.Contains(err.Error(), "no WebSocket of the protocol") {
				t.Error(err)
			}
		}
	})
	t.Run("no server", func(t *testing.T) {
		target := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		if err := Exec(t.Context(), target, Streams{}); kind(err) != "cut" || strings.Contains(err.Error(), "secret") {
			t.Error(err)
		}
	})
	t.Run("closed", func(t *testing.T) {
		target := saying(t, protocolV5, nil)
		close(target.Conn.(*wire).done)
		if err := Exec(t.Context(), target, Streams{}); !errors.Is(err, rest.ErrClosed) {
			t.Error(err)
		}
	})
	t.Run("no context", func(t *testing.T) {
		var none context.Context
		if err := Exec(none, Target{}, Streams{}); !errors.As(err, new(*rest.ArgumentError)) {
			t.Error(err)
		}
	})
	quiet(t)
}
