package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/kubeviews/kube/test/cluster"
)

// A state is what the server, the process that holds the cluster, tells about it.
type state struct {
	PID         int
	ProxyURL    string
	ProxySocket string
	Kubeconfig  string
	Logs        string
	Control     string // unix socket of the server
	Parts       []partState
}

type partState struct {
	Name cluster.Part
	PID  int // 0: ended
}

func describe(c *cluster.Cluster, control string) state {
	s := state{
		PID:         os.Getpid(),
		ProxyURL:    c.ProxyURL(),
		ProxySocket: c.ProxySocket(),
		Kubeconfig:  c.Kubeconfig(),
		Logs:        filepath.Join(c.Dir(), "logs"),
		Control:     control,
	}
	for _, name := range c.Parts() {
		s.Parts = append(s.Parts, partState{name, c.PID(name)})
	}
	return s
}

func (s state) print() {
	fmt.Println("proxy URL:   ", s.ProxyURL)
	fmt.Println("unix socket: ", s.ProxySocket)
	fmt.Println("kubeconfig:  ", s.Kubeconfig)
	fmt.Println("logs:        ", s.Logs)
}

func (s state) printParts() {
	for _, p := range s.Parts {
		if p.PID == 0 {
			fmt.Printf("  %-24s ended\n", p.Name)
			continue
		}
		fmt.Printf("  %-24s pid %d\n", p.Name, p.PID)
	}
}

// paths of the files that processes find each other by.
type paths struct{ lock, state, log string }

func findPaths() (paths, error) {
	cache, err := cluster.CacheDir()
	if err != nil {
		return paths{}, err
	}
	dir := filepath.Join(cache, "running")
	return paths{
		lock:  filepath.Join(dir, "lock"),
		state: filepath.Join(dir, "state.json"),
		log:   filepath.Join(dir, "server.log"),
	}, os.MkdirAll(dir, 0o700)
}

// write makes the state appear whole or not at all.
func (p paths) write(s state) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	unfinished := p.state + ".unfinished"
	if err := os.WriteFile(unfinished, text, 0o600); err != nil {
		return err
	}
	return os.Rename(unfinished, p.state)
}

var errNotRunning = errors.New("no cluster is running")

// What a server understands, a line each.
const (
	askStatus = "status" // it answers with its state
	askStop   = "stop"   // it hangs up when the cluster is gone, or says why it is not
)

// ask sends a server one line and returns its answer, also a line. That a server answers
// is the proof that it runs: a pid in a file would be no proof.
//
// Possible errors: errNotRunning, and those of the connection.
func (p paths) ask(line string, limit time.Duration) (string, error) {
	text, err := os.ReadFile(p.state)
	if errors.Is(err, fs.ErrNotExist) {
		return "", errNotRunning
	}
	if err != nil {
		return "", err
	}
	var s state
	if err := json.Unmarshal(text, &s); err != nil {
		return "", fmt.Errorf("%s: %w", p.state, err)
	}
	connection, err := net.Dial("unix", s.Control)
	if err != nil {
		return "", errNotRunning // its server was killed, and the cluster ended with it
	}
	defer connection.Close()
	return exchange(connection, line, limit)
}

func exchange(connection net.Conn, line string, limit time.Duration) (string, error) {
	if err := connection.SetDeadline(time.Now().Add(limit)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintln(connection, line); err != nil {
		return "", err
	}
	answer := bufio.NewScanner(connection)
	answer.Scan()
	return answer.Text(), answer.Err()
}

func (p paths) current() (state, error) {
	answer, err := p.ask(askStatus, 5*time.Second)
	if err != nil {
		return state{}, err
	}
	var s state
	return s, json.Unmarshal([]byte(answer), &s)
}
