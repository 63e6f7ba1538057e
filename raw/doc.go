// Package raw holds JSON documents that nobody can change.
//
// A document is its text, checked once while it is read, with an index of its
// first two levels of members made in the same pass. Nothing is decoded until
// a program looks: [Object.Get] finds a value by the index, without allocating,
// and the [Value] converts itself when asked. Nothing that a method returns
// aliases memory that a caller could write to.
//
//	pod, err := raw.Parse(text)                                 // a document, checked
//	phase, err := pod.Get("status", "phase").Text()             // a value, looked up and converted
//	first := pod.Get("spec", "containers", "0", "image")        // arrays by position
//	next, err := pod.With("yes", "metadata", "labels", "seen")  // another document; pod is what it was
//
// A [ListReader] makes such documents of a List while it downloads. With a [Packer],
// those that are alike share what is the same in them, for who keeps many.
//
// Documents and values may be used by any number of goroutines at once. Texts
// that they give as Go strings share their memory: a string that is to live
// long should be cloned, or it keeps its whole document.
//
// What is accepted is RFC 8259, and stricter where a lenient reader would let
// two programs see two things: text is valid UTF-8 without half surrogate
// pairs, a document is an object, at most 1024 levels deep, with nothing behind
// it, and no name occurs twice in one object of the first two levels (deeper,
// the last one counts, as in encoding/json). The text is kept without
// whitespace between its tokens, else as it came: order of members, escapes
// and the digits of numbers.
//
// Every error is one of [*SyntaxError], [*SizeError], [*TypeError], [*PathError]
// and [*ConvertError], or comes from the reader or the destination that a caller
// gave. None quotes a document's content, but for those of encoding/json about
// documents that are not sensitive.
package raw

import "strings"

// doc is one document. It is never written to after it is made.
type doc struct {
	shown  string        // the text, compact and checked, or
	hidden func() string // a way to it: see hide
	index  index
	base   *doc // of a packed document, whose shown is what differs: see packed.go
	flags  flags
}

func (d *doc) text() string {
	if d.hidden != nil {
		return d.hidden()
	}
	return d.shown
}

// hide makes the document sensitive: printing shows a fingerprint instead of
// the content. The text moves to where reflection finds no way, because there
// are printers that go through unexported fields and ask no methods, as test
// tools do.
func (d *doc) hide() {
	text := d.text()
	d.shown, d.base, d.hidden = "", nil, func() string { return text }
}

func (d *doc) isSensitive() bool { return d.hidden != nil }

type flags uint8

const (
	// escaped: a name of the indexed levels holds an escape.
	escaped flags = 1 << iota
	// dropped: metadata.managedFields was left out when the text was read.
	dropped
	// metadataOnly: everything but kind, apiVersion and metadata was left out.
	metadataOnly
)

// index tells where the names of the first two levels are. Each entry is a
// name's tag in the high byte, and the offset of its first byte in the others.
// Where a value starts and ends follows from the names around it, because the
// text has no whitespace.
//
//	[0]              n, the number of members of the document
//	[1 .. n]         their entries
//	[n+1 .. 2n]      for each: where, behind 2n+1, the entries of its own members end
//	[2n+1 ..]        the entries of the members' members
//
// A document that is too large for the offsets has no index: lookups scan it.
type index []uint32

const maxIndexed = 1<<24 - 1

func entry(tag byte, at int) uint32 { return uint32(tag)<<24 | uint32(at) }

func (x index) names() index { return x[1 : 1+x[0]] }

func (x index) kids(i int) index {
	n := int(x[0])
	from := uint32(0)
	if i > 0 {
		from = x[n+i]
	}
	return x[2*n+1:][from:x[n+1+i]]
}

// find returns the position of the entry whose name is key, or -1.
func (d *doc) find(entries index, key string) int {
	if d.flags&escaped != 0 {
		return d.findEscaped(entries, key)
	}
	tag := tagOf(key)
	for i, e := range entries {
		if byte(e>>24) == tag && d.nameIs(int(e&maxIndexed), key) {
			return i
		}
	}
	return -1
}

// nameIs reports whether the name at offset at is key. A key with a quote in
// it could match beyond the end of the name, so it matches none.
func (d *doc) nameIs(at int, key string) bool {
	t, end := d.text(), at+len(key)
	return end < len(t) && t[end] == '"' && t[at:end] == key && strings.IndexByte(key, '"') < 0
}

func (d *doc) findEscaped(entries index, key string) int {
	t := d.text()
	for i, e := range entries {
		at := int(e & maxIndexed)
		if unquote(t[at:skipString(t, at)-1]) == key {
			return i
		}
	}
	return -1
}

// child returns the value of entry i, in an object that ends at end.
func (d *doc) child(entries index, i, end int) Value {
	at := int(entries[i] & maxIndexed)
	start := skipString(d.text(), at) + 1 // behind the colon
	if i+1 < len(entries) {
		end = int(entries[i+1]&maxIndexed) - 1 // the next name's quote
	}
	return Value{d, uint32(start), uint32(end - 1)} // without the comma or brace
}

// get finds the value at a path in the document, by the index as far as it goes.
func (d *doc) get(path []string) Value {
	if d.isPacked() {
		return d.getPacked(path)
	}
	v, rest := d.indexed(path)
	return v.descend(rest)
}

// indexed follows a path as far as the index goes, and returns what is left of it.
func (d *doc) indexed(path []string) (Value, []string) {
	whole := Value{d, 0, uint32(len(d.text()))}
	if len(path) == 0 || d.index == nil {
		return whole, path
	}
	names := d.index.names()
	i := d.find(names, path[0])
	if i < 0 {
		return Value{}, nil
	}
	v := d.child(names, i, int(whole.end))
	if len(path) == 1 || v.Kind() != KindObject {
		return v, path[1:]
	}
	kids := d.index.kids(i)
	j := d.find(kids, path[1])
	if j < 0 {
		return Value{}, nil
	}
	return d.child(kids, j, int(v.end)), path[2:]
}
