package manifests

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/kubeviews/kube/raw"
)

// parseYAML reads the objects of a text, whose documents may make at most limit
// bytes. With an error, the last of what was found is its line.
func parseYAML(text []byte, limit int) (all []found, err error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var n yaml.Node
		if err := decode(d, &n); err == io.EOF {
			return all, nil
		} else if err != nil {
			line, err := lineOf(err, text)
			return append(all, found{line: line}), err
		}
		if len(n.Content) == 0 || isNull(n.Content[0]) {
			continue // a document of comments
		}
		root := n.Content[0]
		c := converter{limit: limit}
		doc, err := c.object(root)
		if err != nil {
			return append(all, found{line: c.line}), err
		}
		all = append(all, found{doc, root.Line, func() []int { return linesOfNodes(root) }})
	}
}

// decode reads the next document. A fault of the parser must not end the program.
func decode(d *yaml.Decoder, n *yaml.Node) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the YAML cannot be parsed")
		}
	}()
	return d.Decode(n)
}

// lineOf takes the line out of the parser's error: "yaml: line 3: did not find …".
// Where the parser names none, it is that of a character that cannot be in YAML.
func lineOf(err error, document []byte) (int, error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if number, rest, ok := strings.Cut(strings.TrimPrefix(text, "line "), ": "); ok {
		if line, err := strconv.Atoi(number); err == nil {
			return line, errors.New("bad YAML: " + rest)
		}
	}
	return 1 + bytes.Count(document[:unreadable(document)], []byte("\n")), errors.New("bad YAML: " + text)
}

// unreadable is where the first character is that cannot be in YAML, or 0.
func unreadable(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 || unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\u0085", r) {
			return i
		}
		i += size
	}
	return 0
}

func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style == 0 && words[n.Value] == "null"
}

// linesOfNodes are the lines of a List's items.
func linesOfNodes(list *yaml.Node) (lines []int) {
	for i := 0; i+1 < len(list.Content); i += 2 {
		if list.Content[i].Value == "items" {
			for _, item := range list.Content[i+1].Content {
				lines = append(lines, item.Line)
			}
		}
	}
	return lines
}

// converter writes a tree of YAML as JSON, in the order of the tree.
type converter struct {
	out   []byte
	limit int // of out, and of the nodes that are visited: merges write nothing
	steps int
	line  int // of the fault
}

// maxDepth is a little less than what a document may have.
const maxDepth = 1000

func (c *converter) object(root *yaml.Node) (raw.Object, error) {
	c.line = root.Line
	if root.Kind != yaml.MappingNode {
		return raw.Object{}, fmt.Errorf("the document is %s, not an object", kindName[root.Kind])
	}
	if err := c.value(root, 0); err != nil {
		return raw.Object{}, err
	}
	c.line = root.Line
	return raw.Parse(c.out)
}

var kindName = map[yaml.Kind]string{yaml.SequenceNode: "an array", yaml.ScalarNode: "a scalar", yaml.AliasNode: "an alias"}

func (c *converter) value(n *yaml.Node, depth int) error {
	if err := c.visit(n, depth); err != nil {
		return err
	}
	switch n.Kind {
	case yaml.AliasNode:
		return c.value(n.Alias, depth+1)
	case yaml.MappingNode:
		return c.mapping(n, depth)
	case yaml.SequenceNode:
		return c.sequence(n, depth)
	}
	return c.scalar(n)
}

// visit bounds what aliases can blow up, also those that contain themselves.
func (c *converter) visit(n *yaml.Node, depth int) error {
	c.line = n.Line
	if c.steps++; c.steps > c.limit || len(c.out) > c.limit {
		return fmt.Errorf("with its aliases resolved, the document is %w", &raw.SizeError{Limit: int64(c.limit)})
	}
	if depth > maxDepth {
		return fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	if n.Style&yaml.TaggedStyle != 0 && !knownTags[n.Kind][n.Tag] {
		return errors.New("the tag " + n.Tag + " is not known here")
	}
	return nil
}

var knownTags = map[yaml.Kind]map[string]bool{
	yaml.MappingNode:  {"!!map": true},
	yaml.SequenceNode: {"!!seq": true},
	yaml.ScalarNode: {"!!str": true, "!!null": true, "!!bool": true, "!!int": true, "!!float": true,
		"!!binary": true, "!!timestamp": true, "!!merge": true},
}

func (c *converter) sequence(n *yaml.Node, depth int) error {
	c.out = append(c.out, '[')
	for i, element := range n.Content {
		if i > 0 {
			c.out = append(c.out, ',')
		}
		if err := c.value(element, depth+1); err != nil {
			return err
		}
	}
	c.out = append(c.out, ']')
	return nil
}

func (c *converter) mapping(n *yaml.Node, depth int) error {
	var m members
	if err := c.collect(&m, n, depth); err != nil {
		return err
	}
	c.out = append(c.out, '{')
	for i, name := range m.names {
		if i > 0 {
			c.out = append(c.out, ',')
		}
		c.text(name)
		c.out = append(c.out, ':')
		if err := c.value(m.values[name], depth+1); err != nil {
			return err
		}
	}
	c.out = append(c.out, '}')
	return nil
}

func (c *converter) text(s string) {
	quoted, _ := json.Marshal(s) // any string has a JSON form
	c.out = append(c.out, quoted...)
}

// members are those of a mapping, and of what is merged into it.
type members struct {
	names  []string
	values map[string]*yaml.Node
}

func (m *members) set(name string, value *yaml.Node) {
	if m.values == nil {
		m.values = map[string]*yaml.Node{}
	}
	if _, known := m.values[name]; !known {
		m.names = append(m.names, name)
	}
	m.values[name] = value
}

// collect adds the members of a mapping. What comes later counts, be it merged or
// not, as in Kubernetes' own tools; but nothing may be there twice.
func (c *converter) collect(m *members, n *yaml.Node, depth int) error {
	own := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if err := c.visit(key, depth); err != nil {
			return err
		}
		if key.Kind == yaml.ScalarNode && key.Tag == "!!merge" {
			if err := c.merge(m, value, depth+1); err != nil {
				return err
			}
			continue
		}
		name, err := c.name(key)
		if err != nil {
			return err
		}
		if own[name] {
			return errTwice(name)
		}
		own[name] = true
		m.set(name, value)
	}
	return nil
}

// merge adds what a merge key refers to: a mapping, or several, of which the first
// counts.
func (c *converter) merge(m *members, n *yaml.Node, depth int) error {
	from := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		from = n.Content
	}
	for _, n := range slices.Backward(from) {
		if err := c.visit(n, depth); err != nil {
			return err
		}
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n.Kind != yaml.MappingNode {
			return errors.New("the merge key << needs an object, or several")
		}
		if err := c.collect(m, n, depth+1); err != nil {
			return err
		}
	}
	return nil
}
