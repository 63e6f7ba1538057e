package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Each method here describes one part, on ports that were free a moment ago. It may be
// called again, for other ports.

func (c *Cluster) describe(name Part, path string, ready func(context.Context, []byte) error, arguments ...string) *part {
	return &part{
		name:      name,
		path:      path,
		arguments: slices.Concat(arguments, c.flags[name]),
		logFile:   c.logFile(name),
		ready:     ready,
	}
}

func (c *Cluster) etcd() (*part, error) {
	client, err := c.freePort()
	if err != nil {
		return nil, err
	}
	peer, err := c.freePort()
	if err != nil {
		return nil, err
	}
	name := filepath.Base(c.Dir())
	c.etcdURL = "http://" + loopback(client)
	peerURL := "http://" + loopback(peer)
	url := c.etcdURL
	ready := func(ctx context.Context, _ []byte) error { return c.etcdReady(ctx, url, name) }
	return c.describe(Etcd, c.binaries.Etcd, ready,
		"--name="+name,
		"--data-dir="+c.etcdData(),
		"--listen-client-urls="+c.etcdURL,
		"--advertise-client-urls="+c.etcdURL,
		"--listen-peer-urls="+peerURL,
		"--initial-advertise-peer-urls="+peerURL,
		"--initial-cluster="+name+"="+peerURL,
		// It elects itself, which by default takes a second of every start.
		"--heartbeat-interval=20",
		"--election-timeout=200",
		"--unsafe-no-fsync", // a power cut may lose the data; the tests do not outlive one
	), nil
}

// etcdReady asks for the name, because etcd of another cluster might answer on a port
// that ours just failed to get.
func (c *Cluster) etcdReady(ctx context.Context, url, name string) error {
	var list struct{ Members []struct{ Name string } }
	if err := c.client.do(ctx, "POST", url+"/v3/cluster/member/list", struct{}{}, &list); err != nil {
		return err
	}
	if len(list.Members) != 1 || list.Members[0].Name != name {
		return fmt.Errorf("members are %v, not only %s", list.Members, name)
	}
	return nil
}

func (c *Cluster) apiserver() (*part, error) {
	port, err := c.freePort()
	if err != nil {
		return nil, err
	}
	c.apiURL = "https://" + loopback(port)
	if err := c.credentials.writeKubeconfig(c.apiURL); err != nil {
		return nil, err
	}
	return c.describe(APIServer, c.binaries.APIServer, c.healthy(port, "/readyz"),
		"--etcd-servers="+c.etcdURL,
		"--secure-port="+strconv.Itoa(port),
		"--bind-address=127.0.0.1",
		// The address that it tells Pods of, in the Service "kubernetes". A loopback one
		// is refused, and to look for another needs a network; this one is set aside for
		// documents, and nobody asks it anything.
		"--advertise-address=192.0.2.1",
		"--tls-cert-file="+c.credentials.cert,
		"--tls-private-key-file="+c.credentials.key,
		"--kubelet-certificate-authority="+c.credentials.cert,
		"--kubelet-preferred-address-types=InternalIP", // the nodes' names resolve nowhere
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+c.credentials.account,
		"--service-account-signing-key-file="+c.credentials.account,
		"--authorization-mode=RBAC",
		"--token-auth-file="+c.credentials.tokenFile,
		"--service-cluster-ip-range=10.0.0.0/24",
		"--disable-admission-plugins=ServiceAccount", // Pods must not wait for their tokens
		"--allow-privileged=true",
	), nil
}

func (c *Cluster) controllerManager() (*part, error) {
	return c.controller(ControllerManager, c.binaries.ControllerManager,
		"--service-account-private-key-file="+c.credentials.account,
		"--root-ca-file="+c.credentials.cert,
		"--controllers=*,-nodeipam,-ttl",
	)
}

func (c *Cluster) scheduler() (*part, error) {
	return c.controller(Scheduler, c.binaries.Scheduler)
}

// controller describes what the two have in common. They come as Admin, so that a test
// that overloads the API server does not stop them too.
func (c *Cluster) controller(name Part, path string, arguments ...string) (*part, error) {
	port, err := c.freePort()
	if err != nil {
		return nil, err
	}
	return c.describe(name, path, c.healthy(port, "/healthz"), append(arguments,
		"--kubeconfig="+c.Kubeconfig(),
		"--leader-elect=false",
		"--bind-address=127.0.0.1",
		"--secure-port="+strconv.Itoa(port),
		"--tls-cert-file="+c.credentials.cert,
		"--tls-private-key-file="+c.credentials.key,
		// The defaults would make tests with thousands of Pods wait for the client's own
		// throttle.
		"--kube-api-qps=1000",
		"--kube-api-burst=2000",
	)...), nil
}

func (c *Cluster) kwok() (*part, error) {
	port, err := c.freePort()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(c.Dir(), "kwok.yaml")
	if err := c.writeKwokConfig(config); err != nil {
		return nil, err
	}
	return c.describe(Kwok, c.binaries.Kwok, c.healthy(port, "/healthz"),
		"--kubeconfig="+c.Kubeconfig(),
		"--config="+config,
		"--node-ip=127.0.0.1",
		"--node-port="+strconv.Itoa(port),
		"--server-address="+loopback(port),
		"--tls-cert-file="+c.credentials.cert,
		"--tls-private-key-file="+c.credentials.key,
	), nil
}

// healthy asks over TLS, trusting our own certificate only.
func (c *Cluster) healthy(port int, path string) func(context.Context, []byte) error {
	url := "https://" + loopback(port) + path
	return func(ctx context.Context, _ []byte) error { return c.client.do(ctx, "GET", url, nil, nil) }
}

// proxyTCP describes kubectl proxy on a port of its own.
func (c *Cluster) proxyTCP(name Part, flags []string) func() (*part, error) {
	return func() (*part, error) {
		port, err := c.freePort()
		if err != nil {
			return nil, err
		}
		return c.proxy(name, slices.Concat(flags, []string{"--port=" + strconv.Itoa(port)})), nil
	}
}

func (c *Cluster) proxy(name Part, flags []string) *part {
	arguments := slices.Concat([]string{"--kubeconfig=" + c.Kubeconfig(), "proxy"}, flags)
	return c.describe(name, c.binaries.Kubectl, proxyReady, arguments...)
}

const proxyServes = "Starting to serve on "

var errNoAddress = errors.New("it has not said where it serves")

func proxyReady(_ context.Context, log []byte) error {
	if proxyAddress(log) == "" {
		return errNoAddress
	}
	return nil
}

// proxyAddress finds what kubectl proxy said last of where it serves: HOST:PORT, or a
// path.
func proxyAddress(log []byte) string {
	at := bytes.LastIndex(log, []byte(proxyServes))
	if at < 0 {
		return ""
	}
	line, _, whole := bytes.Cut(log[at+len(proxyServes):], []byte("\n"))
	if !whole {
		return ""
	}
	return strings.TrimSpace(string(line))
}
