// Package web shows a live cluster as pages: HTML that is made on the server and
// works as it is, and a stream of events that tells a little script when to look
// again.
package web

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/kubeviews/kube/examples/dashboard/live"
)

//go:embed templates static
var files embed.FS

// Server answers for all pages.
type Server struct {
	// Hosts are the names that it answers for, besides addresses and localhost.
	Hosts   []string
	cluster *live.Cluster
	source  string // what the cluster is, in a few words
	mux     *http.ServeMux
	pages   map[string]*template.Template
	now     func() time.Time
}

// New returns the server of a cluster. source says what it is, such as the address
// of its proxy.
func New(cluster *live.Cluster, source string) *Server {
	s := &Server{cluster: cluster, source: source, mux: http.NewServeMux(), pages: map[string]*template.Template{}, now: time.Now}
	for _, page := range []string{"overview", "table", "item", "changes", "problem"} {
		s.pages[page] = template.Must(template.New("layout.html").Funcs(helpers).
			ParseFS(files, "templates/layout.html", "templates/parts.html", "templates/"+page+".html"))
	}
	static, _ := fs.Sub(files, "static")
	s.mux.Handle("GET /static/{file}", http.StripPrefix("/static/", http.FileServerFS(static)))
	s.mux.HandleFunc("GET /{$}", s.overview)
	s.mux.HandleFunc("GET /changes", s.changes)
	s.mux.HandleFunc("GET /stream", s.stream)
	s.mux.HandleFunc("GET /healthz", s.health)
	s.mux.HandleFunc("GET /{resource}", s.table)
	s.mux.HandleFunc("GET /{resource}/{name}", s.item)
	s.mux.HandleFunc("GET /{resource}/{namespace}/{name}", s.item)
	s.mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		s.problem(w, r, http.StatusNotFound, "Not here", "There is no such page.")
	})
	return s
}

// policy lets a page load what comes from here, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	if !s.isFor(r.Host) {
		http.Error(w, "This dashboard does not answer for that name: start it with -host.", http.StatusMisdirectedRequest)
		return
	}
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	s.mux.ServeHTTP(w, r)
}

// isFor reports whether a request is for this server: to an address, localhost, or a
// name that it was given. Else a web site could have its name lead here, and read the
// pages in its visitor's browser.
func (s *Server) isFor(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	} else if inner, ok := strings.CutPrefix(host, "["); ok && strings.HasSuffix(inner, "]") {
		host = strings.TrimSuffix(inner, "]")
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	host = strings.TrimSuffix(host, ".") // of a name that is whole
	return strings.EqualFold(host, "localhost") || slices.ContainsFunc(s.Hosts, func(name string) bool {
		return strings.EqualFold(host, strings.TrimSuffix(name, "."))
	})
}

// page is what all pages have.
type page struct {
	Title   string
	Watch   string // the resources whose changes change the page; "*" for all
	Path    string // of the request, to mark where the reader is
	Source  string
	Version string
	Contact contact
	Menu    []menuGroup
	Now     time.Time
	Problem bool // it says what is wrong, instead of what was asked for
}

func (s *Server) page(r *http.Request, title, watch string) page {
	contact := s.contact()
	return page{Title: title, Watch: watch, Path: r.URL.Path, Source: s.source, Version: s.cluster.Version(),
		Contact: contact, Menu: s.menu(contact, r.PathValue("resource"), r.URL.Path), Now: s.now()}
}

// show writes a page whole or not at all.
func (s *Server) show(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&b, "layout.html", data); err != nil {
		slog.Error("a page cannot be shown", "page", name, "error", err)
		http.Error(w, "This page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}

// problem is a page that says what is wrong with a request. It goes on by itself when
// that is no longer so.
func (s *Server) problem(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	p := s.page(r, title, "*")
	p.Problem = true
	s.show(w, status, "problem", struct {
		page
		Text string
	}{p, text})
}

var errUnreachable = errors.New("the cluster does not answer, or does not let itself be read")

// health is for whoever supervises the dashboard: it is well when the cluster
// answers, also where a kind fails.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	if contact := s.cluster.Contact(); !contact.Live {
		http.Error(w, errUnreachable.Error(), http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}
