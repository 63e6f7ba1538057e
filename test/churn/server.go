package churn

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// server is the API server without anything between.
type server struct {
	url  string
	http *http.Client
}

// answerLimit bounds a request to a server that may be frozen.
const answerLimit = 5 * time.Second

func newServer(kubeconfig string) (*server, *rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, nil, err
	}
	config.NextProtos = []string{"http/1.1"} // so that one dead connection is one
	config.QPS = -1
	config.Timeout = 0
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, nil, err
	}
	return &server{config.Host, &http.Client{Transport: transport, Timeout: answerLimit}}, config, nil
}

func (s *server) close() { s.http.CloseIdleConnections() }

// statusError is an answer that is no success.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string { return fmt.Sprintf("%d: %.200s", e.code, e.text) }

func (s *server) do(ctx context.Context, method, path, contentType string, body, out any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", contentType)
	response, err := s.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return &statusError{response.StatusCode, string(answer)}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

const jsonType, mergePatch = "application/json", "application/merge-patch+json"

// The names of what the objects carry.
const (
	markField     = "mark"  // of data
	groupField    = "group" // of data: it is indexed
	teamLabel     = "team"  // it is indexed
	selectedLabel = "selected"
	selection     = selectedLabel + "=yes"
)

type configMap struct {
	APIVersion string            `json:"apiVersion,omitempty"`
	Kind       string            `json:"kind,omitempty"`
	Metadata   metadata          `json:"metadata"`
	Data       map[string]string `json:"data,omitempty"`
}

type metadata struct {
	Namespace       string             `json:"namespace,omitempty"`
	Name            string             `json:"name,omitempty"`
	UID             string             `json:"uid,omitempty"`
	ResourceVersion string             `json:"resourceVersion,omitempty"`
	Labels          map[string]*string `json:"labels,omitempty"` // nil takes it away
}

func (m *configMap) revision() (Revision, error) {
	version, err := strconv.ParseInt(m.Metadata.ResourceVersion, 10, 64)
	if err != nil || m.Metadata.UID == "" || m.Metadata.Name == "" {
		return Revision{}, fmt.Errorf("an object without uid or version: %+v", m)
	}
	return Revision{
		Key: Key{m.Metadata.Namespace, m.Metadata.Name}, UID: m.Metadata.UID, Version: version,
		Mark: m.Data[markField], Selected: m.label(selectedLabel) == "yes",
	}, nil
}

func (m *configMap) label(name string) string {
	if value := m.Metadata.Labels[name]; value != nil {
		return *value
	}
	return ""
}

func path(key Key) string {
	return "/api/v1/namespaces/" + key.Namespace + "/configmaps/" + key.Name
}

// A list is what the server says there is.
type list struct {
	version int64
	objects map[Key]Revision
	docs    map[Key]configMap
}

// list asks for all ConfigMaps at the latest version.
func (s *server) list(ctx context.Context) (*list, error) {
	var answer struct {
		Metadata metadata
		Items    []configMap
	}
	if err := s.do(ctx, http.MethodGet, "/api/v1/configmaps", jsonType, nil, &answer); err != nil {
		return nil, err
	}
	version, err := strconv.ParseInt(answer.Metadata.ResourceVersion, 10, 64)
	if err != nil {
		return nil, err
	}
	l := &list{version, make(map[Key]Revision, len(answer.Items)), make(map[Key]configMap, len(answer.Items))}
	for _, item := range answer.Items {
		r, err := item.revision()
		if err != nil {
			return nil, err
		}
		l.objects[r.Key], l.docs[r.Key] = r, item
	}
	return l, nil
}

// document is an object as the server tells it alone, in a form that does not
// depend on the order of names.
func (s *server) document(ctx context.Context, key Key) (string, error) {
	var doc any
	if err := s.do(ctx, http.MethodGet, path(key), jsonType, nil, &doc); err != nil {
		return "", err
	}
	text, err := json.Marshal(doc)
	return string(text), err
}
