package manifests

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/kubeviews/kube/raw"
)

// splitter cuts a text at the lines where documents begin. YAML lets nothing else
// begin with --- or ..., be it inside a quoted text, so that one broken document
// does not hide where the next one begins.
type splitter struct {
	r     *bufio.Reader
	limit int
	line  int    // how many lines have been read
	held  []byte // the line with which the next chunk begins
	err   error  // why there are no more lines
}

// chunk is the text of one document, or of several objects in JSON.
type chunk struct {
	text []byte
	line int // the first, in the file
	over bool

	directives bool // there is nothing but directives so far
	braces     braces
}

func newSplitter(r io.Reader, limit int) *splitter {
	return &splitter{r: bufio.NewReader(r), limit: limit}
}

var errUTF16 = errors.New("the text is UTF-16; it must be UTF-8")

// next returns the next chunk; io.EOF when there is none.
func (s *splitter) next() (chunk, error) {
	c := chunk{line: s.line + 1}
	if s.held != nil {
		c.line = s.line
		c.add(s.held, s.line, s.limit)
		s.held = nil
	}
	for s.err == nil {
		line := s.read()
		if s.err != nil && len(line) == 0 || s.ends(&c, line) {
			break
		}
		if c.add(line, s.line, s.limit); c.isWhole() {
			break
		}
	}
	return c.result(s)
}

// ends reports whether a line ends the chunk. It holds a line with which the next
// one begins.
func (s *splitter) ends(c *chunk, line []byte) bool {
	empty := len(c.text) == 0 && !c.over
	switch marker(line) {
	case "---":
		if empty || c.directives {
			return false
		}
		s.held = line
		return true
	case "...":
		return !empty
	}
	return false
}

// marker is the marker of documents with which a line begins, or "".
func marker(line []byte) string {
	if len(line) < 3 || len(line) > 3 && !bytes.ContainsRune([]byte(" \t\r\n"), rune(line[3])) {
		return ""
	}
	if m := string(line[:3]); m == "---" || m == "..." {
		return m
	}
	return ""
}

// read returns the next line with its end, at most a byte more of it than the
// limit. It sets err behind the last one.
func (s *splitter) read() (line []byte) {
	for {
		part, err := s.r.ReadSlice('\n')
		if room := s.limit + 1 - len(line); len(part) > room {
			part = part[:max(room, 0)]
		}
		line = append(line, part...)
		if err != bufio.ErrBufferFull {
			s.err = err
			break
		}
	}
	if s.line++; s.line == 1 {
		line = s.unmarked(line)
	}
	return line
}

// unmarked takes off the mark with which some editors begin a file.
func (s *splitter) unmarked(line []byte) []byte {
	if bytes.HasPrefix(line, []byte("\xfe\xff")) || bytes.HasPrefix(line, []byte("\xff\xfe")) {
		s.err = errUTF16
	}
	return bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
}

// add adds a line, unless it comes before the document and says nothing.
func (c *chunk) add(line []byte, number, limit int) {
	if len(c.text) == 0 && !c.over {
		if isIdle(line) {
			return
		}
		c.line = number
		c.directives = line[0] == '%'
		c.braces.on = bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("{"))
	}
	if c.directives && marker(line) != "" {
		c.directives = false
	}
	if c.over || len(c.text)+len(line) > limit {
		c.text, c.over = nil, true
		return
	}
	c.braces.count(line)
	c.text = append(c.text, line...)
}

// isIdle reports whether a line is empty, a comment, or a bare marker.
func isIdle(line []byte) bool {
	if marker(line) != "" {
		line = line[3:]
	}
	line = bytes.TrimLeft(line, " \t\r\n")
	return len(line) == 0 || line[0] == '#'
}

// isWhole reports whether the chunk is JSON, and whole.
func (c *chunk) isWhole() bool {
	if !c.braces.on || c.braces.depth > 0 || c.over {
		return false
	}
	c.braces.on = isJSON(c.text)
	return c.braces.on
}

func (c chunk) result(s *splitter) (chunk, error) {
	switch {
	case s.err != nil && s.err != io.EOF:
		return chunk{line: s.line}, s.err // what was read of the document may be cut off
	case c.over:
		return c, &raw.SizeError{Limit: int64(s.limit)}
	case len(c.text) == 0 && s.err == io.EOF:
		return c, io.EOF
	}
	return c, nil
}

// braces finds where an object in JSON ends.
type braces struct {
	on      bool
	depth   int
	quoted  bool
	escaped bool
}

func (b *braces) count(line []byte) {
	if !b.on {
		return
	}
	for _, c := range line {
		switch {
		case b.escaped:
			b.escaped = false
		case b.quoted && c == '\\':
			b.escaped = true
		case c == '"':
			b.quoted = !b.quoted
		case b.quoted:
		case c == '{' || c == '[':
			b.depth++
		case c == '}' || c == ']':
			b.depth--
		}
	}
}
