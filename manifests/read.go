package manifests

import (
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync/atomic"

	"github.com/kubeviews/kube/internal/rest"
)

// DefaultMaxDocument is how many bytes one document may have, unless a [Reader]
// says otherwise.
const DefaultMaxDocument = 16 << 20

// Reader says how manifests are read. The zero Reader is good.
type Reader struct {
	// MaxDocument bounds the text of one document, in bytes; 0 stands for
	// DefaultMaxDocument. With its aliases resolved it may be four times as large.
	MaxDocument int
}

// expansion is by how much aliases and quotes may make a document larger.
const expansion = 4

// Read is [Reader.Read] of the zero Reader.
func Read(r io.Reader, source string) iter.Seq2[Document, error] { return Reader{}.Read(r, source) }

// Files is [Reader.Files] of the zero Reader.
func Files(paths ...string) iter.Seq2[Document, error] { return Reader{}.Files(paths...) }

// FS is [Reader.FS] of the zero Reader.
func FS(files fs.FS, paths ...string) iter.Seq2[Document, error] { return Reader{}.FS(files, paths...) }

// Read yields the objects of a text, document by document while it is read; source
// is its name in errors. The text is YAML, documents separated by ---, or JSON,
// one object behind the other. Of a List, each item is yielded, with its kind and
// apiVersion. Documents that are empty, or hold nothing but comments, are passed
// over.
//
// YAML means what it means to Kubernetes' own tools, which read YAML 1.1: a plain
// yes, on or y is true, 0777 is octal, and times are text. Aliases and merge keys
// are resolved. A name that is there twice, an unknown tag, and a number that JSON
// cannot write (.nan) are errors.
//
// What is wrong is told as a *[ManifestError] in its place, and the documents
// behind it still come: lines of --- are where they begin, whatever stands between
// them. It wraps a *raw.SizeError for a document that is too large. An error of r
// is the last one; the document that it cut off is not yielded.
//
// The text can be ranged over once: a second time yields an error.
func (o Reader) Read(r io.Reader, source string) iter.Seq2[Document, error] {
	var begun atomic.Bool
	return func(yield func(Document, error) bool) {
		if begun.Swap(true) {
			yield(Document{}, &ManifestError{source, 0, &rest.ArgumentError{Arg: "reader", Reason: "it has been read already"}})
			return
		}
		o.read(r, source, yield)
	}
}

// Files yields the objects of files, and of the files in directories whose names
// end with .yaml, .yml or .json, sorted by name, without subdirectories. A file
// that cannot be read is told in its place, as a *[ManifestError]. Ranging again
// reads the files again. See [Reader.Read].
func (o Reader) Files(paths ...string) iter.Seq2[Document, error] {
	open := func(name string) (fs.File, error) { return os.Open(name) }
	return o.files(open, filepath.Join, slices.Clone(paths))
}

// FS is Files in a file system of another sort, such as an embed.FS.
func (o Reader) FS(files fs.FS, paths ...string) iter.Seq2[Document, error] {
	return o.files(files.Open, path.Join, slices.Clone(paths))
}

func (o Reader) files(open opener, join func(...string) string, paths []string) iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		for _, name := range paths {
			if !o.path(open, join, name, yield) {
				return
			}
		}
	}
}

type opener func(string) (fs.File, error)

// path yields the objects of a file or directory, and reports whether to go on.
func (o Reader) path(open opener, join func(...string) string, name string, yield func(Document, error) bool) bool {
	names, err := open.directory(name)
	if err != nil {
		return yield(Document{}, &ManifestError{name, 0, err})
	}
	if names == nil {
		return o.file(open, name, yield)
	}
	for _, inner := range names {
		if !o.file(open, join(name, inner), yield) {
			return false
		}
	}
	return true
}

func (o Reader) file(open opener, name string, yield func(Document, error) bool) bool {
	f, err := open(name)
	if err != nil {
		return yield(Document{}, &ManifestError{name, 0, err})
	}
	defer f.Close()
	return o.read(f, name, yield)
}

// directory returns the names of the manifests in a directory; nil for a file.
func (open opener) directory(name string) ([]string, error) {
	f, err := open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.IsDir() {
		return nil, err
	}
	return manifestsIn(f)
}

// manifestsIn are the names of a directory's files that look like manifests.
func manifestsIn(directory fs.File) ([]string, error) {
	d, ok := directory.(fs.ReadDirFile)
	if !ok {
		return nil, &rest.ArgumentError{Arg: "file system", Reason: "its directories cannot be read"}
	}
	entries, err := d.ReadDir(-1)
	names := []string{}
	for _, e := range entries {
		ext := path.Ext(e.Name())
		if !e.IsDir() && (ext == ".yaml" || ext == ".yml" || ext == ".json") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, err
}

// read yields the objects of a text, and reports whether to go on.
func (o Reader) read(r io.Reader, source string, yield func(Document, error) bool) bool {
	limit := o.MaxDocument
	if limit <= 0 {
		limit = DefaultMaxDocument
	}
	s := newSplitter(r, limit)
	for {
		c, err := s.next()
		if err == io.EOF {
			return true
		}
		if err != nil {
			if more := yield(Document{}, &ManifestError{source, c.line, err}); !more || s.err != nil && s.err != io.EOF {
				return more
			}
			continue
		}
		for found, err := range c.objects(limit) {
			at := c.line + found.line - 1
			if err != nil {
				err = &ManifestError{source, at, err}
			}
			if !yield(Document{found.doc, source, at}, err) {
				return false
			}
		}
	}
}
