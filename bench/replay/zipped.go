package replay

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
)

// zipped answers with the list in gzip, which is made once. Who does not ask for it
// gets nothing: he is to be measured with it.
func (s *set) zipped(w http.ResponseWriter, r *http.Request, media string) {
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		http.Error(w, "there is only gzip", http.StatusNotAcceptable)
		return
	}
	text, err := s.zip(media)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.Write(text)
}

func (s *set) zip(media string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text, ok := s.zips[media]; ok {
		return text, nil
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed) // as API servers do
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(s.encodings[media].list); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	if s.zips == nil {
		s.zips = map[string][]byte{}
	}
	s.zips[media] = out.Bytes()
	return s.zips[media], nil
}
