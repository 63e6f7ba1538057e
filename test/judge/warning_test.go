package judge

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/net"

	"github.com/kubeviews/kube"
)

// warned returns what the library makes of headers that a server sends: the
// warnings, and how many headers could not be read to their end.
func warned(t *testing.T) func(headers []string) (told []net.WarningHeader, unread int) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Warning"] = r.URL.Query()["w"]
	}))
	t.Cleanup(srv.Close)
	var got []kube.Warning
	c, err := kube.NewCluster(kube.WithURL(srv.URL), kube.WithWarnings(func(w kube.Warning) { got = append(got, w) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return func(headers []string) (told []net.WarningHeader, unread int) {
		got = nil
		if _, err := c.Proxy().Query("w", headers...).Text(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
		for _, w := range got {
			if w.Code == 0 && w.Agent == "-" && w.Verb == "GET" && !zeroCode(headers) {
				unread++
				continue
			}
			told = append(told, net.WarningHeader{Code: w.Code, Agent: w.Agent, Text: w.Text})
		}
		return told, unread
	}
}

func zeroCode(headers []string) bool { return strings.Contains(strings.Join(headers, ""), "000") }

// TestWarningHeaders: the library reads the header Warning as client-go does. It
// differs where text is encoded as in RFC 2047, which RFC 7234 has abandoned, and
// in that it tells what it could not read.
func TestWarningHeaders(t *testing.T) {
	parts := []string{`299 - "a"`, `199 host:1 "b c" "date"`, `299 - "x\\y\"z"`, `299 - "`, `"`, `\`, `\"`, ` `, `,`, `, `, `x`, `299`, `-`, "\t", "ü", "\xff", `""`}
	read := warned(t)
	generate(t, func(t *testing.T, random *rand.Rand) {
		if random.IntN(4) > 0 {
			return // each round is a request
		}
		headers := []string{spoil(random, pick(random, parts[:3])+`, `+pick(random, parts[:3]), parts), soup(random, parts, 6)}
		for i, h := range headers {
			headers[i] = strings.Trim(h, " \t") // as servers send it
		}
		want, errs := net.ParseWarningHeaders(headers)
		got, unread := read(headers)
		if !slices.Equal(got, want) || unread != len(errs) {
			t.Errorf("%q:\ngot  %v, %d unread\nwant %v, %v", headers, got, unread, want, errs)
		}
	})
}
