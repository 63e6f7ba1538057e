package replay

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/kubeviews/kube/bench/data"
)

var medias = []string{runtime.ContentTypeJSON, runtime.ContentTypeProtobuf}

func serving(t *testing.T) (url string) {
	server := httptest.NewServer(NewServer(os.DirFS("../testdata")))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server.URL
}

func answer(t *testing.T, url, media string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", media)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, text
}

func decoded(t *testing.T, text []byte) (all []runtime.Object) {
	t.Helper()
	list, _, err := scheme.Codecs.UniversalDeserializer().Decode(text, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if all, err = meta.ExtractList(list); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEncodingsSayTheSame(t *testing.T) {
	url := serving(t) + Set{Order: data.Served, Pods: 40, Seed: 1}.Path()
	for _, resource := range data.Resources {
		_, text := answer(t, url+"/"+resource, medias[0])
		_, binary := answer(t, url+"/"+resource, medias[1])
		ours, theirs := decoded(t, text), decoded(t, binary)
		if len(ours) != 40 || len(theirs) != 40 {
			t.Fatalf("%s: %d and %d items", resource, len(ours), len(theirs))
		}
		for i := range ours {
			if !equality.Semantic.DeepEqual(ours[i], theirs[i]) {
				t.Errorf("%s: item %d differs:\n%v\n%v", resource, i, ours[i], theirs[i])
			}
		}
	}
}

func pods(t *testing.T, url, media string) *kubernetes.Clientset {
	t.Helper()
	c, err := kubernetes.NewForConfig(&rest.Config{Host: url, ContentConfig: rest.ContentConfig{ContentType: media, AcceptContentTypes: media}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// More events than are made: some are sent again, as other versions.
func TestWatchesEndAtTheLastVersion(t *testing.T) {
	set := Set{Order: data.Small, Pods: 50, Events: distinct + 30, Seed: 2}
	url := serving(t) + set.Path()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, media := range medias {
		for _, seen := range []int{distinct - 100, set.Events - 1} {
			w, err := pods(t, url, media).CoreV1().Pods("").Watch(ctx, metav1.ListOptions{ResourceVersion: data.Version(set.Pods + seen)})
			if err != nil {
				t.Fatal(err)
			}
			for i := seen; i < set.Events; i++ {
				e, ok := <-w.ResultChan()
				if !ok || e.Type != watch.Modified {
					t.Fatalf("%s: event %d is %v", media, i, e)
				}
				if got, want := e.Object.(*corev1.Pod).ResourceVersion, data.Version(set.Pods+i+1); got != want {
					t.Fatalf("%s: event %d is at %s, want %s", media, i, got, want)
				}
				if i == set.Events-1 && e.Object.(*corev1.Pod).ResourceVersion != set.Last() {
					t.Errorf("the last event is at %s, want %s", e.Object.(*corev1.Pod).ResourceVersion, set.Last())
				}
			}
			w.Stop()
		}
	}
}

// Who resumes a watch asks for one item: to send all would be in the figures.
func TestFirstPage(t *testing.T) {
	url := serving(t)
	_, text := answer(t, url+"/served/3/0/1/api/v1/pods?limit=1", medias[0])
	_, all := answer(t, url+"/served/3/0/1/api/v1/pods", medias[0])
	if n := bytes.Count(text, []byte(`"generateName":`)); n != 1 || !bytes.Contains(text, []byte(`"remainingItemCount":2`)) || len(all) < 2*len(text) {
		t.Errorf("%d items, in %d bytes of %d", n, len(text), len(all))
	}
}

func TestPages(t *testing.T) {
	url := serving(t) + "/served/7/0/1/api/v1/pods"
	for _, media := range medias {
		_, text := answer(t, url, media)
		want, got, token := decoded(t, text), []runtime.Object(nil), ""
		for _, n := range []int{3, 3, 1} {
			_, text := answer(t, url+"?limit=3&continue="+token, media)
			list, _, err := scheme.Codecs.UniversalDeserializer().Decode(text, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			page := list.(*corev1.PodList)
			if len(page.Items) != n {
				t.Fatalf("%s: %d items on a page, want %d", media, len(page.Items), n)
			}
			got, token = append(got, decoded(t, text)...), page.Continue
		}
		if token != "" || !equality.Semantic.DeepEqual(got, want) {
			t.Errorf("%s: the pages are not the list, and end with the token %q", media, token)
		}
	}
	if _, text := answer(t, url+"?limit=3&resourceVersion=0", medias[0]); len(decoded(t, text)) != 7 {
		t.Error("any version comes in pages")
	}
}

func TestGzip(t *testing.T) {
	url := serving(t)
	_, plain := answer(t, url+"/served/7/0/1/api/v1/pods", medias[0])
	_, zipped := answer(t, url+"/gzip/served/7/0/1/api/v1/pods", medias[0]) // the transport unpacks it
	if !bytes.Equal(plain, zipped) {
		t.Errorf("%d bytes, want %d", len(zipped), len(plain))
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/gzip/served/7/0/1/api/v1/pods", nil)
	for asked, want := range map[string]int{"": http.StatusNotAcceptable, "gzip": http.StatusOK} {
		r.Header.Set("Accept-Encoding", asked)
		w := httptest.NewRecorder()
		NewServer(nil).ServeHTTP(w, r)
		if w.Code != want || w.Header().Get("Content-Encoding") != asked {
			t.Errorf("%q: %d in %q", asked, w.Code, w.Header().Get("Content-Encoding"))
		}
	}
}

func TestWhatIsNotServed(t *testing.T) {
	url := serving(t)
	for path, want := range map[string]int{
		"/served/3/0/1/api/v1/secrets": http.StatusNotFound,
		"/served/3/x/1/api/v1/pods":    http.StatusNotFound,
		"/":                            http.StatusNotFound,
		"/served/3/0/1/api/v1/pods?watch=true&sendInitialEvents=true": http.StatusUnprocessableEntity,
		"/served/3/0/1/api/v1/pods?limit=" + strconv.Itoa(1):          http.StatusOK,
		"/served/3/0/1/api/v1/pods?limit=0":                           http.StatusBadRequest,
		"/served/3/0/1/api/v1/pods?limit=2&continue=1":                http.StatusGone,
	} {
		if got, text := answer(t, url+path, medias[0]); got != want {
			t.Errorf("%s: %d, %s", path, got, text)
		}
	}
}
