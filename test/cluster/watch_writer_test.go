package cluster_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/kubeviews/kube/test/cluster"
)

// A truth asks the API server itself, past kubectl proxy and the library.
type truth struct {
	base, token string
	http        http.Client
}

func newTruth(t *testing.T, c *cluster.Cluster) *truth {
	t.Helper()
	var config struct {
		Clusters []struct {
			Cluster struct {
				Server    string
				Authority string `json:"certificate-authority"`
			}
		}
		Users []struct{ User struct{ Token string } }
	}
	text, err := os.ReadFile(c.Kubeconfig())
	if err == nil {
		err = json.Unmarshal(text, &config)
	}
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := os.ReadFile(config.Clusters[0].Cluster.Authority)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	return &truth{config.Clusters[0].Cluster.Server, config.Users[0].User.Token, http.Client{Transport: transport}}
}

// An answer is a document with its HTTP status.
type answer struct {
	code     int
	text     []byte
	Metadata struct {
		Name, UID, ResourceVersion string
		Annotations                map[string]string
	}
	Items []answer
}

func (a answer) revision() revision {
	return revision{a.Metadata.UID, a.Metadata.ResourceVersion, a.Metadata.Annotations["n"]}
}

// ask is one request. A server that does not answer is an error soon.
func (s *truth) ask(ctx context.Context, verb, path string, body any) (a answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	in, err := json.Marshal(body)
	if err != nil {
		return a, err
	}
	request, err := http.NewRequestWithContext(ctx, verb, s.base+path, bytes.NewReader(in))
	if err != nil {
		return a, err
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	request.Header.Set("Content-Type", "application/json")
	if verb == http.MethodPatch {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	response, err := s.http.Do(request)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	if a.text, err = io.ReadAll(response.Body); err != nil {
		return a, err
	}
	a.code = response.StatusCode
	if a.code < 500 && a.code != http.StatusTooManyRequests {
		err = json.Unmarshal(a.text, &a)
	}
	return a, err
}

// must repeats a request until the answer has one of the codes.
func (s *truth) must(t *testing.T, verb, path string, body any, codes ...int) (a answer) {
	t.Helper()
	eventually(t, func() (err error) {
		a, err = s.ask(t.Context(), verb, path, body)
		for _, code := range codes {
			if a.code == code {
				return err
			}
		}
		return errors.Join(err, fmt.Errorf("%s %s: %d: %s", verb, path, a.code, a.text))
	})
	return a
}

// list is what there is, by name, and at which version.
func (s *truth) list(t *testing.T, path string) (state, string) {
	t.Helper()
	a := s.must(t, http.MethodGet, path, nil, http.StatusOK)
	all := state{}
	for _, item := range a.Items {
		all[item.Metadata.Name] = item.revision()
	}
	return all, a.Metadata.ResourceVersion
}

// A revision is what tells the states of one object apart. The text is what the
// writer has written last.
type revision struct{ uid, version, text string }

// A state is what there is, by name.
type state map[string]revision

// A write is one that the server has acknowledged.
type write struct {
	name    string
	made    revision // of a deletion, only the uid
	deleted bool
}

// A writer changes objects in one folder of the API, one at a time, and keeps count.
// It repeats what is not acknowledged: all that it does can be repeated.
type writer struct {
	t    *testing.T
	to   *truth
	path string
	more map[string]any // members of each object

	mu     sync.Mutex
	writes []write
	there  state
	count  int
}

// put creates an object, or changes it. size pads it.
func (w *writer) put(name string, size int) revision {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	text := fmt.Sprint(w.count, " ")
	text += string(bytes.Repeat([]byte("x"), max(0, size-len(text))))
	change := map[string]any{"metadata": map[string]any{"name": name, "annotations": map[string]string{"n": text}}}
	for key, value := range w.more {
		change[key] = value
	}
	var a answer
	if _, ok := w.there[name]; !ok {
		a = w.to.must(w.t, http.MethodPost, w.path, change, http.StatusCreated, http.StatusConflict)
	}
	if a.code != http.StatusCreated {
		a = w.to.must(w.t, http.MethodPatch, w.path+"/"+name, change, http.StatusOK)
	}
	w.there[name] = a.revision()
	w.writes = append(w.writes, write{name: name, made: a.revision()})
	return a.revision()
}

func (w *writer) delete(name string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.to.must(w.t, http.MethodDelete, w.path+"/"+name, nil, http.StatusOK, http.StatusNotFound)
	w.writes = append(w.writes, write{name: name, made: revision{uid: w.there[name].uid}, deleted: true})
	delete(w.there, name)
}

func (w *writer) has(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.there[name]
	return ok
}

// reset forgets what was written, and looks what there is.
func (w *writer) reset() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes = nil
	w.there, _ = w.to.list(w.t, w.path)
}

// recreate is a delete and a put.
func (w *writer) recreate(name string) revision {
	w.t.Helper()
	w.delete(name)
	return w.put(name, 0)
}

// churn writes at random to few names until it is stopped. The test's name is the seed.
func (w *writer) churn() (stop func()) {
	seed := [32]byte{}
	copy(seed[:], w.t.Name())
	chance := rand.New(rand.NewChaCha8(seed))
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		pace := time.NewTicker(8 * time.Millisecond)
		defer pace.Stop()
		for {
			select {
			case <-pace.C:
			case <-end:
				return
			case <-w.t.Context().Done():
				return
			}
			name := fmt.Sprintf("churn-%d", chance.IntN(6))
			if chance.IntN(4) == 0 && w.has(name) {
				w.delete(name)
			} else {
				w.put(name, 0)
			}
		}
	}()
	return sync.OnceFunc(func() { close(end); <-done })
}

// burst writes so many times.
func (w *writer) burst(n int) {
	w.t.Helper()
	for i := range n {
		switch name := fmt.Sprintf("burst-%d", i%5); i % 7 {
		case 3:
			w.recreate(name)
		default:
			w.put(name, 0)
		}
	}
}
