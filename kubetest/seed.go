package kubetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// manifest is YAML or JSON text with a name for errors.
type manifest struct {
	name string
	data []byte
}

// Seed puts objects into the server, as [Server.Put] does. A source is an
// object (a map, a struct with JSON tags), JSON or YAML text with any number of
// documents ([]byte, string or an [io.Reader]), or a List of objects. Namespaces
// that the objects name are made where they are missing.
func (s *Server) Seed(sources ...any) error {
	for _, source := range sources {
		docs, err := documentsOf(source)
		if err != nil {
			return err
		}
		for _, doc := range docs {
			if err := s.plant(doc); err != nil {
				return err
			}
		}
	}
	return nil
}

// plant puts one object, or each object of a List.
func (s *Server) plant(doc Object) error {
	items, isList := doc["items"].([]any)
	if isList && strings.HasSuffix(doc.Kind(), "List") {
		return s.plantList(doc, items)
	}
	if err := s.ensureNamespace(doc.Namespace()); err != nil {
		return err
	}
	_, err := s.Put(doc)
	return err
}

// plantList gives the items of a typed List the kind that they lack.
func (s *Server) plantList(list Object, items []any) error {
	for _, item := range items {
		m := asMap(item)
		if m == nil {
			return fmt.Errorf("kubetest: an item of the %s is no object", list.Kind())
		}
		if list.Kind() != "List" {
			setDefault(m, strings.TrimSuffix(list.Kind(), "List"), "kind")
			setDefault(m, list.APIVersion(), "apiVersion")
		}
		if err := s.plant(m); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) ensureNamespace(name string) error {
	if name == "" {
		return nil
	}
	s.store.mu.RLock()
	namespaces := s.store.kinds.find("", "v1", "namespaces")
	missing := namespaces != nil && namespaces.table.get(name) == nil
	s.store.mu.RUnlock()
	if !missing {
		return nil
	}
	_, err := s.Put(Object{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}})
	return err
}

func documentsOf(source any) ([]Object, error) {
	switch v := source.(type) {
	case manifest:
		return manifestDocuments(v.name, v.data)
	case []byte:
		return manifestDocuments("seed", v)
	case json.RawMessage:
		return manifestDocuments("seed", v)
	case string:
		return manifestDocuments("seed", []byte(v))
	case io.Reader:
		data, err := io.ReadAll(v)
		if err != nil {
			return nil, fmt.Errorf("kubetest: %w", err)
		}
		return manifestDocuments("seed", data)
	}
	doc, err := toObject(source)
	if err != nil {
		return nil, err
	}
	return []Object{doc}, nil
}

// manifestDocuments reads JSON as such, so that no digit is lost, and YAML
// otherwise.
func manifestDocuments(name string, data []byte) ([]Object, error) {
	if doc, err := decodeObject(data); err == nil {
		return []Object{doc}, nil
	}
	var docs []Object
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for n := 1; ; n++ {
		var node yaml.Node
		err := dec.Decode(&node)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, fmt.Errorf("kubetest: %s, document %d: %w", name, n, err)
		}
		v, err := fromYAML(&node, 0)
		if err != nil {
			return nil, fmt.Errorf("kubetest: %s, document %d: %w", name, n, err)
		}
		if v == nil {
			continue
		}
		m := asMap(v)
		if m == nil {
			return nil, fmt.Errorf("kubetest: %s, document %d: is no object", name, n)
		}
		docs = append(docs, m)
	}
}

// yamlDocument turns one YAML document into JSON text.
func yamlDocument(data []byte) ([]byte, error) {
	var node yaml.Node
	if err := yaml.Unmarshal(data, &node); err != nil {
		return nil, err
	}
	v, err := fromYAML(&node, 0)
	if err != nil {
		return nil, err
	}
	return appendValue(nil, v, noRank), nil
}

const maxYAMLDepth = 200

var errYAML = errors.New("the YAML is nested too deeply or uses aliases too freely")

// fromYAML makes JSON values of a YAML tree. Timestamps and octal look-alikes
// stay text or numbers as YAML 1.1 readers of Kubernetes see them.
func fromYAML(n *yaml.Node, depth int) (any, error) {
	if depth > maxYAMLDepth {
		return nil, errYAML
	}
	switch n.Kind {
	case 0:
		return nil, nil
	case yaml.DocumentNode:
		return fromYAML(n.Content[0], depth+1)
	case yaml.AliasNode:
		return fromYAML(n.Alias, depth+20)
	case yaml.MappingNode:
		return mappingFromYAML(n, depth)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := fromYAML(c, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	return scalarFromYAML(n)
}

func mappingFromYAML(n *yaml.Node, depth int) (any, error) {
	m := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		v, err := fromYAML(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		if n.Content[i].Tag == "!!merge" {
			for k, inherited := range asMap(v) {
				setDefault(m, inherited, k)
			}
			continue
		}
		m[keyFromYAML(n.Content[i])] = v
	}
	return m, nil
}

// oldBooleans are the plain words that readers of YAML 1.1 take for booleans, as
// those of Kubernetes are.
var oldBooleans = map[string]bool{
	"y": true, "Y": true, "yes": true, "Yes": true, "YES": true, "on": true, "On": true, "ON": true,
	"n": false, "N": false, "no": false, "No": false, "NO": false, "off": false, "Off": false, "OFF": false,
}

// keyFromYAML gives a member's name; a boolean has the name of its value.
func keyFromYAML(n *yaml.Node) string {
	if b, ok := oldBooleans[n.Value]; ok && n.Style == 0 {
		return strconv.FormatBool(b)
	}
	return n.Value
}

func scalarFromYAML(n *yaml.Node) (any, error) {
	switch n.Tag {
	case "!!null":
		return nil, nil
	case "!!bool":
		var b bool
		err := n.Decode(&b)
		return b, err
	case "!!int", "!!float":
		return numberFromYAML(n)
	}
	if b, ok := oldBooleans[n.Value]; ok && n.Style == 0 {
		return b, nil
	}
	return n.Value, nil
}

// numberFromYAML keeps the digits where JSON can write them too.
func numberFromYAML(n *yaml.Node) (any, error) {
	if v, err := decodeValue([]byte(n.Value)); err == nil {
		if num, ok := v.(json.Number); ok {
			return num, nil
		}
	}
	if n.Tag == "!!int" {
		var i int64
		err := n.Decode(&i)
		return number(i), err
	}
	var f float64
	if err := n.Decode(&f); err != nil {
		return nil, err
	}
	data, err := json.Marshal(f)
	return json.Number(data), err
}
