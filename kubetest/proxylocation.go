package kubetest

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// proxiedWriter writes the answer of an application as the server passes it back:
// where it sends the client elsewhere on its own host, it does so below the path
// that the client asked.
type proxiedWriter struct {
	http.ResponseWriter
	host, prefix string
	begun        bool
}

// proxiedWriter is for the application to write to.
func (c *call) proxiedWriter() *proxiedWriter {
	c.commonHeaders()
	// /api/v1/namespaces/NAMESPACE/RESOURCE/NAME/proxy
	parts := strings.SplitN(strings.TrimPrefix(c.req.URL.Path, "/"), "/", 8)
	return &proxiedWriter{ResponseWriter: c.w, host: c.req.Host, prefix: "/" + strings.Join(parts[:7], "/")}
}

func (w *proxiedWriter) WriteHeader(code int) {
	if h := w.Header(); !w.begun && h.Get("Location") != "" {
		h.Set("Location", w.location(h.Get("Location")))
	}
	w.begun = w.begun || code >= 200
	w.ResponseWriter.WriteHeader(code)
}

func (w *proxiedWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets a ResponseController find the real writer.
func (w *proxiedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush sends the headers too.
func (w *proxiedWriter) Flush() {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// location is where the client finds what is at the application's location.
func (w *proxiedWriter) location(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host != "" && u.Host != w.host || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, w.prefix) {
		return text
	}
	u.Path, u.RawPath = joined(w.prefix, u.Path), ""
	return u.String()
}

// joined keeps the slash at the end, and no other that is not needed.
func joined(prefix, below string) string {
	if to := path.Join(prefix, below); !strings.HasSuffix(below, "/") || strings.HasSuffix(to, "/") {
		return to
	}
	return path.Join(prefix, below) + "/"
}
