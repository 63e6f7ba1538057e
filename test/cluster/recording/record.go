package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kubeviews/kube/test/cluster"
)

// encodings are what answers are recorded in, by the ends of their files' names.
var encodings = map[string]string{"json": "application/json", "pb": "application/vnd.kubernetes.protobuf"}

// lists are recorded under these names.
var lists = map[string]string{
	"pods": "/api/v1/pods", "configmaps": "/api/v1/configmaps", "nodes": "/api/v1/nodes", "events": "/api/v1/events",
	"deployments": "/apis/apps/v1/deployments",
}

const (
	deployments = 12
	replicas    = 5
	appLabel    = "app.kubernetes.io/name"
)

// record writes lists, and what a watch of the pods tells from then on while they
// are restarted.
func record(ctx context.Context, c *cluster.Cluster, folder string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := c.Apply(ctx, workload()); err != nil {
		return err
	}
	if err := available(ctx, c); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	version, err := recordLists(ctx, c, folder)
	if err != nil {
		return err
	}
	if _, err := c.Kubectl(ctx, "rollout", "restart", "deployment", "--selector="+appLabel); err != nil {
		return err
	}
	if err := available(ctx, c); err != nil {
		return err
	}
	return recordWatches(ctx, c, folder, version)
}

func available(ctx context.Context, c *cluster.Cluster) error {
	for i := range deployments {
		if _, err := c.Kubectl(ctx, "rollout", "status", fmt.Sprintf("deployment/app-%d", i), "--timeout=2m"); err != nil {
			return err
		}
	}
	return nil
}

// recordLists returns the version of the list of pods in JSON.
func recordLists(ctx context.Context, c *cluster.Cluster, folder string) (version string, err error) {
	for end, media := range encodings {
		for name, path := range lists {
			text, err := answer(ctx, c.ProxyURL()+path, media)
			if err != nil {
				return "", err
			}
			if err := save(folder, name+"."+end, text); err != nil {
				return "", err
			}
			if name == "pods" && end == "json" {
				var list struct {
					Metadata struct{ ResourceVersion string }
				}
				if err := json.Unmarshal(text, &list); err != nil {
					return "", err
				}
				version = list.Metadata.ResourceVersion
			}
		}
	}
	return version, nil
}

// recordWatches asks for what has happened since a version, for some seconds.
func recordWatches(ctx context.Context, c *cluster.Cluster, folder, version string) error {
	for end, media := range encodings {
		text, err := answer(ctx, c.ProxyURL()+lists["pods"]+"?watch=true&timeoutSeconds=2&resourceVersion="+version, media)
		if err != nil {
			return err
		}
		if err := save(folder, "watch."+end, text); err != nil {
			return err
		}
	}
	return nil
}

func answer(ctx context.Context, url, media string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", media)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", url, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

func save(folder, name string, text []byte) error {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	say("%s: %d bytes, packed %d", name, len(text), packed.Len())
	return os.WriteFile(filepath.Join(folder, name+".gz"), packed.Bytes(), 0o644)
}

// workload is deployments of different shapes, and config maps, as one manifest.
func workload() string {
	var all []string
	for i := range deployments {
		all = append(all, configMap(i), deployment(i))
	}
	return strings.Join(all, "\n---\n")
}

type object = map[string]any

func text(o object) string {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func configMap(i int) string {
	return text(object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": fmt.Sprintf("app-%d", i)},
		"data": object{"key": "value", fmt.Sprintf("app-%d.yaml", i): strings.Repeat(fmt.Sprintf("setting-%d: \"„quoted“\"\n", i), 1+i*3)}})
}

func deployment(i int) string {
	name := fmt.Sprintf("app-%d", i)
	labels := object{appLabel: name}
	template := object{"labels": labels, "annotations": object{"notes.example.com/kind": fmt.Sprintf("{\"n\": %d}", i)}}
	return text(object{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": name, "labels": labels},
		"spec": object{"replicas": replicas, "selector": object{"matchLabels": labels}, "template": object{"metadata": template, "spec": podSpec(i)}}})
}

func podSpec(i int) object {
	spec := object{"containers": []object{container("main", i)}}
	if i%2 == 1 {
		spec["containers"] = []object{container("main", i), container("sidecar", i+1)}
	}
	if i%3 == 1 {
		spec["initContainers"] = []object{container("prepare", 1)}
	}
	if i%4 == 2 {
		spec["volumes"] = []object{{"name": "config", "configMap": object{"name": fmt.Sprintf("app-%d", i)}}, {"name": "scratch", "emptyDir": object{}}}
	}
	if i%5 == 3 {
		spec["securityContext"] = object{"runAsNonRoot": true, "runAsUser": 1000 + i}
	}
	return spec
}

func container(name string, i int) object {
	c := object{"name": name, "image": fmt.Sprintf("registry.example.com/%s:v1.%d", name, i)}
	var env []object
	for n := range i {
		env = append(env, object{"name": fmt.Sprintf("SETTING_%d", n), "value": fmt.Sprintf("http://service-%d.example.com/?n=%d", n, i)})
	}
	c["env"] = env
	if i%2 == 0 {
		c["resources"] = object{"requests": object{"cpu": fmt.Sprintf("%dm", 100+i), "memory": "64Mi"}}
	}
	if i%3 == 0 {
		c["ports"] = []object{{"name": "http", "containerPort": 8080 + i}}
		c["readinessProbe"] = object{"httpGet": object{"path": "/ready", "port": "http"}, "periodSeconds": 5 + i}
	}
	return c
}
