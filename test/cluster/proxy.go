package cluster

import (
	"context"
	"fmt"
	"strings"
)

// A Proxy is one kubectl proxy. It is a part of its cluster, and ends with it.
type Proxy struct {
	cluster *Cluster
	part    Part
	address string // HOST:PORT, or a path
}

// ProxyURL is the address of the cluster's kubectl proxy on TCP, as Admin. Like every
// kubectl proxy it refuses exec and attach, unless a flag lifts that: see StartProxy.
func (c *Cluster) ProxyURL() string { return c.tcp.URL() }

// ProxySocket is the path of the unix socket of the cluster's other kubectl proxy; ""
// in a bare cluster.
func (c *Cluster) ProxySocket() string {
	if c.unix == nil {
		return ""
	}
	return c.unix.Socket()
}

// StartProxy starts one more kubectl proxy, with flags of kubectl's, for instance
//
//	c.StartProxy(ctx, "--reject-paths=^$")               // lets exec pass
//	c.StartProxy(ctx, "--context="+cluster.Developer)    // as another user
//	c.StartProxy(ctx, "--unix-socket="+path)
//
// It serves on a TCP port of its own choice, unless a flag says where.
func (c *Cluster) StartProxy(ctx context.Context, flags ...string) (*Proxy, error) {
	c.mu.Lock()
	c.proxies++
	name := Part(fmt.Sprintf("kubectl-proxy-%d", c.proxies))
	c.mu.Unlock()
	return c.startProxy(ctx, name, flags...)
}

func (c *Cluster) startProxy(ctx context.Context, name Part, flags ...string) (*Proxy, error) {
	describe := c.proxyTCP(name, flags)
	if saysWhere(flags) {
		describe = func() (*part, error) { return c.proxy(name, flags), nil }
	}
	if err := c.launch(ctx, describe); err != nil {
		return nil, err
	}
	return &Proxy{c, name, proxyAddress([]byte(c.Logs(name)))}, nil
}

// saysWhere tells whether flags hold a port or a socket.
func saysWhere(flags []string) bool {
	for _, flag := range flags {
		for _, where := range []string{"-p", "--port", "-u", "--unix-socket"} {
			if flag == where || strings.HasPrefix(flag, where+"=") {
				return true
			}
		}
	}
	return false
}

// Part is the proxy's name among the cluster's parts.
func (p *Proxy) Part() Part { return p.part }

// URL is "" for a proxy on a unix socket.
func (p *Proxy) URL() string {
	if p.Socket() != "" {
		return ""
	}
	return "http://" + p.address
}

// Socket is "" for a proxy on TCP.
func (p *Proxy) Socket() string {
	if strings.HasPrefix(p.address, "/") {
		return p.address
	}
	return ""
}

// Stop ends the proxy before its cluster does.
func (p *Proxy) Stop() error {
	_, proc, err := p.cluster.part(p.part)
	if err != nil {
		return err
	}
	return proc.stop()
}
