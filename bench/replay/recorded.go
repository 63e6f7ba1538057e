package replay

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// Recorded is where the API of the recorded answers is.
const Recorded = "/recorded"

// recorded answers with what a real server has said, in the same encoding: a list,
// or all that a watch told. It does not hold up watches behind that.
func (s *Server) recorded(w http.ResponseWriter, r *http.Request) {
	name, end, media := path.Base(r.URL.Path), ".json", runtime.ContentTypeJSON
	if strings.HasPrefix(r.Header.Get("Accept"), runtime.ContentTypeProtobuf) {
		end, media = ".pb", runtime.ContentTypeProtobuf
	}
	watches := r.URL.Query().Has("watch")
	if watches {
		name, media = "watch", media+";stream=watch"
	}
	text, err := s.Text(name + end)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", media)
	w.Write(text)
	if watches && http.NewResponseController(w).Flush() == nil {
		<-r.Context().Done()
	}
}

// Text is a recorded answer, which is unpacked once.
func (s *Server) Text(name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text, ok := s.texts[name]; ok {
		return text, nil
	}
	text, err := unpack(s.recordings, name+".gz")
	if err == nil {
		s.texts[name] = text
	}
	return text, err
}

func unpack(from fs.FS, name string) ([]byte, error) {
	f, err := from.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
