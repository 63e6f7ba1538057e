package replay

import (
	"bytes"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
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
	// Who resumes a watch asks with limit=1 at which version the server is.
	first, _, err := pageOf(all.Whole, encoder, 0, 1)
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
