package web

import "testing"

// TestHosts: a web site whose name leads here gets nothing.
func TestHosts(t *testing.T) {
	s := &Server{Hosts: []string{"Dashboard.example"}}
	for host, want := range map[string]bool{
		"localhost": true, "localhost:8090": true, "127.0.0.1:8090": true, "[::1]:8090": true, "[::1]": true, "10.0.0.7": true,
		"dashboard.example": true, "dashboard.example:80": true, "DASHBOARD.example.": true, "LOCALHOST": true, "localhost.:80": true,
		"evil.example": false, "evil.example:8090": false, "localhost.evil.example": false, "": false, ".": false, "[::1": false, "::1]": false,
	} {
		if got := s.isFor(host); got != want {
			t.Errorf("%q: %t", host, got)
		}
	}
}
