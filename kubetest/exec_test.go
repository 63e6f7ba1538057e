package kubetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

const patience = 20 * time.Second

// dial upgrades a request to a WebSocket, or gives the answer that refuses it.
func (c *client) dial(path string, subprotocols ...string) (*websocket.Conn, *answer) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	ws, resp, err := websocket.Dial(ctx, c.srv.URL()+strings.TrimPrefix(path, "/"), &websocket.DialOptions{
		Subprotocols: subprotocols, HTTPClient: c.hc,
	})
	if err != nil {
		if resp == nil {
			c.t.Fatal(err)
		}
		data, _ := io.ReadAll(resp.Body)
		a := &answer{t: c.t, code: resp.StatusCode, header: resp.Header, text: string(data)}
		if bytes.HasPrefix(data, []byte("{")) {
			a.doc, _ = decodeObject(data)
		}
		return nil, a
	}
	ws.SetReadLimit(-1)
	c.t.Cleanup(func() { _ = ws.CloseNow() })
	return ws, nil
}

// run execs with what shall be sent, and gives every message until the end.
func (c *client) run(protocol, query string, send ...string) (messages []string, err error) {
	c.t.Helper()
	ws, refused := c.dial(pods+"/a/exec?"+query, protocol)
	if refused != nil {
		return nil, fmt.Errorf("%d %s", refused.code, refused.text)
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	for _, message := range send {
		if err := ws.Write(ctx, websocket.MessageBinary, []byte(message)); err != nil {
			return nil, err
		}
	}
	for {
		_, message, err := ws.Read(ctx)
		if err != nil {
			return messages, err
		}
		messages = append(messages, string(message))
	}
}

// ran checks messages and a normal end.
func ran(t *testing.T, messages []string, err error, want ...string) {
	t.Helper()
	if fmt.Sprintf("%q", messages) != fmt.Sprintf("%q", want) || websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		t.Errorf("got  %q, %v\nwant %q", messages, err, want)
	}
}

const (
	succeeded   = "\x03" + `{"metadata":{},"status":"Success"}`
	succeededV4 = "\x03" + `{"status":"Success"}`
)

func execs(t *testing.T) *client { return start(t, WithOpenProxy(), WithObjects(bound("a"), pod("b"))) }

// R04: what a program writes, reads and ends with.
func TestExecRunsTheBuiltinPrograms(t *testing.T) {
	c := execs(t)
	got, err := c.run(channelsV5, "command=echo&command=hello&command=world&stdout=1")
	ran(t, got, err, "\x01", "\x01hello world\n", succeeded)
	got, err = c.run(channelsV4, "command=true&stderr=true")
	ran(t, got, err, "\x02", succeededV4)
	got, err = c.run(channelsV5, "command=cat&stdin=1&stdout=1", "\x00one", "\xff\x00")
	ran(t, got, err, "\x01", "\x01one", succeeded)
	got, err = c.run(channelsV5, "command=false&stdout=1")
	ran(t, got, err, "\x01", "\x03"+`{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: `+
		`command terminated with exit code 1","reason":"NonZeroExitCode","details":{"causes":[{"message":"1","reason":"ExitCode"}]}}`)
	got, err = c.run(channelsV4, "command=false&stdout=1")
	ran(t, got, err, "\x01", "\x03"+`{"status":"Failure","message":"command terminated with non-zero exit code: exit status 1",`+
		`"reason":"NonZeroExitCode","details":{"causes":[{"message":"1","reason":"ExitCode"}]}}`)
	got, err = c.run(channelsV5, "command=nosuch&stdout=1")
	if len(got) != 2 || !strings.Contains(got[1], `"message":"Internal error occurred: Internal error occurred: error executing command in container: `) ||
		!strings.Contains(got[1], `exec: \"nosuch\": executable file not found in $PATH`) || !strings.Contains(got[1], `"code":500`) {
		t.Errorf("a program that is not there: %q, %v", got, err)
	}
	got, err = c.run(channelsV5, "command=ls")
	ran(t, got, err, "\x03", "\x03"+`{"metadata":{},"status":"Failure","message":"Internal error occurred: unable to upgrade connection: `+
		`you must specify at least 1 of stdin, stdout, stderr","reason":"InternalError","details":{"causes":[{"message":`+
		`"unable to upgrade connection: you must specify at least 1 of stdin, stdout, stderr"}]},"code":500}`)
}

func TestExecIsRefusedAsByTheServer(t *testing.T) {
	two := bound("two")
	two.Put([]any{map[string]any{"name": "setup", "image": "i"}}, "spec", "initContainers")
	two.Put([]any{map[string]any{"name": "x", "image": "i"}, map[string]any{"name": "y", "image": "i"}}, "spec", "containers")
	c := start(t, WithOpenProxy(), WithObjects(bound("a"), pod("homeless"), two))
	for _, sub := range []string{"exec", "attach"} {
		sub += "?command=ls&stdout=1"
		c.get(pods+"/a/"+sub).fails(400, "BadRequest", "Upgrade request required")
		c.do("POST", pods+"/a/"+sub, "").fails(400, "BadRequest", "Upgrade request required")
		c.do("PUT", pods+"/a/"+sub, "").must(405)
		for path, want := range map[string][2]string{
			"/none/" + sub:                 {"NotFound", `pods "none" not found`},
			"/homeless/" + sub:             {"BadRequest", "pod homeless does not have a host assigned"},
			"/two/" + sub:                  {"BadRequest", "a container name must be specified for pod two, choose one of: [setup x y]"},
			"/a/" + sub + "&container=zzz": {"BadRequest", "container zzz is not valid for pod a"},
		} {
			_, refused := c.dial(pods+path, channelsV5)
			refused.fails(map[string]int{"NotFound": 404, "BadRequest": 400}[want[0]], want[0], want[1])
		}
	}
	if _, refused := c.dial(pods+"/a/exec?command=ls&stdout=1", "foo.channel.k8s.io"); refused.code != 403 || refused.text != "" {
		t.Errorf("an unknown protocol: %d %q", refused.code, refused.text)
	}
	if _, refused := c.dial(pods+"/a/exec?command=ls", channelsV4); refused.code != 400 ||
		refused.text != "you must specify at least 1 of stdin, stdout, stderr\n" {
		t.Errorf("no streams: %d %q", refused.code, refused.text)
	}
}

func TestExecIsWhatTheTestGives(t *testing.T) {
	c := execs(t)
	c.srv.SetExec(func(e Exec) int {
		size := <-e.Sizes
		in, err := io.ReadAll(e.Stdin)
		fmt.Fprintf(e.Stdout, "%s/%s/%s %q %v %v %q %v", e.Namespace, e.Pod, e.Container, e.Command, e.TTY, size, in, err)
		fmt.Fprint(e.Stderr, "err\x00\xff")
		return 300
	})
	got, err := c.run(channelsV5, "command=a+b&command=&stdin=1&stdout=1&stderr=1", "\x00in", "\x09lost", "\xff\x01", "\xff\x00")
	ran(t, got[:3], err, "\x01", "\x01"+`default/a/main ["a b" ""] false {0 0} "in" <nil>`, "\x02err\x00\xff")
	got, err = c.run(channelsV5, "command=x&stdin=1&stdout=1&stderr=1&tty=1", "\x04"+`{"Width":80,"Height":24}`, "\xff\x00")
	ran(t, got[:3], err, "\x01", "\x01"+`default/a/main ["x"] true {80 24} "" <nil>`, "\x01err\x00\xff")
	c.srv.SetExec(nil)
	got, err = c.run(channelsV5, "command=true&stdout=1")
	ran(t, got, err, "\x01", succeeded)
}

func TestAttachSeesTheLogGrow(t *testing.T) {
	c := execs(t)
	c.srv.AppendLog("default", "a", "main", "old\nhalf ")
	ws, refused := c.dial(pods+"/a/attach?stdout=1", channelsV5)
	if refused != nil {
		t.Fatal(refused.text)
	}
	read := func(want string) {
		t.Helper()
		if _, got, err := ws.Read(t.Context()); err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	read("\x01")
	c.srv.AppendLog("default", "a", "main", "line\n")
	c.srv.EndLog("default", "a", "main")
	read("\x01line\n")
	read(succeeded)
}

func TestContainersThatDoNotRunTakeNoExec(t *testing.T) {
	c := execs(t)
	if _, err := c.srv.SetStatus("pods", "default", "a", map[string]any{"containerStatuses": []any{
		map[string]any{"name": "main", "state": map[string]any{"terminated": map[string]any{"exitCode": 0}}},
	}}); err != nil {
		t.Fatal(err)
	}
	got, _ := c.run(channelsV5, "command=true&stdout=1")
	if len(got) != 2 || !strings.Contains(got[1], `unable to upgrade connection: container not found (\"main\")`) {
		t.Errorf("got %q", got)
	}
	if _, refused := c.dial(pods+"/a/exec?command=true&stdout=1", channelsV4); refused.code != 500 || refused.text != `container not found ("main")` {
		t.Errorf("got %d %q", refused.code, refused.text)
	}
}

// A program learns that its client is gone, whatever it is doing.
func TestExecEndsWithItsClient(t *testing.T) {
	for name, leave := range map[string]func(*client, *websocket.Conn){
		"client": func(_ *client, ws *websocket.Conn) { _ = ws.CloseNow() },
		"cut":    func(c *client, _ *websocket.Conn) { c.srv.CutConnections() },
		"close":  func(c *client, _ *websocket.Conn) { _ = c.srv.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			c := execs(t)
			begun, ended := make(chan struct{}), make(chan error, 1)
			c.srv.SetExec(func(e Exec) int {
				close(begun)
				<-e.Context().Done()
				_, err := io.ReadAll(e.Stdin)
				for err == io.ErrUnexpectedEOF {
					if _, werr := e.Stdout.Write(make([]byte, 1<<20)); werr != nil {
						break
					}
				}
				ended <- err
				return 0
			})
			ws, refused := c.dial(pods+"/a/exec?command=x&stdin=1&stdout=1", channelsV5)
			if refused != nil {
				t.Fatal(refused.text)
			}
			<-begun
			leave(c, ws)
			if err := <-ended; err != io.ErrUnexpectedEOF {
				t.Errorf("stdin ended with %v", err)
			}
		})
	}
}

// A client that sends more than the program reads is held up, and its end is no
// less an end.
func TestExecHoldsUpAFloodOfInput(t *testing.T) {
	c := execs(t)
	proceed := make(chan struct{})
	c.srv.SetExec(func(e Exec) int {
		<-proceed
		n, _ := io.Copy(io.Discard, e.Stdin)
		fmt.Fprint(e.Stdout, n)
		return 0
	})
	flood := "\x00" + strings.Repeat("x", 1<<20)
	sent := []string{flood, flood, flood, "\xff\x00"}
	close(proceed)
	got, err := c.run(channelsV5, "command=x&stdin=1&stdout=1", sent...)
	ran(t, got, err, "\x01", fmt.Sprintf("\x01%d", 3<<20), succeeded)
	block := make(chan struct{})
	c.srv.SetExec(func(e Exec) int { close(block); <-e.Context().Done(); return 0 })
	ws, _ := c.dial(pods+"/a/exec?command=x&stdin=1&stdout=1", channelsV5)
	<-block
	for range 2 {
		_ = ws.Write(t.Context(), websocket.MessageBinary, []byte(flood))
	}
	if err := c.srv.Close(); err != nil {
		t.Error(err)
	}
}

func TestFaultsReachAnExec(t *testing.T) {
	for _, reset := range []bool{false, true} {
		c := execs(t)
		c.srv.Inject(Fault{Path: pods + "/a/exec", Cut: true, CutAt: 9, Reset: reset})
		got, err := c.run(channelsV5, "command=echo&command=hello&stdout=1")
		// Three bytes are the first message, and the next has nine.
		if len(got) != 1 || websocket.CloseStatus(err) != -1 {
			t.Errorf("reset %v: got %q, %v", reset, got, err)
		}
	}
	c := execs(t)
	c.srv.Inject(Fault{Times: 1, Status: 503, Body: []byte("down")})
	if _, refused := c.dial(pods+"/a/exec?command=true&stdout=1", channelsV5); refused.code != 503 {
		t.Errorf("got %d", refused.code)
	}
	c.srv.Inject(Fault{LateHeaders: true})
	got, err := c.run(channelsV5, "command=true&stdout=1")
	ran(t, got, err, "\x01", succeeded)
}

func TestExecPassesTheFilterOnlyWhenItIsOpen(t *testing.T) {
	c := start(t, WithObjects(bound("a")))
	if _, refused := c.dial(pods+"/a/exec?command=true&stdout=1", channelsV5); refused.code != http.StatusForbidden || refused.text != "Forbidden\n" {
		t.Errorf("got %d %q", refused.code, refused.text)
	}
}

// settles waits until no more goroutines of this package run than before: the
// last ones may still be on their way out.
func settles(t *testing.T, before int) {
	t.Helper()
	for begun := time.Now(); running() > before; runtime.Gosched() {
		if time.Since(begun) > patience {
			t.Fatalf("%d goroutines before, %d after", before, running())
		}
	}
}

// running counts the goroutines that run code of this package's methods.
func running() int {
	buf := make([]byte, 1<<20)
	return strings.Count(string(buf[:runtime.Stack(buf, true)]), "kubetest.(*")
}

func TestCloseEndsEveryStream(t *testing.T) {
	before := running()
	c := execs(t)
	c.srv.SetPort("default", "a", 80, echo)
	ws, _ := c.dial(pods+"/a/exec?command=cat&stdin=1&stdout=1", channelsV5)
	tunnel, _ := c.dial(pods+"/a/portforward", tunnelProtocol)
	if ws == nil || tunnel == nil {
		t.Fatal("not upgraded")
	}
	if err := c.srv.Close(); err != nil {
		t.Error(err)
	}
	settles(t, before)
}
