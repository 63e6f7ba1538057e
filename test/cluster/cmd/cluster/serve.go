package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/kubeviews/kube/test/cluster"
	"github.com/kubeviews/kube/test/cluster/internal/flock"
)

// serveCommand is what start runs in the background; people have no use for it.
const serveCommand = "serve"

// serve holds a cluster until it is told to stop.
func serve(ctx context.Context, nodes int) error {
	paths, err := findPaths()
	if err != nil {
		return err
	}
	lock, err := paths.alone(ctx)
	if err != nil {
		return err
	}
	c, err := cluster.Start(ctx, cluster.Options{Nodes: nodes, Logf: log.Printf})
	if err != nil {
		return errors.Join(err, lock.Unlock())
	}
	asker, err := listen(ctx, paths, c)
	// Whoever asked hears nothing before the next server could start.
	err = errors.Join(err, os.Remove(paths.state), c.Stop(), lock.Unlock())
	if asker == nil {
		return err
	}
	if err != nil {
		fmt.Fprintf(asker, "%q\n", err.Error())
	}
	return errors.Join(err, asker.Close())
}

// alone waits for a server that is just ending, and clears away what earlier ones left.
// One that goes on is no matter: start sees its cluster, and ends us.
func (p paths) alone(ctx context.Context) (*flock.Lock, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	lock, err := flock.Take(ctx, p.lock, func() { log.Print("waiting for another server") })
	if err != nil {
		return nil, fmt.Errorf("lock of %s: %w", p.lock, err)
	}
	_ = os.Remove(p.state) // mostly there is none
	return lock, os.Truncate(p.log, 0)
}

// listen answers until ctx ends, or somebody asks to stop: that one it returns.
func listen(ctx context.Context, paths paths, c *cluster.Cluster) (asker net.Conn, err error) {
	// In the cluster's own folder, because the path of a socket must be short.
	control := filepath.Join(c.Dir(), "control.sock")
	listener, err := net.Listen("unix", control)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	if err := paths.write(describe(c, control)); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s := server{c, listener, control, make(chan net.Conn, 1)}
	err = s.serve()
	select {
	case asker := <-s.stop:
		return asker, err
	default:
		return nil, err
	}
}

// A server tells who connects about the cluster.
type server struct {
	cluster  *cluster.Cluster
	listener net.Listener
	control  string
	stop     chan net.Conn // gets the one who asked to stop
}

// serve returns when the listener is closed, and every answer given.
func (s server) serve() error {
	var asked sync.WaitGroup
	defer asked.Wait()
	for {
		connection, err := s.listener.Accept()
		if err != nil {
			return ignoreClosed(err)
		}
		asked.Go(func() { s.answer(connection) })
	}
}

func (s server) answer(connection net.Conn) {
	switch readLine(connection) {
	case askStop:
		select {
		case s.stop <- connection:
			s.listener.Close()
			return // it is answered when all is done
		default: // somebody else asked first
		}
	case askStatus:
		// A client that does not get it whole asks again.
		_ = json.NewEncoder(connection).Encode(describe(s.cluster, s.control))
	}
	connection.Close()
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// readLine reads one line; who connects and says nothing must not keep us from ending.
func readLine(connection net.Conn) string {
	_ = connection.SetReadDeadline(time.Now().Add(5 * time.Second))
	line := bufio.NewScanner(connection)
	line.Scan()
	return line.Text()
}
