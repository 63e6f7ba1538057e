package kubetest

import (
	"net/http"
	"strings"
)

// Warn makes the server send warnings along with every answer to a path, which
// matches as in [Fault].
func (s *Server) Warn(path string, warnings ...string) *Injection {
	return s.Inject(Fault{Path: path, Warnings: warnings})
}

var quoteWarning = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\r", " ")

func addWarning(h http.Header, text string) {
	h.Add("Warning", `299 - "`+quoteWarning.Replace(text)+`"`)
}

// warnDeprecated warns of the kinds that the server's version calls deprecated.
func (c *call) warnDeprecated() {
	if c.res.builtin && c.res.Group == "" && c.res.Plural == "endpoints" && c.srv.minor() >= 33 {
		addWarning(c.w.Header(), "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
	}
}

// minor is the second number of the server's version.
func (s *Server) minor() int64 {
	parts := strings.SplitN(s.opts.version, ".", 3)
	if len(parts) < 2 {
		return 0
	}
	return digits(parts[1])
}
