package kubetest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"strings"
)

// writeOptions are the parameters of a request that changes something.
type writeOptions struct {
	dryRun  bool
	manager string
	applied map[string]any // the configuration of a server-side apply
}

// writeOptions reads and checks the parameters; kind names them in errors.
func (c *call) writeOptions(kind string) (writeOptions, error) {
	o := writeOptions{manager: c.query.Get("fieldManager")}
	var errs []fieldError
	errs = append(errs, checkDryRun(anyStrings(c.query["dryRun"]))...)
	o.dryRun = len(c.query["dryRun"]) > 0
	if len(o.manager) > 128 {
		errs = append(errs, tooLong("fieldManager", 128))
	}
	if v := c.query.Get("fieldValidation"); v != "" && v != "Ignore" && v != "Warn" && v != "Strict" {
		errs = append(errs, unsupportedValue("fieldValidation", v, "", "Ignore", "Strict", "Warn"))
	}
	if len(errs) > 0 {
		return o, invalid("meta.k8s.io", kind, "", errs...)
	}
	if o.manager == "" {
		o.manager = managerOf(c.req.UserAgent())
	}
	return o, nil
}

// checkDryRun: the only stage that can be left out is the last.
func checkDryRun(values []any) []fieldError {
	for _, v := range values {
		if v != "All" {
			return []fieldError{{"FieldValueNotSupported", "dryRun",
				"Unsupported value: " + shown(values) + `: supported values: "All"`}}
		}
	}
	return nil
}

// managerOf is the name under which an agent owns fields.
func managerOf(agent string) string {
	name, _, _ := strings.Cut(agent, "/")
	if len(name) > 128 {
		name = name[:128]
	}
	return name
}

var bodyTypes = []string{"application/json", "application/yaml", "application/vnd.kubernetes.protobuf"}

// decodeBody reads the object in the request.
func (c *call) decodeBody() (map[string]any, error) {
	data, err := c.bodyJSON()
	if err != nil {
		return nil, err
	}
	doc, err := decodeObject(data)
	if err != nil {
		if string(bytes.TrimSpace(data)) != "null" {
			return nil, c.undecodable(err, data)
		}
		doc = Object{}
	}
	if !c.res.builtin {
		return doc, c.checkCustomKind(doc, data)
	}
	setDefault(doc, c.res.Kind, "kind")
	setDefault(doc, c.res.apiVersion(), "apiVersion")
	if err := c.checkKind(doc); err != nil {
		return nil, err
	}
	if err := c.res.checkTypes(doc); err != nil {
		return nil, c.wrongType(doc, err)
	}
	if err := c.res.checkData(doc); err != nil {
		return nil, c.wrongType(doc, err)
	}
	if err := c.res.canonicalQuantities(doc); err != nil {
		return nil, c.wrongType(doc, err)
	}
	return doc, nil
}

func (c *call) bodyJSON() ([]byte, error) {
	header := c.req.Header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(header)
	switch {
	case header == "", media == "application/json" && err == nil:
		return c.body, nil
	case media == "application/yaml" && err == nil:
		doc, err := yamlDocument(c.body)
		if err != nil {
			return nil, badRequest("the object provided is unrecognized (must be of type %s): %v (%s)", c.res.Kind, err, summary(c.body))
		}
		return doc, nil
	}
	return nil, unsupportedMedia(bodyTypes...)
}

// undecodable tells that a body is not even an object of some kind.
func (c *call) undecodable(err error, data []byte) error {
	var probe struct {
		APIVersion string `json:"apiVersion,omitempty"`
		Kind       string `json:"kind,omitempty"`
	}
	if e := json.Unmarshal(data, &probe); e != nil {
		err = e // in the words of the decoder that the server uses for this
	}
	return badRequest("the object provided is unrecognized (must be of type %s): couldn't get version/kind; json parse error: %v (%s)",
		c.res.Kind, err, summary(data))
}

// summary shows the beginning of a body, in hexadecimal unless it looks like an
// object.
func summary(data []byte) string {
	more := ""
	if len(data) > 30 {
		data, more = data[:30], " ..."
	}
	switch {
	case len(data) == 0:
		return "<empty>"
	case data[0] == '{':
		return string(data) + more
	}
	return hex.EncodeToString(data) + more
}

func (c *call) wrongType(doc map[string]any, err error) error {
	_, version := splitGroupVersion(text(doc, "apiVersion"))
	return badRequest("%s in version %q cannot be handled as a %s: %v", text(doc, "kind"), version, c.res.Kind, err)
}

func (c *call) checkKind(doc map[string]any) error {
	kind, apiVersion := text(doc, "kind"), text(doc, "apiVersion")
	if kind == c.res.Kind && apiVersion == c.res.apiVersion() {
		return nil
	}
	_, version := splitGroupVersion(apiVersion)
	c.srv.store.mu.RLock()
	known := c.srv.store.kinds.kind(apiVersion, kind)
	c.srv.store.mu.RUnlock()
	if known == nil || !known.builtin {
		return badRequest("%s in version %q cannot be handled as a %s: no kind %q is registered for version %q in scheme %q",
			kind, version, c.res.Kind, kind, apiVersion, "pkg/runtime/scheme.go:111")
	}
	if known.Kind == c.res.Kind && known.Group == c.res.Group {
		return badRequest("the API version in the data (%s) does not match the expected API version (%s)", apiVersion, c.res.apiVersion())
	}
	return badRequest("%s in version %q cannot be handled as a %s: converting (%s) to (%s): unknown conversion",
		kind, version, c.res.Kind, known.goType(), c.res.internalType())
}

// checkCustomKind: documents of custom kinds must name their kind themselves.
func (c *call) checkCustomKind(doc map[string]any, data []byte) error {
	kind, apiVersion := text(doc, "kind"), text(doc, "apiVersion")
	if kind == "" {
		return badRequest("the object provided is unrecognized (must be of type %s): Object 'Kind' is missing in '%s' (%s)",
			c.res.Kind, data, summary(data))
	}
	if apiVersion != c.res.apiVersion() {
		return badRequest("the API version in the data (%s) does not match the expected API version (%s)", apiVersion, c.res.apiVersion())
	}
	if err := c.res.checkTypes(doc); err != nil {
		return c.wrongType(doc, err)
	}
	return c.checkIdentity(doc)
}

// checkIdentity: an object of a custom kind stays of its kind.
func (c *call) checkIdentity(doc map[string]any) error {
	kind, apiVersion, name := text(doc, "kind"), text(doc, "apiVersion"), text(doc, "metadata", "name")
	group, _ := splitGroupVersion(apiVersion)
	switch {
	case kind != c.res.Kind:
		return invalid(group, kind, name, invalidValue("kind", kind, "must be "+c.res.Kind))
	case apiVersion != c.res.apiVersion():
		return invalid(group, kind, name, invalidValue("apiVersion", apiVersion, "must be "+c.res.apiVersion()))
	}
	return nil
}

// goType is the name of a kind's Go type in the server, as its texts show it.
func (r *resource) goType() string { return r.Version + "." + r.Kind }

func (r *resource) internalType() string {
	if !r.builtin {
		return "unstructured.Unstructured"
	}
	group, _, _ := strings.Cut(r.Group, ".")
	if group == "" {
		group = "core"
	}
	return group + "." + r.Kind
}

// checkData refuses what the server's types cannot hold in Secrets and
// ConfigMaps.
func (r *resource) checkData(doc map[string]any) error {
	if r.Group != "" || r.Plural != "secrets" && r.Plural != "configmaps" {
		return nil
	}
	base64Member := "data"
	if r.Plural == "configmaps" {
		base64Member = "binaryData"
	}
	for _, member := range []string{"data", "stringData", "binaryData"} {
		v, ok := doc[member]
		if !ok || v == nil {
			continue
		}
		m := asMap(v)
		if m == nil {
			return fmt.Errorf("json: cannot unmarshal %s into Go struct field %s.%s of type map[string]string", jsonKind(v), r.Kind, member)
		}
		for _, value := range m {
			s, ok := value.(string)
			if !ok && value != nil {
				return fmt.Errorf("json: cannot unmarshal %s into Go struct field %s.%s of type %s", jsonKind(value), r.Kind, member,
					map[bool]string{true: "[]uint8", false: "string"}[member == base64Member])
			}
			if member != base64Member {
				continue
			}
			if _, err := base64.StdEncoding.DecodeString(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// newUID makes a random UUID.
func newUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// suffix is what generateName appends: characters that form no words.
func suffix() string {
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	var b [5]byte
	_, _ = rand.Read(b[:])
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b[:])
}
