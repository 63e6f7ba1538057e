package manifests

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/kubeviews/kube/raw"
)

// isJSON reports whether a text is JSON values, one behind the other.
func isJSON(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return err == io.EOF
		}
	}
}

// parseJSON reads objects in JSON. Of several, those before a fault are returned
// with it.
func parseJSON(text []byte) (all []found, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		var v json.RawMessage
		if err := d.Decode(&v); err == io.EOF {
			return all, nil
		} else if err != nil {
			return append(all, found{line: lineAt(text, offsetOf(err, d))}), errors.New("bad JSON: " + err.Error())
		}
		start := int(d.InputOffset()) - len(v)
		doc, err := parseObject(v)
		if err != nil {
			at := start
			if bad, ok := errors.AsType[*raw.SyntaxError](err); ok {
				at += int(bad.Offset)
			}
			return append(all, found{line: lineAt(text, at)}), err
		}
		all = append(all, found{doc, lineAt(text, start), func() []int { return linesOfItems(text, start) }})
	}
}

func offsetOf(err error, d *json.Decoder) int {
	if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
		return int(bad.Offset)
	}
	return int(d.InputOffset())
}

func lineAt(text []byte, offset int) int {
	return bytes.Count(text[:min(offset, len(text))], []byte("\n")) + 1
}

// parseObject is raw.Parse, strict on all levels.
func parseObject(text []byte) (raw.Object, error) {
	doc, err := raw.Parse(text)
	if err == nil {
		err = twice(doc.Value())
	}
	return doc, err
}

// twice finds a name that an object has twice.
func twice(v raw.Value) error {
	seen := map[string]bool{}
	for name, member := range v.Members() {
		if seen[name] {
			return errTwice(name)
		}
		seen[name] = true
		if err := twice(member); err != nil {
			return err
		}
	}
	for element := range v.Elements() {
		if err := twice(element); err != nil {
			return err
		}
	}
	return nil
}

func errTwice(name string) error { return errors.New("the name " + name + " is there twice") }

// linesOfItems are the lines at which the items of a List start, which starts at
// an offset of a good text.
func linesOfItems(text []byte, start int) (lines []int) {
	d := json.NewDecoder(bytes.NewReader(text[start:]))
	var skipped json.RawMessage
	_, _ = d.Token()
	for d.More() {
		if name, _ := d.Token(); name != "items" {
			_ = d.Decode(&skipped)
			continue
		}
		_, _ = d.Token()
		line, at := lineAt(text, start), start
		for d.More() {
			var item json.RawMessage
			if d.Decode(&item) != nil {
				return lines
			}
			next := start + int(d.InputOffset()) - len(item)
			line += bytes.Count(text[at:next], []byte("\n"))
			lines, at = append(lines, line), next
		}
		return lines
	}
	return lines
}
