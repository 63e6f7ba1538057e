package kube

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/items"
)

// theRest answers for a pod, and leaves all else to a handler.
func theRest(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/pods/a") {
			says(200, podText)(w, r)
			return
		}
		handler(w, r)
	}
}

func podOf(t *testing.T, c *Cluster) items.Pod {
	t.Helper()
	pod, err := c.Pods().In("ns").Fetch(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

// TestTimeoutOfAllThatBeginsR04 has what lasts begin within the timeout.
//
// R04: a log that is followed, exec and port forwards.
func TestTimeoutOfAllThatBeginsR04(t *testing.T) {
	for name, begin := range map[string]func(context.Context, items.Pod) error{
		"exec": func(ctx context.Context, p items.Pod) error {
			return p.Exec(ctx, items.Command{Args: []string{"true"}})
		},
		"port forward": func(ctx context.Context, p items.Pod) error {
			_, err := p.PortForward(ctx)
			return err
		},
		"log": func(ctx context.Context, p items.Pod) error {
			_, err := p.LogStream(ctx, items.Follow())
			return err
		},
	} {
		inLab(t, theRest(silent("")), func(t *testing.T, l *lab) {
			l.conn.t.upgrades.DialContext = l.dial
			hasty := variantOf(t, l.Cluster, WithTimeout(time.Second), WithRetries(0))
			for c, limit := range map[*Cluster]time.Duration{l.Cluster: 2 * time.Minute, hasty: time.Second} {
				pod, begun := podOf(t, c), time.Now()
				err := begin(t.Context(), pod)
				var api *APIError
				if took := time.Since(begun); took != limit || !isTimeout(err) || !errors.As(err, &api) || api.Code != 0 {
					t.Errorf("%s: after %v: %v", name, took, err)
				}
			}
		}, WithTimeout(2*time.Minute), WithRetries(0))
	}
}

// TestSilentLogR04 follows a log that has begun, and is silent for long.
func TestSilentLogR04(t *testing.T) {
	inLab(t, theRest(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		time.Sleep(time.Hour)
		_, _ = io.WriteString(w, "at last\n")
	}), func(t *testing.T, l *lab) {
		log, err := podOf(t, l.Cluster).LogStream(t.Context(), items.Follow())
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		if text, err := io.ReadAll(log); err != nil || string(text) != "at last\n" {
			t.Errorf("%q, %v", text, err)
		}
	})
}
