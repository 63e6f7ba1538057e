package kubetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/coder/websocket"
)

// The first byte of a message says what the rest belongs to.
const (
	stdinChannel  = 0
	stdoutChannel = 1
	stderrChannel = 2
	errorChannel  = 3
	resizeChannel = 4
	closeChannel  = 255 // in version 5: the next byte is the channel that ends
)

// maxMessage is how much of an output the real server sends in one message.
const maxMessage = 32 << 10

// channels are the streams of a remote command over one WebSocket.
type channels struct {
	ws    *socket
	v5    bool
	tty   bool
	asked map[string]bool
	stdin *inbox
	sizes chan Size
	ended chan struct{} // closed when nothing more is received
}

// openChannels begins to receive. The first message is empty, on the first
// channel that the server writes to: clients wait for it.
func (c *call) openChannels(ws *socket, protocol string) *channels {
	ch := &channels{
		ws: ws, v5: protocol == channelsV5, tty: truthy(c.query, "tty"), asked: map[string]bool{},
		stdin: newInbox(), sizes: make(chan Size, 16), ended: make(chan struct{}),
	}
	for _, stream := range []string{"stdin", "stdout", "stderr"} {
		ch.asked[stream] = truthy(c.query, stream)
	}
	if !ch.asked["stdin"] {
		ch.stdin.end(io.EOF)
	}
	if !ch.tty {
		close(ch.sizes)
	}
	go ch.receive()
	first := byte(errorChannel)
	switch {
	case ch.asked["stdout"]:
		first = stdoutChannel
	case ch.asked["stderr"] && !ch.tty:
		first = stderrChannel
	}
	_ = ch.send(first, nil)
	return ch
}

// receive takes the client's messages until the connection ends.
func (ch *channels) receive() {
	defer close(ch.ended)
	if ch.tty {
		defer close(ch.sizes)
	}
	for {
		_, message, err := ch.ws.Read(ch.ws.ctx)
		if err != nil {
			ch.stdin.end(io.ErrUnexpectedEOF)
			ch.ws.cancel()
			return
		}
		if len(message) > 0 {
			ch.take(message[0], message[1:])
		}
	}
}

func (ch *channels) take(channel byte, data []byte) {
	switch {
	case channel == stdinChannel:
		ch.stdin.put(ch.ws, data)
	case channel == resizeChannel && ch.tty:
		var size Size
		if json.Unmarshal(data, &size) == nil {
			ch.resize(size)
		}
	case channel == closeChannel && ch.v5 && len(data) == 1 && data[0] == stdinChannel:
		ch.stdin.end(io.EOF)
	}
}

// resize forgets the oldest size when the program does not care for them.
func (ch *channels) resize(size Size) {
	for {
		select {
		case ch.sizes <- size:
			return
		default:
		}
		select {
		case <-ch.sizes:
		default:
		}
	}
}

func (ch *channels) send(channel byte, data []byte) error {
	return ch.ws.Write(ch.ws.ctx, websocket.MessageBinary, append([]byte{channel}, data...))
}

// output is a stream to the client, or to nowhere.
func (ch *channels) output(channel byte, stream string) io.Writer {
	if !ch.asked[stream] {
		return io.Discard
	}
	return channelWriter{ch, channel}
}

type channelWriter struct {
	ch      *channels
	channel byte
}

func (w channelWriter) Write(b []byte) (n int, err error) {
	for n < len(b) {
		piece := b[n:min(n+maxMessage, len(b))]
		if err := w.ch.send(w.channel, piece); err != nil {
			return n, err
		}
		n += len(piece)
	}
	return n, nil
}

// exit tells the client how the program ended.
func (ch *channels) exit(code int, command []string) {
	switch {
	case code == 0:
		ch.status(map[string]any{"status": "Success"})
	case code > 0:
		ch.status(ch.exitStatus(code))
	case len(command) == 0:
		ch.fail(notStarted + "process args cannot be empty")
	default:
		ch.fail(notStarted + fmt.Sprintf("exec: %q: executable file not found in $PATH", command[0]))
	}
}

const notStarted = "error executing command in container: failed to exec in container: failed to start exec: " +
	"OCI runtime exec failed: exec failed: unable to start container process: "

func (ch *channels) exitStatus(code int) map[string]any {
	how := "exit status " + strconv.Itoa(code)
	if ch.v5 {
		how = "command terminated with exit code " + strconv.Itoa(code)
	}
	return map[string]any{
		"status": "Failure", "reason": "NonZeroExitCode",
		"message": "command terminated with non-zero exit code: " + how,
		"details": map[string]any{"causes": []any{cause("ExitCode", strconv.Itoa(code), "")}},
	}
}

// fail tells of something else than an exit code. In version 5 the API server
// wraps what the kubelet said once more.
func (ch *channels) fail(message string) {
	if ch.v5 && strings.HasPrefix(message, "error executing") {
		message = "Internal error occurred: " + message
	}
	doc := internalError(errors.New(message)).document()
	if !ch.v5 {
		delete(doc, "details")
	}
	delete(doc, "kind")
	delete(doc, "apiVersion")
	ch.status(doc)
}

func (ch *channels) status(doc map[string]any) {
	doc["metadata"] = map[string]any{}
	if !ch.v5 {
		delete(doc, "metadata")
	}
	_ = ch.send(errorChannel, encodeStatus(doc))
}

// done ends the streams; the program has ended.
func (ch *channels) done() {
	ch.stdin.discard()
	ch.ws.end()
	<-ch.ended
}

// inbox holds what the client sent to stdin and the program did not read yet.
type inbox struct {
	mu      sync.Mutex
	changed *sync.Cond
	data    []byte
	err     error // after the data
	ignored bool  // nobody reads any more
}

// maxInbox is how much is taken from a client before the program reads.
const maxInbox = 1 << 20

func newInbox() *inbox {
	i := &inbox{}
	i.changed = sync.NewCond(&i.mu)
	return i
}

// put waits for room. A connection that ends meanwhile gives room too.
func (i *inbox) put(ws *socket, data []byte) {
	stop := context.AfterFunc(ws.ctx, func() { i.end(io.ErrUnexpectedEOF) })
	defer stop()
	i.mu.Lock()
	defer i.mu.Unlock()
	for len(i.data) >= maxInbox && !i.ignored && ws.ctx.Err() == nil {
		i.changed.Wait()
	}
	if i.err == nil && !i.ignored {
		i.data = append(i.data, data...)
		i.changed.Broadcast()
	}
}

func (i *inbox) Read(b []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for len(i.data) == 0 && i.err == nil {
		i.changed.Wait()
	}
	if len(i.data) == 0 {
		return 0, i.err
	}
	n := copy(b, i.data)
	i.data = i.data[n:]
	i.changed.Broadcast()
	return n, nil
}

// end lets the program read what there is and then err.
func (i *inbox) end(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.err == nil {
		i.err = err
	}
	i.changed.Broadcast()
}

func (i *inbox) discard() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ignored, i.data = true, nil
	i.changed.Broadcast()
}
