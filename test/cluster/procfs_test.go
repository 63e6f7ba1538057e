package cluster_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kubeviews/kube/test/cluster"
)

// A processID is a process for good: a pid alone may be another's by the next look.
type processID struct {
	PID     int
	Started string
}

// stat reads the fields of /proc/PID/stat after the name: state, parent, …, of which
// the 20th is when the process started.
func stat(pid int) ([]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])), nil
}

func identify(pid int) (processID, error) {
	fields, err := stat(pid)
	if err != nil {
		return processID{}, err
	}
	return processID{pid, fields[19]}, nil
}

// gone says nil when the process has ended, even if nobody has asked how yet.
func (p processID) gone() error {
	fields, err := stat(p.PID)
	if err != nil || fields[19] != p.Started || fields[0] == "Z" || fields[0] == "X" {
		return nil
	}
	command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.PID))
	return fmt.Errorf("process %d runs in state %s: %s", p.PID, fields[0], bytes.ReplaceAll(command, []byte{0}, []byte{' '}))
}

func allGone(processes []processID) error {
	for _, p := range processes {
		if err := p.gone(); err != nil {
			return err
		}
	}
	return nil
}

func parentOf(pid int) (int, error) {
	fields, err := stat(pid)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(fields[1])
}

// processesOf are the programs of a cluster, and their leashes.
func processesOf(c *cluster.Cluster) ([]processID, error) {
	var processes []processID
	for _, name := range c.Parts() {
		pid := c.PID(name)
		leash, err := parentOf(pid)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, pid := range []int{pid, leash} {
			id, err := identify(pid)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			processes = append(processes, id)
		}
	}
	return processes, nil
}

// A socket is a line of /proc/net/tcp and its like.
type socket struct {
	table         string
	local, remote netip.AddrPort
	listens       bool
}

// socketsOf are a process's network sockets.
func socketsOf(t *testing.T, pid int) []socket {
	t.Helper()
	inodes := socketInodes(t, pid)
	var sockets []socket
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		// The table of the process, in case its network is not ours.
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if os.IsNotExist(err) {
			continue // a machine without IPv6
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
			fields := strings.Fields(line)
			if slices.Contains(inodes, fields[9]) {
				sockets = append(sockets, socket{table, address(t, fields[1]), address(t, fields[2]), fields[3] == "0A"})
			}
		}
	}
	return sockets
}

func socketInodes(t *testing.T, pid int) []string {
	t.Helper()
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	var inodes []string
	for _, link := range links {
		target, err := os.Readlink(link)
		if inode, ok := strings.CutPrefix(target, "socket:["); err == nil && ok {
			inodes = append(inodes, strings.TrimSuffix(inode, "]"))
		}
	}
	return inodes
}

// address parses "0100007F:1F90": words of four bytes, the last byte first.
func address(t *testing.T, text string) netip.AddrPort {
	t.Helper()
	host, port, _ := strings.Cut(text, ":")
	words, err := hex.DecodeString(host)
	if err != nil {
		t.Fatal(err)
	}
	for word := range slices.Chunk(words, 4) {
		slices.Reverse(word)
	}
	addr, ok := netip.AddrFromSlice(words)
	number, err := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil {
		t.Fatalf("address %q: %v", text, err)
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(number))
}
