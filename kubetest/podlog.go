package kubetest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// podLogs are the texts that the test gives out as logs.
type podLogs struct {
	mu    sync.Mutex
	texts map[string]string
}

// SetLog sets what a container has logged. A container that was given none has
// an empty log.
func (s *Server) SetLog(namespace, pod, container, log string) {
	s.logs.mu.Lock()
	defer s.logs.mu.Unlock()
	if s.logs.texts == nil {
		s.logs.texts = map[string]string{}
	}
	s.logs.texts[namespace+"/"+pod+"/"+container] = log
}

func (l *podLogs) get(namespace, pod, container string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.texts[namespace+"/"+pod+"/"+container]
}

// podLog answers GET .../pods/NAME/log. Following ends at once: a log that was
// set is whole.
func (c *call) podLog() error {
	s := c.srv.store
	s.mu.RLock()
	rev := c.res.table.get(objectKey(c.ns, c.name))
	s.mu.RUnlock()
	if rev == nil {
		return notFound(c.res, c.name)
	}
	container, err := c.logContainer(rev.doc)
	if err != nil {
		return err
	}
	if text(rev.doc, "spec", "nodeName") == "" {
		return badRequest("pod %s does not have a host assigned", c.name)
	}
	lines := strings.SplitAfter(c.srv.logs.get(c.ns, c.name, container), "\n")
	if _, ok := c.query["tailLines"]; ok {
		n, err := c.intParam("tailLines")
		if err != nil {
			return err
		}
		lines = tail(lines, n)
	}
	c.commonHeaders()
	c.w.Header().Set("Content-Type", "text/plain")
	c.w.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(c.w, strings.Join(lines, ""))
	return nil
}

func tail(lines []string, n int64) []string {
	if len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if n >= 0 && int64(len(lines)) > n {
		lines = lines[int64(len(lines))-n:]
	}
	return lines
}

// logContainer is the container that is asked for, or the only one.
func (c *call) logContainer(doc map[string]any) (string, error) {
	var names []string
	for _, list := range []string{"containers", "initContainers", "ephemeralContainers"} {
		for _, e := range listAt(doc, "spec", list) {
			names = append(names, text(asMap(e), "name"))
		}
	}
	asked := c.query.Get("container")
	switch {
	case asked == "" && len(listAt(doc, "spec", "containers")) == 1 && len(names) > 0:
		return names[0], nil
	case asked == "":
		return "", badRequest("a container name must be specified for pod %s, choose one of: %v", c.name, names)
	}
	for _, name := range names {
		if name == asked {
			return asked, nil
		}
	}
	return "", badRequest("%s", fmt.Sprintf("container %s is not valid for pod %s", asked, c.name))
}
