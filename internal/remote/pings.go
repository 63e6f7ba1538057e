package remote

import (
	"slices"
	"sync"
	"time"

	"github.com/moby/spdystream/spdy"
)

// lanes is into how many queues kubelets put what comes, pings into one after the
// other. What one queue holds that nobody takes keeps its pings from being answered:
// all has been taken when as many pings in a row are.
const lanes = 5

// pings are those of a tunnel. They go to the node: the WebSocket's own are answered
// by the API server, which may not have heard that the node is gone.
type pings struct {
	mu    sync.Mutex
	next  uint32 // the id, but that ours are odd
	asked []ask  // the oldest first
}

type ask struct {
	id       uint32
	sent     int // bytes before it
	answered bool
}

// ask makes the next ping, behind so many bytes.
func (p *pings) ask(sent int) *spdy.PingFrame {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := p.next | 1
	p.next += 2
	p.asked = append(p.asked, ask{id: id, sent: sent})
	return &spdy.PingFrame{Id: id}
}

// answer takes the answer to a ping, and returns how many bytes have been taken.
func (p *pings) answer(id uint32) (taken int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.IndexFunc(p.asked, func(a ask) bool { return a.id == id }); i >= 0 {
		p.asked[i].answered = true
	}
	for p.row() {
		taken, p.asked = p.asked[0].sent, p.asked[1:]
	}
	return taken
}

// row tells whether the oldest pings of all lanes have been answered.
func (p *pings) row() bool {
	if len(p.asked) < lanes {
		return false
	}
	for _, a := range p.asked[:lanes] {
		if !a.answered {
			return false
		}
	}
	return true
}

// pulse asks the node for signs of life, until the tunnel is dead.
func (t *Tunnel) pulse() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-t.done:
			return
		case <-tick.C:
		case <-t.asap:
		}
		t.ask()
	}
}

// pace is after how many bytes it is asked whether they have been taken, so that
// who waits for a slow pod sees that it goes on.
const pace = 256 << 10

// says counts n bytes that have been given to be written.
func (t *Tunnel) says(n int) {
	before := t.ear.said()
	t.ear.says(n)
	if before/pace != (before+n)/pace {
		t.poke()
	}
}

// poke has pulse ask at once.
func (t *Tunnel) poke() {
	select {
	case t.asap <- struct{}{}:
	default:
	}
}

// ask sends a ping into each lane.
func (t *Tunnel) ask() {
	sent := t.ear.said()
	for range lanes {
		t.send(t.pings.ask(sent))
	}
}
