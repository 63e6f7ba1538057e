// Package replay answers like an API server, with answers that were made before,
// so that what is measured of a client does not hold what they cost a server.
package replay

import (
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kubeviews/kube/bench/data"
)

// Set names lists of as many objects of each resource, and the changes that
// follow.
type Set struct {
	Order  data.Order
	Pods   int
	Events int
	Seed   uint64
	Gzip   bool // lists come in gzip, and not to who does not ask for it
}

const inGzip = "/gzip"

// Path is where the server has the API of the set.
func (s Set) Path() string {
	path := fmt.Sprintf("/%s/%d/%d/%d", s.Order, s.Pods, s.Events, s.Seed)
	if s.Gzip {
		return inGzip + path
	}
	return path
}

// Last is the version after the last event.
func (s Set) Last() string { return data.Version(s.Pods + s.Events) }

// Server serves sets, each of which is made when it is first asked for.
type Server struct {
	mu   sync.Mutex
	sets map[place]*set

	hold hold

	recordings fs.FS
	texts      map[string][]byte // of the recordings
}

// NewServer returns a server that has no sets yet, and these recordings.
func NewServer(recordings fs.FS) *Server {
	return &Server{sets: map[place]*set{}, recordings: recordings, texts: map[string][]byte{}}
}

// place is where a list is.
type place struct {
	Set
	resource string
}

type set struct {
	once      sync.Once
	encodings map[string]answers // by media type
	err       error

	mu    sync.Mutex
	zips  map[string][]byte // the lists in gzip, by media type
	pages map[paging]map[string][]byte
}

func (s *Server) set(key place) *set {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sets[key] == nil {
		s.sets[key] = new(set)
	}
	return s.sets[key]
}

func (s *set) make(key place) {
	s.encodings = map[string]answers{}
	list, _ := data.Make(key.resource, key.Pods, key.Order, key.Seed)
	for _, media := range []string{runtime.ContentTypeJSON, runtime.ContentTypeProtobuf} {
		info, ok := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), media)
		if !ok {
			s.err = fmt.Errorf("no serializer of %s", media)
			return
		}
		if s.encodings[media], s.err = newAnswers(list, info, key.Events); s.err != nil {
			return
		}
	}
}

// ServeHTTP answers GET PATH/RESOURCE, lists and watches, where PATH is that of a
// set, or Recorded.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, Recorded+"/") {
		s.recorded(w, r)
		return
	}
	key, ok := parse(r.URL.Path)
	if !ok || !slices.Contains(data.Resources, key.resource) || r.Method != http.MethodGet {
		http.NotFound(w, r)
		return
	}
	set := s.set(key)
	set.once.Do(func() { set.make(key) })
	if set.err != nil {
		http.Error(w, set.err.Error(), http.StatusInternalServerError)
		return
	}
	media := runtime.ContentTypeJSON
	if strings.HasPrefix(r.Header.Get("Accept"), runtime.ContentTypeProtobuf) {
		media = runtime.ContentTypeProtobuf
	}
	if watch := r.URL.Query().Get("watch"); watch == "true" || watch == "1" {
		set.encodings[media].watch(w, r, key.Set, media, &s.hold)
		return
	}
	w.Header().Set("Content-Type", media)
	switch query := r.URL.Query(); {
	case key.Gzip:
		set.zipped(w, r, media)
	case query.Get("limit") == "1" && !query.Has("continue"):
		w.Write(set.encodings[media].first)
	case query.Has("limit") && query.Get("resourceVersion") != "0": // as of API servers, which then serve all
		set.page(w, query, key, media)
	default:
		w.Write(set.encodings[media].list)
	}
}

func parse(path string) (key place, ok bool) {
	path, key.Gzip = strings.CutPrefix(path, inGzip+"/")
	parts := strings.SplitN(strings.TrimPrefix(path, "/"), "/", 5)
	if len(parts) != 5 {
		return key, false
	}
	var errs [3]error
	key.Order = data.Order(parts[0])
	key.Pods, errs[0] = strconv.Atoi(parts[1])
	key.Events, errs[1] = strconv.Atoi(parts[2])
	key.Seed, errs[2] = strconv.ParseUint(parts[3], 10, 64)
	key.resource = parts[4]
	return key, errs == [3]error{}
}

// watch sends the events after the version that is asked for, and then nothing.
func (a answers) watch(w http.ResponseWriter, r *http.Request, key Set, media string, hold *hold) {
	if r.URL.Query().Get("sendInitialEvents") == "true" {
		refuse(w)
		return
	}
	w.Header().Set("Content-Type", media+";stream=watch")
	out := http.NewResponseController(w)
	buffer := make([]byte, 0, 1<<17)
	for i := from(r, key); i < key.Events; i++ {
		held, ok := hold.wait(r.Context(), out, i)
		if !ok {
			return
		}
		buffer = a.events[i%len(a.events)].appendTo(buffer, key.Pods+i+1)
		if !held && len(buffer) < 1<<16 && i < key.Events-1 {
			continue
		}
		if _, err := w.Write(buffer); err != nil {
			return
		}
		buffer = buffer[:0]
	}
	if out.Flush() == nil {
		<-r.Context().Done()
	}
}

// from is how many of the events a watcher has seen.
func from(r *http.Request, key Set) int {
	version, err := strconv.Atoi(r.URL.Query().Get("resourceVersion"))
	if err != nil {
		return 0
	}
	return max(0, version-1_000_000_000-key.Pods)
}

// refuse tells that state does not come as a stream: clients then list.
func refuse(w http.ResponseWriter) {
	status := metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Reason: metav1.StatusReasonInvalid,
		Message: "sendInitialEvents is forbidden for watch", Code: http.StatusUnprocessableEntity}
	w.Header().Set("Content-Type", runtime.ContentTypeJSON)
	w.WriteHeader(int(status.Code))
	text, _ := runtime.Encode(scheme.Codecs.LegacyCodec(metav1.SchemeGroupVersion), &status)
	w.Write(text)
}
