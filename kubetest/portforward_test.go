package kubetest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/moby/spdystream"
)

// tunnel is a client's end of port forwarding.
type tunnel struct {
	*spdystream.Connection
	t       *testing.T
	next    int
	streams []*spdystream.Stream
}

func openTunnel(t *testing.T, c *client) *tunnel {
	t.Helper()
	ws, refused := c.dial(pods+"/a/portforward", tunnelProtocol)
	if refused != nil {
		t.Fatal(refused.code, refused.text)
	}
	conn, err := spdystream.NewConnection(websocket.NetConn(t.Context(), ws, websocket.MessageBinary), false)
	if err != nil {
		t.Fatal(err)
	}
	go conn.Serve(spdystream.NoOpStreamHandler)
	tn := &tunnel{Connection: conn, t: t}
	t.Cleanup(func() {
		for _, s := range tn.streams {
			_ = s.Reset() // what nobody reads would hold up the end
		}
		_ = conn.Close()
	})
	return tn
}

func (c *tunnel) stream(kind, id, port string) *spdystream.Stream {
	c.t.Helper()
	h := http.Header{}
	h.Set("streamType", kind)
	h.Set("port", port)
	if id != "" {
		h.Set("requestID", id)
	}
	s, err := c.CreateStream(h, nil, false)
	if err != nil {
		c.t.Fatal(err)
	}
	c.streams = append(c.streams, s)
	return s
}

// connect opens one forwarded connection.
func (c *tunnel) connect(port string) (data, fault *spdystream.Stream) {
	c.t.Helper()
	c.next++
	id := fmt.Sprint(c.next)
	fault = c.stream("error", id, port)
	_ = fault.Close() // clients only read it
	data = c.stream("data", id, port)
	for _, s := range []*spdystream.Stream{fault, data} {
		if err := s.Wait(); err != nil {
			c.t.Fatal(err)
		}
	}
	return data, fault
}

func echo(c net.Conn) {
	_, _ = io.Copy(c, c)
}

// whole sends all, half-closes and reads to the end.
func whole(t *testing.T, data, fault *spdystream.Stream, send string) (got, wrong string) {
	t.Helper()
	go func() {
		_, _ = io.WriteString(data, send)
		_ = data.Close()
	}()
	out, err := io.ReadAll(data)
	if err != nil {
		t.Error(err)
	}
	text, err := io.ReadAll(fault)
	if err != nil {
		t.Error(err)
	}
	return string(out), string(text)
}

// R14: bytes pass both ways, on several connections at once.
func TestPortForwardReachesThePort(t *testing.T) {
	c := start(t, WithObjects(bound("a")))
	c.srv.SetPort("default", "a", 80, echo)
	c.srv.SetPort("default", "a", 81, func(c net.Conn) {
		in, _ := io.ReadAll(c)
		fmt.Fprintf(c, "read %d", len(in))
	})
	tn := openTunnel(t, c)
	d1, f1 := tn.connect("80")
	d2, f2 := tn.connect("81")
	long := strings.Repeat("\x00\xffabc", 100_000)
	if got, wrong := whole(t, d2, f2, long); got != fmt.Sprintf("read %d", len(long)) || wrong != "" {
		t.Errorf("got %q, %q", got, wrong)
	}
	if got, wrong := whole(t, d1, f1, long); got != long || wrong != "" {
		t.Errorf("got %d bytes, %q", len(got), wrong)
	}
	// The connection goes on after the end of its streams.
	d3, f3 := tn.connect("80")
	if got, wrong := whole(t, d3, f3, "x"); got != "x" || wrong != "" {
		t.Errorf("got %q, %q", got, wrong)
	}
}

func TestPortForwardServesHTTP(t *testing.T) {
	c := start(t, WithObjects(bound("a")))
	c.srv.SetPort("default", "a", 80, func(conn net.Conn) {
		_, _ = io.ReadFull(conn, make([]byte, 4))
		fmt.Fprint(conn, "HTTP/1.0 204 None\r\n\r\n")
	})
	data, fault := openTunnel(t, c).connect("80")
	if _, err := io.WriteString(data, "GET "); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(data) // the server's end comes without the client's
	if err != nil || !strings.HasPrefix(string(got), "HTTP/1.0 204") {
		t.Errorf("got %q, %v", got, err)
	}
	if wrong, err := io.ReadAll(fault); err != nil || len(wrong) > 0 {
		t.Errorf("got %q, %v", wrong, err)
	}
}

func TestPortForwardTellsOfAClosedPort(t *testing.T) {
	c := start(t, WithObjects(bound("a")))
	tn := openTunnel(t, c)
	data, fault := tn.connect("8080")
	got, wrong := whole(t, data, fault, "")
	if got != "" || !strings.HasPrefix(wrong, "error forwarding port 8080 to pod a, uid : ") || !strings.HasSuffix(wrong, "connect: connection refused") {
		t.Errorf("got %q, %q", got, wrong)
	}
	c.srv.SetPort("default", "a", 8080, echo)
	data, fault = tn.connect("8080")
	if got, wrong := whole(t, data, fault, "y"); got != "y" || wrong != "" {
		t.Errorf("got %q, %q", got, wrong)
	}
}

func TestPortForwardRefusesStrangeStreams(t *testing.T) {
	c := start(t, WithObjects(bound("a")))
	c.srv.SetPort("default", "a", 80, echo)
	tn := openTunnel(t, c)
	for _, s := range []*spdystream.Stream{tn.stream("data", "a", "0"), tn.stream("data", "b", "65536"), tn.stream("x", "c", "80"), tn.stream("data", "d", "")} {
		if err := s.Wait(); err != spdystream.ErrReset {
			t.Errorf("%v: got %v", s.Headers(), err)
		}
	}
	// Older clients name no pair.
	fault := tn.stream("error", "", "80")
	data := tn.stream("data", "", "80")
	if got, wrong := whole(t, data, fault, "z"); got != "z" || wrong != "" {
		t.Errorf("got %q, %q", got, wrong)
	}
}

func TestPortForwardIsRefusedAsByTheServer(t *testing.T) {
	c := start(t, WithObjects(bound("a"), pod("homeless")))
	c.get(pods+"/a/portforward").fails(400, "BadRequest", "Upgrade request required")
	c.do("PUT", pods+"/a/portforward", "").must(405)
	c.get(pods+"/none/portforward").fails(404, "NotFound", `pods "none" not found`)
	_, refused := c.dial(pods+"/homeless/portforward", tunnelProtocol)
	refused.fails(400, "BadRequest", "pod homeless does not have a host assigned")
	if _, refused = c.dial(pods+"/a/portforward", channelsV4); refused.code != 400 || refused.text != `query parameter "port" is required` {
		t.Errorf("got %d %q", refused.code, refused.text)
	}
}

// Whatever the streams are doing, the end of the connection ends them.
func TestPortForwardEndsWithItsClient(t *testing.T) {
	for name, leave := range map[string]func(*client, *tunnel){
		"cut":    func(c *client, _ *tunnel) { c.srv.CutConnections() },
		"close":  func(c *client, _ *tunnel) {},
		"goaway": func(_ *client, tn *tunnel) { _ = tn.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			before := running()
			c := start(t, WithObjects(bound("a")))
			begun, ended := make(chan struct{}), make(chan struct{})
			c.srv.SetPort("default", "a", 80, func(conn net.Conn) {
				close(begun)
				_, _ = io.Copy(io.Discard, conn)
				close(ended)
			})
			c.srv.SetPort("default", "a", 81, func(conn net.Conn) {
				for { // a flood that nobody reads
					if _, err := conn.Write(make([]byte, 1<<16)); err != nil {
						return
					}
				}
			})
			tn := openTunnel(t, c)
			lone := tn.stream("data", "lone", "80")
			if err := lone.Wait(); err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(lone, "nobody reads this")
			tn.connect("80")
			tn.connect("81")
			<-begun
			leave(c, tn)
			if name != "close" {
				<-ended
			}
			if err := c.srv.Close(); err != nil {
				t.Error(err)
			}
			<-ended
			settles(t, before)
		})
	}
}
