package kube

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/kubeviews/kube/internal/rest"
)

// parseURL reads where the proxy is, and how it is dialed.
func parseURL(c *config) (*url.URL, func(context.Context, string, string) (net.Conn, error), error) {
	u, err := url.Parse(c.url)
	bad := func(reason string) error {
		e := &rest.ArgumentError{Arg: "URL", Reason: reason}
		if u != nil {
			e.Value = withoutUser(u)
		}
		return e
	}
	if err != nil {
		return nil, nil, bad("it cannot be parsed")
	}
	switch {
	case u.RawQuery != "" || u.Fragment != "":
		return nil, nil, bad("a query or fragment makes no sense here")
	case u.Scheme == "unix" && u.Host == "" && strings.HasPrefix(u.Path, "/"):
		if reason := socketFault(u.Path); reason != "" {
			return nil, nil, bad(reason)
		}
		return &url.URL{Scheme: "http", Host: "localhost"}, dialSocket(u.Path), nil
	case u.Scheme == "unix":
		return nil, nil, bad("a socket has an absolute path: unix:///run/kube.sock")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, nil, bad("the scheme must be http, https or unix")
	case u.Hostname() == "":
		return nil, nil, bad("the host is missing")
	case u.Scheme == "http" && !c.remote && !isLoopback(u.Hostname()):
		return nil, nil, bad("plain HTTP goes to this machine only; see WithInsecureRemote")
	}
	setPath(u, strings.TrimSuffix(strings.TrimRight(u.EscapedPath(), "/"), "/api"))
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	if u.Scheme == "http" && !c.remote {
		dialer.ControlContext = onlyLoopback
	}
	return u, dialer.DialContext, nil
}

// setPath gives u a path that is encoded already.
func setPath(u *url.URL, encoded string) {
	u.Path, _ = url.PathUnescape(encoded) // it was parsed before
	u.RawPath = encoded
}

// withoutUser shows a URL without what only its user should know.
func withoutUser(u *url.URL) string {
	shown := *u
	shown.User, shown.RawQuery, shown.ForceQuery, shown.Fragment, shown.RawFragment = nil, "", false, "", ""
	return shown.String()
}

// shownURL is where the proxy is, for people.
func shownURL(c *config, base *url.URL) string {
	if strings.HasPrefix(c.url, "unix:") {
		return c.url
	}
	return withoutUser(base)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// onlyLoopback refuses to dial another machine, whatever the name localhost has
// been made to mean.
func onlyLoopback(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().Unmap().IsLoopback() {
		return &rest.ArgumentError{Arg: "URL", Reason: "the host is not this machine; plain HTTP goes to this machine only"}
	}
	return nil
}

// maxSocketPath is how many bytes the path of a unix socket may have here.
const maxSocketPath = len(syscall.RawSockaddrUnix{}.Path) - 1

func socketFault(path string) string {
	switch {
	case len(path) > maxSocketPath:
		return fmt.Sprintf("the path of a socket has at most %d bytes here, not %d", maxSocketPath, len(path))
	case strings.ContainsRune(path, 0):
		return "the path has a zero byte" // where the kernel would end it
	}
	return ""
}

func dialSocket(path string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
}
