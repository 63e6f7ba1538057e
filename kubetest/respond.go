package kubetest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// gzipFrom is the size from which the server compresses an answer that the
// client takes compressed.
const gzipFrom = 128 << 10

// form is what the Accept header asks for.
type form struct {
	yaml    bool
	as      string // "", Table, PartialObjectMetadata, PartialObjectMetadataList
	version string // of the "as" kind: v1 or v1beta1
	stream  bool
	pretty  bool
}

var acceptedTypes = []string{"application/json", "application/yaml", "application/vnd.kubernetes.protobuf"}

// negotiate picks the first clause of Accept that can be served.
func (c *call) negotiate() (form, error) {
	header := strings.Join(c.req.Header.Values("Accept"), ",")
	if strings.TrimSpace(header) == "" {
		return form{}, nil
	}
	knownMedia := false
	for clause := range strings.SplitSeq(header, ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(clause))
		if err != nil {
			continue
		}
		f, ok := formOf(media, params)
		knownMedia = knownMedia || ok || params["as"] != ""
		if ok {
			return f, nil
		}
	}
	if c.res != nil && c.res.builtin && !knownMedia {
		types := acceptedTypes
		if c.name == "" && c.req.Method == http.MethodGet {
			types = slices.Concat(types, streamTypes)
		}
		err := notAcceptableText("406: Not Acceptable\n\nAvailable representations: %s", strings.Join(types, ", "))
		err.details = map[string]any{}
		return form{}, err
	}
	return form{}, notAcceptable(acceptedTypes...)
}

func formOf(media string, params map[string]string) (form, bool) {
	switch media {
	case "application/json", "*/*", "application/*":
	case "application/yaml":
		return form{yaml: true}, params["as"] == ""
	default:
		return form{}, false
	}
	if params["as"] == "" {
		return form{stream: params["stream"] == "watch"}, true
	}
	known := params["as"] == "Table" || params["as"] == "PartialObjectMetadata" || params["as"] == "PartialObjectMetadataList"
	version := params["v"]
	ok := known && params["g"] == "meta.k8s.io" && (version == "v1" || version == "v1beta1")
	return form{as: params["as"], version: version}, ok
}

func (c *call) commonHeaders() {
	h := c.w.Header()
	h.Set("Audit-Id", newUID())
	h.Set("Cache-Control", "no-cache, private")
}

// wantsPretty: people's tools get indented JSON.
func (c *call) wantsPretty() bool {
	if v, ok := c.query["pretty"]; ok && len(v) > 0 {
		on, err := strconv.ParseBool(v[0])
		return err == nil && on
	}
	agent := c.req.UserAgent()
	for _, prefix := range []string{"curl", "Wget", "Mozilla/5.0"} {
		if strings.HasPrefix(agent, prefix) {
			return true
		}
	}
	return false
}

func (c *call) writeStatus(code int, doc map[string]any) {
	if d := mapAt(doc, "details"); d["retryAfterSeconds"] != nil {
		c.w.Header().Set("Retry-After", shown(d["retryAfterSeconds"]))
	}
	f, err := c.negotiate()
	if err != nil {
		f = form{pretty: true} // whoever cannot be answered in kind may be a person
	}
	if f.as != "" {
		f = form{}
	}
	c.send(code, encodeStatus(doc), f)
}

// writeObject answers with one object of the call's resource.
func (c *call) writeObject(code int, doc map[string]any) error {
	f, err := c.negotiate()
	if err != nil {
		return err
	}
	doc, err = c.present(doc, f)
	if err != nil {
		return err
	}
	c.send(code, c.res.encode(doc), f)
	return nil
}

// encode writes custom resources in the order of their kind of storage: sorted.
func (r *resource) encode(doc map[string]any) []byte {
	if r != nil && !r.builtin && text(doc, "kind") == r.Kind {
		return encodeSorted(doc)
	}
	return encode(doc)
}

// send writes a JSON body in the asked form.
func (c *call) send(code int, body []byte, f form) {
	h := c.w.Header()
	c.commonHeaders()
	h.Set("Content-Type", "application/json")
	switch {
	case f.yaml:
		h.Set("Content-Type", "application/yaml")
		body = toYAML(body)
	case f.pretty || c.wantsPretty():
		var out bytes.Buffer
		if json.Indent(&out, body, "", "  ") == nil {
			body = out.Bytes()
		}
	default:
		body = append(body, '\n')
	}
	c.sendBody(code, body)
}

func (c *call) sendBody(code int, body []byte) {
	h := c.w.Header()
	if len(body) > gzipFrom {
		h.Set("Vary", "Accept-Encoding")
		if c.takesGzip() {
			body = compress(body)
			h.Set("Content-Encoding", "gzip")
		}
	}
	if len(body) <= gzipFrom {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	c.w.WriteHeader(code)
	if c.req.Method != http.MethodHead {
		_, _ = c.w.Write(body)
	}
}

func (c *call) takesGzip() bool {
	for _, v := range c.req.Header.Values("Accept-Encoding") {
		for enc := range strings.SplitSeq(v, ",") {
			if name, _, _ := strings.Cut(enc, ";"); strings.TrimSpace(name) == "gzip" {
				return true
			}
		}
	}
	return false
}

func compress(body []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	_, _ = z.Write(body)
	_ = z.Close()
	return out.Bytes()
}

func toYAML(body []byte) []byte {
	v, err := decodeValue(body)
	if err != nil {
		return body
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	enc.CompactSeqIndent()
	if err := enc.Encode(plainNumbers(v)); err != nil {
		return body
	}
	return out.Bytes()
}

// plainNumbers turns numbers into what the YAML writer prints as numbers.
func plainNumbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = plainNumbers(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = plainNumbers(e)
		}
		return out
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v.String()}
	}
	return v
}
