package kubetest

import (
	"fmt"
	"io"
	"testing"
)

// BenchmarkList lists 10,000 pods over HTTP.
func BenchmarkList(b *testing.B) {
	c := start(b)
	for i := range 10_000 {
		if _, err := c.srv.Put(pod(fmt.Sprintf("pod-%05d", i), "app", fmt.Sprint(i%10))); err != nil {
			b.Fatal(err)
		}
	}
	for name, query := range map[string]string{"all": "", "selected": "?labelSelector=app%3D1", "page": "?limit=500"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				resp, err := c.hc.Do(c.request("GET", "/api/v1/pods"+query, ""))
				if err != nil {
					b.Fatal(err)
				}
				n, err := io.Copy(io.Discard, resp.Body)
				if err != nil {
					b.Fatal(err)
				}
				resp.Body.Close()
				b.SetBytes(n)
			}
		})
	}
}

// BenchmarkPut makes revisions of one of 10,000 pods.
func BenchmarkPut(b *testing.B) {
	s := NewServer(b)
	for i := range 10_000 {
		if _, err := s.Put(pod(fmt.Sprintf("pod-%05d", i))); err != nil {
			b.Fatal(err)
		}
	}
	n := 0
	for b.Loop() {
		n++
		if _, err := s.Put(pod("pod-05000", "n", fmt.Sprint(n))); err != nil {
			b.Fatal(err)
		}
	}
}
