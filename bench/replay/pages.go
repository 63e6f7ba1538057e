package replay

import (
	"net/http"
	"net/url"
	"reflect"
	"strconv"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kubeviews/kube/bench/data"
)

// paging is how a list is cut into pages.
type paging struct {
	media string
	limit int
}

// page answers with one of the pages, all of which are made when the first is asked
// for. The token of a page is how many items are before it.
func (s *set) page(w http.ResponseWriter, query url.Values, key place, media string) {
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil || limit < 1 {
		http.Error(w, "no limit: "+query.Get("limit"), http.StatusBadRequest)
		return
	}
	all, err := s.paged(key, paging{media, limit})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	text, ok := all[query.Get("continue")]
	if !ok {
		http.Error(w, "no page begins at "+query.Get("continue"), http.StatusGone)
		return
	}
	w.Write(text)
}

// paged are the pages by their tokens.
func (s *set) paged(key place, as paging) (map[string][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if all, ok := s.pages[as]; ok {
		return all, nil
	}
	list, _ := data.Make(key.resource, key.Pods, key.Order, key.Seed)
	info, _ := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), as.media)
	encoder := scheme.Codecs.EncoderForVersion(info.Serializer, groupVersions)
	all := map[string][]byte{}
	for at, token, more := 0, "", true; more; at, token = at+as.limit, strconv.Itoa(at+as.limit) {
		var err error
		if all[token], more, err = pageOf(list.Whole, encoder, at, as.limit); err != nil {
			return nil, err
		}
	}
	if s.pages == nil {
		s.pages = map[paging]map[string][]byte{}
	}
	s.pages[as] = all
	return all, nil
}

// pageOf encodes at most limit items of a list, from one on.
func pageOf(list runtime.Object, encoder runtime.Encoder, at, limit int) (text []byte, more bool, err error) {
	page := reflect.New(reflect.TypeOf(list).Elem()).Interface().(runtime.Object)
	from, err := meta.ListAccessor(list)
	if err != nil {
		return nil, false, err
	}
	to, err := meta.ListAccessor(page)
	if err != nil {
		return nil, false, err
	}
	all, err := meta.ExtractList(list)
	if err != nil {
		return nil, false, err
	}
	page.GetObjectKind().SetGroupVersionKind(list.GetObjectKind().GroupVersionKind())
	to.SetResourceVersion(from.GetResourceVersion())
	end := min(at+limit, len(all))
	if left := int64(len(all) - end); left > 0 {
		more = true
		to.SetContinue(strconv.Itoa(end))
		to.SetRemainingItemCount(&left)
	}
	if err := meta.SetList(page, all[at:end]); err != nil {
		return nil, false, err
	}
	text, err = runtime.Encode(encoder, page)
	return text, more, err
}
