package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// plain speaks HTTP without the library.
type plain struct {
	base   string
	client *http.Client
}

func newPlain(url string) *plain {
	transport := &http.Transport{}
	base := strings.TrimSuffix(url, "/")
	if socket, ok := strings.CutPrefix(url, "unix://"); ok {
		base = "http://localhost"
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}
	}
	return &plain{base, &http.Client{Transport: transport}}
}

func (c *plain) close() { c.client.CloseIdleConnections() }

func (c *plain) do(ctx context.Context, method, path, contentType string, body any) (int, []byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	if body == nil {
		text = nil
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	resp, err := c.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

func (p *place) send(method, path, contentType string, body any) []byte {
	p.Helper()
	code, answer, err := p.plain.do(p.ctx, method, path, contentType, body)
	if err != nil || code >= 300 {
		p.Fatalf("%s %s: %d %s %v", method, path, code, answer, err)
	}
	return answer
}

func (p *place) post(path string, body any) []byte {
	p.Helper()
	return p.send("POST", path, "application/json", body)
}

func (p *place) mergePatch(path string, patch any) []byte {
	p.Helper()
	return p.send("PATCH", path, "application/merge-patch+json", patch)
}

// read decodes what plain HTTP says.
func (p *place) read(path string, dst any) {
	p.Helper()
	p.must(json.Unmarshal(p.send("GET", path, "", nil), dst))
}

// gone reports whether there is nothing at a path, as an error.
func (p *place) gone(path string) error {
	code, answer, err := p.plain.do(p.ctx, "GET", path, "", nil)
	if err == nil && code == http.StatusNotFound {
		return nil
	}
	return fmt.Errorf("GET %s: %d %.200s %v", path, code, answer, err)
}

// thing is any object of the cluster, as far as its address goes.
type thing interface {
	Resource() string
	APIVersion() string
	Namespace() string
	Name() string
	Version() string
}

// document is what the judge knows of an object.
func (p *place) document(of thing) []byte {
	p.Helper()
	if p.env.Kubectl == nil {
		return p.send("GET", p.pathOf(of), "", nil)
	}
	args := []string{"get", "--show-managed-fields", "-o", "json", qualified(of), of.Name()}
	if of.Namespace() != "" {
		args = append(args, "-n", of.Namespace())
	}
	out, err := p.env.Kubectl(p.ctx, args...)
	if err != nil {
		p.Fatalf("kubectl %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// qualified is the resource with its version and group, as kubectl takes it.
func qualified(of thing) string {
	group, version, grouped := strings.Cut(of.APIVersion(), "/")
	if !grouped {
		return of.Resource()
	}
	return of.Resource() + "." + version + "." + group
}

// pathOf is made without the library's help, which is on trial.
func (p *place) pathOf(of thing) string {
	path := "/api/"
	if strings.Contains(of.APIVersion(), "/") {
		path = "/apis/"
	}
	path += of.APIVersion() + "/"
	if of.Namespace() != "" {
		path += "namespaces/" + of.Namespace() + "/"
	}
	return path + of.Resource() + "/" + of.Name()
}

// known is what the judge reads of every object.
type known struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name            string            `json:"name"`
		Namespace       string            `json:"namespace"`
		UID             string            `json:"uid"`
		ResourceVersion string            `json:"resourceVersion"`
		Labels          map[string]string `json:"labels"`
		Annotations     map[string]string `json:"annotations"`
	} `json:"metadata"`
}

func (p *place) judged(of thing) (k known) {
	p.Helper()
	p.must(json.Unmarshal(p.document(of), &k))
	return k
}

// agreed fetches an item until the judge sees the same revision, and decodes
// what the judge sees into dst.
func agreed[T thing](p *place, dst any, fetch func() (T, error)) (item T) {
	p.Helper()
	p.eventually(func() error {
		item = must[T](p)(fetch())
		text := p.document(item)
		var k known
		p.must(json.Unmarshal(text, &k))
		if k.Metadata.ResourceVersion != item.Version() {
			return unexpected("the version", item.Version())
		}
		return json.Unmarshal(text, dst)
	})
	return item
}

// names are those of a collection, which the judge lists.
func (p *place) names(resource, namespace, labels string) []string {
	p.Helper()
	var list struct {
		Items []known `json:"items"`
	}
	args := []string{"get", resource, "-o", "json", "-l", labels}
	if namespace == "" {
		args = append(args, "-A")
	} else {
		args = append(args, "-n", namespace)
	}
	p.must(json.Unmarshal(p.collection(args, resource, namespace, labels), &list))
	var names []string
	for _, k := range list.Items {
		names = append(names, k.Metadata.Name)
	}
	return names
}

func (p *place) collection(args []string, resource, namespace, labels string) []byte {
	p.Helper()
	if p.env.Kubectl != nil {
		out, err := p.env.Kubectl(p.ctx, args...)
		if err != nil {
			p.Fatalf("kubectl %s: %v", strings.Join(args, " "), err)
		}
		return out
	}
	path := "/api/v1/"
	if base, group, ok := strings.Cut(resource, "."); ok {
		resource, path = base, "/apis/"+group+"/v1/"
	}
	if namespace != "" {
		path += "namespaces/" + namespace + "/"
	}
	return p.send("GET", path+resource+"?labelSelector="+strings.ReplaceAll(labels, "=", "%3D"), "", nil)
}
