package replay

import (
	"bytes"
	"reflect"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/streaming"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/scheme"
	restwatch "k8s.io/client-go/rest/watch"

	"github.com/kubeviews/kube/bench/data"
)

// answers are what an API server says about one list and what happens to its items,
// in one encoding.
type answers struct {
	list   []byte
	first  []byte // page of the list, of one item
	events []event
}

// event is a watch event whose versions are at some places of its text.
type event struct {
	text []byte
	at   []int
}

// distinct is how many events differ in more than their version.
const distinct = 4000

// groupVersions are those of what is served.
var groupVersions = schema.GroupVersions{corev1.SchemeGroupVersion, appsv1.SchemeGroupVersion}

// newAnswers encodes the list, and as many events about its items.
func newAnswers(all data.List, info runtime.SerializerInfo, events int) (answers, error) {
	encoder := scheme.Codecs.EncoderForVersion(info.Serializer, groupVersions)
	list, err := runtime.Encode(encoder, all.Whole)
	if err != nil {
		return answers{}, err
	}
	first, err := firstPage(all.Whole, encoder)
	if err != nil {
		return answers{}, err
	}
	a := answers{list: list, first: first}
	for i := range min(events, distinct) {
		e, err := newEvent(data.Changed(all.Items[i*7919%len(all.Items)], 900_000_000+i), info)
		if err != nil {
			return answers{}, err
		}
		a.events = append(a.events, e)
	}
	return a, nil
}

// firstPage encodes a list's first item, as the answer to a request with limit=1. Who
// resumes a watch asks so at which version the server is.
func firstPage(list runtime.Object, encoder runtime.Encoder) ([]byte, error) {
	page, ok := reflect.New(reflect.TypeOf(list).Elem()).Interface().(runtime.Object)
	from, err := meta.ListAccessor(list)
	if err != nil || !ok {
		return nil, err
	}
	to, err := meta.ListAccessor(page)
	if err != nil {
		return nil, err
	}
	page.GetObjectKind().SetGroupVersionKind(list.GetObjectKind().GroupVersionKind())
	var one []runtime.Object
	err = meta.EachListItem(list, func(o runtime.Object) error {
		if one == nil {
			one = append(one, o)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	left := int64(meta.LenList(list) - len(one))
	to.SetResourceVersion(from.GetResourceVersion())
	if left > 0 {
		to.SetContinue("more")
		to.SetRemainingItemCount(&left)
	}
	if err := meta.SetList(page, one); err != nil {
		return nil, err
	}
	return runtime.Encode(encoder, page)
}

func newEvent(object data.Object, info runtime.SerializerInfo) (event, error) {
	var text bytes.Buffer
	framed := info.StreamSerializer.Framer.NewFrameWriter(&text)
	stream := scheme.Codecs.EncoderForVersion(info.StreamSerializer.Serializer, corev1.SchemeGroupVersion)
	inner := scheme.Codecs.EncoderForVersion(info.Serializer, groupVersions)
	e := restwatch.NewEncoder(streaming.NewEncoder(framed, stream), inner)
	err := e.Encode(&watch.Event{Type: watch.Modified, Object: object})
	return event{text.Bytes(), indexes(text.Bytes(), []byte(object.GetResourceVersion()))}, err
}

// indexes are all places of a part in a text.
func indexes(text, part []byte) (all []int) {
	for from := 0; ; {
		at := bytes.Index(text[from:], part)
		if at < 0 {
			return all
		}
		all = append(all, from+at)
		from += at + len(part)
	}
}

// appendTo appends the event as the one of a version, which has as many digits as
// that of the event.
func (e event) appendTo(b []byte, version int) []byte {
	start := len(b)
	b = append(b, e.text...)
	for _, at := range e.at {
		strconv.AppendInt(b[start+at:start+at], 1_000_000_000+int64(version), 10)
	}
	return b
}
