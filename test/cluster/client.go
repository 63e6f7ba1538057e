package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// A client is the harness's own way to ask the servers how they are. Tests should go
// through a proxy instead, or Kubectl.
type client struct {
	http  http.Client
	token string
}

func newClient(c *credentials) *client {
	return &client{
		token: c.tokens[Admin],
		http: http.Client{
			Timeout: 5 * time.Second, // a frozen server must not stop the polling
			Transport: &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: c.roots},
				// A connection to a server that was killed and restarted is a dead one.
				DisableKeepAlives: true,
			},
		},
	}
}

// do sends in as JSON, unless it is nil, and decodes the answer into out, unless it is.
func (c *client) do(ctx context.Context, method, url string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	if strings.HasPrefix(url, "https:") {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	request.Header.Set("Content-Type", "application/json")
	return c.send(request, out)
}

func (c *client) send(request *http.Request, out any) error {
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", request.Method, request.URL, response.Status, bytes.TrimSpace(text))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

// poll calls try until it succeeds or ctx ends, and then says what was missing.
func poll(ctx context.Context, try func() error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}
