package kubetest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// listOptions are the parameters of a list or watch.
type listOptions struct {
	limit     int64
	next      string // the continue token
	version   string
	match     string
	watch     bool
	bookmarks bool
	initial   *bool // sendInitialEvents
	timeout   int64
}

func versionText(v uint64) string { return strconv.FormatUint(v, 10) }

// listOptions reads and checks the parameters.
func (c *call) listOptions() (listOptions, error) {
	o := listOptions{
		next:      c.query.Get("continue"),
		version:   c.query.Get("resourceVersion"),
		match:     c.query.Get("resourceVersionMatch"),
		watch:     truthy(c.query, "watch"),
		bookmarks: truthy(c.query, "allowWatchBookmarks"),
	}
	var err error
	if o.limit, err = c.intParam("limit"); err != nil {
		return o, err
	}
	if o.timeout, err = c.intParam("timeoutSeconds"); err != nil {
		return o, err
	}
	if _, ok := c.query["sendInitialEvents"]; ok {
		on := truthy(c.query, "sendInitialEvents")
		o.initial = &on
	} else if o.watch && o.match == "" && (o.version == "" || o.version == "0") {
		// The old way to ask for the present state first.
		on := true
		o.initial, o.match = &on, notOlder
	}
	if errs := o.check(); len(errs) > 0 {
		return o, invalid("meta.k8s.io", "ListOptions", "", errs...)
	}
	return o, nil
}

func (c *call) intParam(name string) (int64, error) {
	v, ok := unescapedQuery(c.query, name)
	if !ok || v == "" && len(c.query[name]) == 0 {
		return 0, nil
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return 0, badRequest("%v", err)
	}
	return n, nil
}

const (
	exact       = "Exact"
	notOlder    = "NotOlderThan"
	matchMember = "resourceVersionMatch"
)

func (o *listOptions) check() (errs []fieldError) {
	if o.watch {
		return o.checkWatch()
	}
	if o.match != "" {
		if o.version == "" {
			errs = append(errs, forbiddenValue(matchMember, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
		}
		if o.next != "" {
			errs = append(errs, forbiddenValue(matchMember, "resourceVersionMatch is forbidden when continue is provided"))
		}
		if o.match != exact && o.match != notOlder {
			errs = append(errs, unsupportedValue(matchMember, o.match, exact, notOlder, ""))
		}
		if o.match == exact && o.version == "0" {
			errs = append(errs, forbiddenValue(matchMember, `resourceVersionMatch "exact" is forbidden for resourceVersion "0"`))
		}
	}
	if o.initial != nil {
		errs = append(errs, forbiddenValue("sendInitialEvents", "sendInitialEvents is forbidden for list"))
	}
	return errs
}

func (o *listOptions) checkWatch() (errs []fieldError) {
	if o.initial != nil && o.match != notOlder {
		errs = append(errs, forbiddenValue(matchMember, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"))
	}
	if o.match == "" {
		return errs
	}
	if o.initial == nil {
		errs = append(errs, forbiddenValue(matchMember, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"))
	}
	if o.match != notOlder {
		errs = append(errs, unsupportedValue(matchMember, o.match, notOlder))
	}
	if o.next != "" {
		errs = append(errs, forbiddenValue(matchMember, "resourceVersionMatch is forbidden when continue is provided"))
	}
	return errs
}

// token is what a continue parameter holds. Issued is ours: it lets a token
// grow old by the server's clock.
type token struct {
	V      string `json:"v"`
	RV     int64  `json:"rv"`
	Start  string `json:"start"`
	Issued int64  `json:"t,omitempty"`
}

const tokenVersion = "meta.k8s.io/v1"

func (t token) encode() string {
	t.V = tokenVersion
	data, _ := json.Marshal(t)
	return base64.RawURLEncoding.EncodeToString(data)
}

func decodeToken(s string) (token, error) {
	var t token
	data, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	switch {
	case err != nil:
		return t, badRequest("invalid continue token: continue key is not valid: %v", err)
	case t.V != tokenVersion:
		return t, badRequest("invalid continue token: continue key is not valid: server does not recognize this encoded version %s", t.V)
	case t.RV == 0:
		return t, badRequest("invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
	case t.Start == "":
		return t, badRequest("invalid continue token: continue key is not valid: encoded start key empty (version meta.k8s.io/v1)")
	}
	key := "/" + strings.TrimPrefix(t.Start, "/")
	if path.Clean(key) != key {
		return t, badRequest("invalid continue token: continue key is not valid: %s", t.Start)
	}
	return t, nil
}

const (
	listExpired = "The resourceVersion for the provided list is too old."
	tokenOld    = "The provided continue parameter is too old to display a consistent list result. " +
		"You can start a new list without the continue parameter, or use the continue token in this response to " +
		"retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - " +
		"objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."
)

func (c *call) listOrWatch() error {
	f, err := c.negotiate()
	if err != nil {
		return err
	}
	o, err := c.listOptions()
	if err != nil {
		return err
	}
	sel, err := c.selection()
	if err != nil {
		return err
	}
	if o.watch {
		return c.watch(o, sel, f)
	}
	p, err := c.page(o, sel)
	if err != nil {
		return err
	}
	return c.writeList(p, f)
}

// page is one answer to a list.
type page struct {
	version   uint64
	items     []*revision
	next      string
	remaining int64 // 0: not told
}

// page finds the items of the asked version, from the asked place, up to the
// limit.
func (c *call) page(o listOptions, sel *selection) (*page, error) {
	if o.next != "" && o.version != "" && o.version != "0" {
		return nil, badRequest("specifying resource version is not allowed when using continue")
	}
	var from token
	if o.next != "" {
		var err error
		if from, err = decodeToken(o.next); err != nil {
			return nil, err
		}
		if c.isOld(from) {
			from.RV, from.Issued = -1, 0
			return nil, expired(tokenOld, from.encode())
		}
	}
	items, version, err := c.itemsAt(o, from)
	if err != nil {
		return nil, err
	}
	if o.version == "0" && o.next == "" {
		o.limit = 0 // the cache answers, and in whole
	}
	return c.cut(items, version, o.limit, from, sel), nil
}

// isOld says whether a token's version has expired, by compaction or by age.
func (c *call) isOld(t token) bool {
	if t.RV < 0 {
		return false
	}
	s := c.srv.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	age := c.srv.now().Sub(time.Unix(0, t.Issued))
	return uint64(t.RV) < s.compacted || t.Issued != 0 && age >= compactionPeriod
}

// itemsAt is the resource's whole state at the version that the options ask for.
func (c *call) itemsAt(o listOptions, from token) ([]*revision, uint64, error) {
	s := c.srv.store
	if from.RV != 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		if from.RV < 0 {
			return c.res.table.snapshot(), s.version, nil
		}
		if uint64(from.RV) > s.version {
			return nil, 0, tooLarge(uint64(from.RV), s.version)
		}
		return c.res.table.at(uint64(from.RV)), uint64(from.RV), nil
	}
	asked, err := parseVersionParam(o.version)
	if err != nil {
		return nil, 0, badRequest("invalid resource version: %v", err)
	}
	if err := c.waitFor(asked); err != nil {
		return nil, 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if asked == 0 || o.match == notOlder || o.match == "" && o.limit == 0 {
		return c.res.table.snapshot(), s.version, nil
	}
	if asked < s.compacted {
		return nil, 0, expired(listExpired, "")
	}
	return c.res.table.at(asked), asked, nil
}

func parseVersionParam(v string) (uint64, error) {
	if v == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("resourceVersion: Invalid value: %q: %w", v, err)
	}
	return n, nil
}

// waitFor waits until the server has reached a version, and gives up as the real
// one does.
func (c *call) waitFor(version uint64) error {
	s := c.srv.store
	var timer *time.Timer
	for {
		s.mu.RLock()
		current, changed := s.version, s.changed
		s.mu.RUnlock()
		if current >= version {
			return nil
		}
		if timer == nil {
			timer = time.NewTimer(c.srv.opts.freshness)
			defer timer.Stop()
		}
		select {
		case <-changed:
		case <-timer.C:
			return tooLarge(version, current)
		case <-c.req.Context().Done():
			return errGone
		case <-c.srv.stopped:
			return errGone
		}
	}
}

// errGone ends a request whose client or server has gone.
var errGone = errors.New("the request was given up")

// cut selects the items of one page.
func (c *call) cut(items []*revision, version uint64, limit int64, from token, sel *selection) *page {
	items = within(items, sel.ns)
	if from.Start != "" {
		items = items[keyIndex(items, from.Start):]
	}
	p := &page{version: version}
	for i, rev := range items {
		if sel.selects(c.res, rev) {
			p.items = append(p.items, rev)
		}
		if limit > 0 && int64(len(p.items)) >= limit {
			if rest := len(items) - i - 1; rest > 0 {
				c.more(p, rev.key, rest, from, sel)
			}
			break
		}
	}
	return p
}

// more tells the client where to go on.
func (c *call) more(p *page, last string, rest int, from token, sel *selection) {
	t := token{RV: int64(p.version), Start: last + "\x00", Issued: from.Issued}
	if t.Issued == 0 {
		t.Issued = c.srv.now().UnixNano()
	}
	p.next = t.encode()
	if sel.whole() {
		p.remaining = int64(rest)
	}
}

// within narrows sorted items to a namespace.
func within(items []*revision, ns string) []*revision {
	if ns == "" {
		return items
	}
	// "0" is the character after "/".
	return items[keyIndex(items, ns+"/"):keyIndex(items, ns+"0")]
}

// keyIndex is where a key stands, or would stand.
func keyIndex(items []*revision, key string) int {
	i, _ := slices.BinarySearchFunc(items, key, func(r *revision, key string) int { return strings.Compare(r.key, key) })
	return i
}

func (p *page) metadata() map[string]any {
	m := map[string]any{"resourceVersion": versionText(p.version)}
	if p.next != "" {
		m["continue"] = p.next
	}
	if p.remaining > 0 {
		m["remainingItemCount"] = number(p.remaining)
	}
	return m
}

// writeList sends a page in the asked form.
func (c *call) writeList(p *page, f form) error {
	switch f.as {
	case "Table":
		return c.writeTable(p, f)
	case "PartialObjectMetadataList":
		c.send(http.StatusOK, partialList(p, f), f)
		return nil
	case "PartialObjectMetadata":
		return notAcceptableText("you requested PartialObjectMetadata, but the requested object is a list (*%s)", c.res.internalType()+"List")
	}
	c.send(http.StatusOK, c.res.encodeList(p), f)
	return nil
}

// encodeList joins the items' texts. Items of built-in kinds carry no kind and
// apiVersion; those of custom kinds do.
func (r *resource) encodeList(p *page) []byte {
	size := 256
	for _, rev := range p.items {
		size += len(rev.body()) + 1
		if !r.builtin {
			size += len(r.Kind) + len(r.Group) + 64
		}
	}
	b := make([]byte, 0, size)
	if r.builtin {
		b = appendKind(b, r.ListKind, r.apiVersion())
		b = append(b, `"metadata":`...)
		b = appendMap(b, p.metadata(), noRank)
		b = append(b, `,"items":[`...)
		b = r.appendItems(b, p)
		return append(b, "]}"...)
	}
	b = append(b, `{"apiVersion":`...)
	b = appendString(b, r.apiVersion())
	b = append(b, `,"items":[`...)
	b = r.appendItems(b, p)
	b = append(b, `],"kind":`...)
	b = appendString(b, r.ListKind)
	b = append(b, `,"metadata":`...)
	meta := p.metadata()
	setDefault(meta, "", "continue") // a custom List shows it even when it is empty
	b = appendMap(b, meta, noRank)
	return append(b, '}')
}

func appendKind(b []byte, kind, apiVersion string) []byte {
	b = append(b, `{"kind":`...)
	b = appendString(b, kind)
	b = append(b, `,"apiVersion":`...)
	b = appendString(b, apiVersion)
	return append(b, ',')
}

func (r *resource) appendItems(b []byte, p *page) []byte {
	for i, rev := range p.items {
		if i > 0 {
			b = append(b, ',')
		}
		b = r.appendItem(b, rev)
	}
	return b
}

func (r *resource) appendItem(b []byte, rev *revision) []byte {
	if r.builtin {
		b = append(b, '{')
		return append(b, rev.body()...)
	}
	return append(b, r.whole(rev)...)
}

// whole is a stored object's text with its kind and apiVersion, in the version
// that is asked for.
func (r *resource) whole(rev *revision) []byte {
	if r.builtin {
		return append(appendKind(nil, r.Kind, r.apiVersion()), rev.body()...)
	}
	return encodeSorted(r.dress(rev.doc))
}

// dress gives a document the kind and apiVersion under which it is served. Only
// the top level is copied.
func (r *resource) dress(doc map[string]any) map[string]any {
	out := make(map[string]any, len(doc)+2)
	for k, v := range doc {
		out[k] = v
	}
	out["kind"], out["apiVersion"] = r.Kind, r.apiVersion()
	return out
}

// get answers with one object.
func (c *call) get() error {
	version, err := parseVersionParam(c.query.Get("resourceVersion"))
	if err != nil {
		return &statusError{code: http.StatusInternalServerError, message: err.Error()}
	}
	if err := c.waitFor(version); err != nil {
		return err
	}
	s := c.srv.store
	s.mu.RLock()
	rev := c.res.table.get(objectKey(c.ns, c.name))
	s.mu.RUnlock()
	if rev == nil {
		return notFound(c.res, c.name)
	}
	return c.writeObject(http.StatusOK, c.res.dress(rev.doc))
}
