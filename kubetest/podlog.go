package kubetest

import (
	"net/http"
	"slices"
	"time"
)

// logOptions are the parameters of a request for a log.
type logOptions struct {
	follow, previous, timestamps bool

	tail  *int64
	limit *int64
	since time.Time
}

// podLog answers GET .../pods/NAME/log.
func (c *call) podLog() error {
	if err := c.takesText(); err != nil {
		return err
	}
	o, err := c.logOptions()
	if err != nil {
		return err
	}
	rev := c.podRevision()
	if rev == nil {
		return notFound(c.res, c.name)
	}
	container, err := c.container(rev.doc)
	if err != nil {
		return err
	}
	if text(rev.doc, "spec", "nodeName") == "" {
		c.commonHeaders()
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	r := &logReader{c: c, o: o, container: container, uid: text(rev.doc, "metadata", "uid")}
	if err := r.ready(rev.doc); err != nil {
		return err
	}
	r.run()
	return nil
}

// takesText refuses clients that take nothing of what a log can be.
func (c *call) takesText() error {
	_, err := c.negotiate()
	if err != nil && !headerHas(c.req.Header, "Accept", "text/plain") {
		e := notAcceptableText("406: Not Acceptable\n\nAvailable representations: text/plain, application/json, application/yaml, application/vnd.kubernetes.protobuf")
		e.details = map[string]any{}
		return e
	}
	return nil
}

func (c *call) logOptions() (logOptions, error) {
	o := logOptions{
		follow: truthy(c.query, "follow"), previous: truthy(c.query, "previous"), timestamps: truthy(c.query, "timestamps"),
	}
	var err error
	for name, value := range map[string]**int64{"tailLines": &o.tail, "limitBytes": &o.limit} {
		if *value, err = c.optionalInt(name); err != nil {
			return o, err
		}
	}
	seconds, err := c.optionalInt("sinceSeconds")
	if err != nil {
		return o, err
	}
	if at := c.query.Get("sinceTime"); at != "" {
		if o.since, err = time.Parse(time.RFC3339, at); err != nil {
			return o, badRequest("%v", err)
		}
		o.since = o.since.Truncate(time.Second)
	}
	if errs := o.check(seconds, c.query.Has("stream")); len(errs) > 0 {
		return o, invalid("", "PodLogOptions", c.name, errs...)
	}
	if seconds != nil {
		o.since = c.srv.now().Add(-time.Duration(*seconds) * time.Second)
	}
	return o, nil
}

func (c *call) optionalInt(name string) (*int64, error) {
	if !c.query.Has(name) {
		return nil, nil
	}
	n, err := c.intParam(name)
	return &n, err
}

func (o *logOptions) check(seconds *int64, stream bool) (errs []fieldError) {
	if o.tail != nil && *o.tail < 0 {
		errs = append(errs, invalidValue("tailLines", number(*o.tail), "must be greater than or equal to 0"))
	}
	if o.limit != nil && *o.limit < 1 {
		errs = append(errs, invalidValue("limitBytes", number(*o.limit), "must be greater than 0"))
	}
	switch {
	case seconds != nil && !o.since.IsZero():
		errs = append(errs, forbiddenValue("[]", "at most one of `sinceTime` or `sinceSeconds` may be specified"))
	case seconds != nil && *seconds < 1:
		errs = append(errs, invalidValue("sinceSeconds", number(*seconds), "must be greater than 0"))
	}
	if stream {
		errs = append(errs, forbiddenValue("stream", "may not be specified"))
	}
	return errs
}

// container is the one that is asked for, or the only one.
func (c *call) container(doc map[string]any) (string, error) {
	var names []string
	for _, list := range []string{"initContainers", "containers", "ephemeralContainers"} {
		for _, e := range listAt(doc, "spec", list) {
			names = append(names, text(asMap(e), "name"))
		}
	}
	asked, own := c.query.Get("container"), listAt(doc, "spec", "containers")
	switch {
	case asked == "" && len(own) == 1:
		return text(asMap(own[0]), "name"), nil
	case asked == "" && len(own) == 0:
		return "", badRequest("a container name must be specified for pod %s", c.name)
	case asked == "":
		return "", badRequest("a container name must be specified for pod %s, choose one of: %v", c.name, names)
	case !slices.Contains(names, asked):
		return "", badRequest("container %s is not valid for pod %s", asked, c.name)
	}
	return asked, nil
}

// logReader writes one log to one client.
type logReader struct {
	c         *call
	o         logOptions
	container string
	uid       string
	at        logPlace
	begun     bool // the headers were sent
}

// ready refuses what a kubelet refuses.
func (r *logReader) ready(doc map[string]any) error {
	if r.o.previous {
		if _, ok := r.c.srv.logs.last(r.c.ns, r.c.name, r.container); !ok {
			return badRequest("previous terminated container %q in pod %q not found", r.container, r.c.name)
		}
		return nil
	}
	status := containerStatus(doc, r.container)
	waiting, is := at(status, "state", "waiting").(map[string]any)
	if !is || at(status, "lastState", "terminated") != nil {
		return nil
	}
	why := text(waiting, "reason")
	switch why {
	case "ErrImagePull":
		why = "image can't be pulled"
	case "ImagePullBackOff":
		why = "trying and failing to pull image"
	}
	return badRequest("container %q in pod %q is waiting to start: %s", r.container, r.c.name, why)
}

// run sends what there is and, when it follows, what comes. As with a kubelet,
// not even the headers are sent before the first text or the end.
func (r *logReader) run() {
	defer r.begin()
	if r.o.previous {
		lines, _ := r.c.srv.logs.last(r.c.ns, r.c.name, r.container)
		r.write(r.tail(lines))
		return
	}
	for first := true; ; first = false {
		pods, gone := r.podChanged() // first: what it still wrote comes before its end
		lines, ended, changed := r.next()
		if first {
			lines = r.skip(lines)
		}
		if !r.write(lines) || ended || gone || !r.o.follow || !r.wait(changed, pods) {
			return
		}
	}
}

// skip leaves out what is before the tail that was asked for.
func (r *logReader) skip(lines []logLine) []logLine {
	tail := r.tail(lines)
	for _, line := range lines[:len(lines)-len(tail)] {
		r.at.pass(line)
	}
	return tail
}

func (r *logReader) next() ([]logLine, bool, <-chan struct{}) {
	return r.c.srv.logs.from(r.c.ns, r.c.name, r.container, &r.at)
}

// podChanged tells whether the container can still write, and of the next change.
func (r *logReader) podChanged() (changed <-chan struct{}, gone bool) {
	s := r.c.srv.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	rev := r.c.res.table.get(objectKey(r.c.ns, r.c.name))
	return r.c.res.table.changed, rev == nil || text(rev.doc, "metadata", "uid") != r.uid || stopped(rev.doc, r.container)
}

func stopped(doc map[string]any, container string) bool {
	phase := text(doc, "status", "phase")
	return phase == "Succeeded" || phase == "Failed" || at(containerStatus(doc, container), "state", "terminated") != nil
}

func (r *logReader) wait(changed, pods <-chan struct{}) bool {
	select {
	case <-changed:
	case <-pods:
	case <-r.c.req.Context().Done():
		return false
	case <-r.c.srv.stopped:
		abort(r.c.req, false) // an end in order would say that the log is whole
	}
	return true
}

func (r *logReader) tail(lines []logLine) []logLine {
	if r.o.tail != nil && int64(len(lines)) > *r.o.tail {
		return lines[int64(len(lines))-*r.o.tail:]
	}
	return lines
}

// write sends lines from the reader's place on; false means that it has enough,
// or is gone.
func (r *logReader) write(lines []logLine) bool {
	var out []byte
	for _, line := range lines {
		if !line.at.Before(r.o.since) {
			if r.o.timestamps && r.at.offset == 0 {
				out = line.at.UTC().AppendFormat(out, "2006-01-02T15:04:05.000000000Z07:00 ")
			}
			out = append(out, line.text[r.at.offset:]...)
		}
		r.at.pass(line)
	}
	enough := false
	if limit := r.o.limit; limit != nil {
		out = out[:min(int64(len(out)), *limit)]
		*limit -= int64(len(out))
		enough = *limit == 0
	}
	if len(out) == 0 {
		return !enough
	}
	r.begin()
	_, err := r.c.w.Write(out)
	flusher(r.c.w)()
	return err == nil && !enough
}

func (r *logReader) begin() {
	if r.begun {
		return
	}
	r.begun = true
	r.c.commonHeaders()
	r.c.w.Header().Set("Content-Type", "text/plain")
	r.c.w.WriteHeader(http.StatusOK)
}

// showLog is what an attached client sees: what the container writes after a
// place.
func (s *Server) showLog(at logPlace) func(Exec) int {
	return func(e Exec) int {
		for {
			lines, ended, changed := s.logs.from(e.Namespace, e.Pod, e.Container, &at)
			if !at.show(e, lines) {
				return 1
			}
			if ended {
				return 0
			}
			select {
			case <-changed:
			case <-e.Context().Done():
				return 1
			}
		}
	}
}

func (p *logPlace) show(e Exec, lines []logLine) bool {
	for _, line := range lines {
		if _, err := e.Stdout.Write(line.text[p.offset:]); err != nil {
			return false
		}
		p.pass(line)
	}
	return true
}
