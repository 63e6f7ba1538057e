package kubetest

import (
	"strings"
	"testing"
	"time"
)

const tableAccept = "application/json;as=Table;g=meta.k8s.io;v=v1"

// rowOf is the first row's cells, as JSON.
func rowOf(a *answer) string {
	a.t.Helper()
	a.must(200).has(`"Table"`, "kind")
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(jsonOf(asMap(listAt(a.doc, "rows")[0])["cells"]))
}

func TestTablesShowWhatKubectlShows(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	c := start(t, WithClock(func() time.Time { return now }))
	p := bound("a")
	p.Put(map[string]any{
		"phase": "Running", "podIP": "10.1.1.1",
		"containerStatuses": []any{map[string]any{
			"ready": true, "restartCount": 2, "state": map[string]any{"running": map[string]any{}},
			"lastState": map[string]any{"terminated": map[string]any{"finishedAt": "2030-01-01T00:01:00Z"}},
		}},
	}, "status")
	put1(t, c.srv, p)
	put1(t, c.srv, `{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1","labels":{"node-role.kubernetes.io/worker":""}},
		"spec":{"unschedulable":true},"status":{"conditions":[{"type":"Ready","status":"True"}],"nodeInfo":{"kubeletVersion":"v1.36.3"}}}`)
	put1(t, c.srv, `{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"type":"NodePort","clusterIP":"10.0.0.9","ports":[{"port":80,"nodePort":30080}]}}`)
	put1(t, c.srv, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":3},"status":{"readyReplicas":2,"updatedReplicas":3,"availableReplicas":2}}`)
	put1(t, c.srv, `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"r"}}`)
	now = now.Add(5 * time.Minute)
	for path, want := range map[string]string{
		pods:                                  `["a","1/1","Running","2 (4m ago)","5m","10.1.1.1","n1","<none>","<none>"]`,
		"/api/v1/nodes":                       `["n1","Ready,SchedulingDisabled","worker","5m","v1.36.3","<none>","<none>","<unknown>","<unknown>","<unknown>"]`,
		"/api/v1/namespaces/default/services": `["s","NodePort","10.0.0.9","<none>","80:30080/TCP","5m","<none>"]`,
		"/apis/apps/v1/namespaces/default/deployments":                `["d","2/3",3,2,"5m","","",""]`,
		"/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles": `["r","2030-01-01T00:00:00Z"]`,
	} {
		if got := rowOf(c.get(path, "Accept", tableAccept)); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestTablesIncludeTheObjectAsAsked(t *testing.T) {
	c := start(t, WithObjects(configMap("a")))
	object := func(query string) string {
		a := c.get(configMaps+query, "Accept", tableAccept).must(200)
		return text(asMap(asMap(listAt(a.doc, "rows")[0])["object"]), "kind")
	}
	for query, want := range map[string]string{
		"": "PartialObjectMetadata", "?includeObject=Metadata": "PartialObjectMetadata", "?includeObject=Object": "ConfigMap", "?includeObject=None": "",
	} {
		if got := object(query); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
	c.get(configMaps+"?includeObject=All", "Accept", tableAccept).must(400)
	c.get(configMaps+"/a", "Accept", tableAccept).must(200).has(`"Table"`, "kind")
}

func TestMetadataAlone(t *testing.T) {
	c := start(t, WithObjects(configMap("a", "x", "y")))
	const one = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
	const many = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
	c.get(configMaps+"/a", "Accept", one).must(200).has(`"PartialObjectMetadata"`, "kind").has(`{"x":"y"}`, "metadata", "labels")
	c.get(configMaps, "Accept", many).must(200).has(`"PartialObjectMetadataList"`, "kind")
	c.get(configMaps, "Accept", one).fails(406, "NotAcceptable", "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)")
	c.get(configMaps+"/a", "Accept", many).must(406)
	c.get(configMaps+"/a", "Accept", many+",application/json").must(406)
	c.get(configMaps+"/a", "Accept", "application/json;as=Odd;g=meta.k8s.io;v=v1,application/json").must(200).has(`"ConfigMap"`, "kind")
}

func TestShortDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-5 * time.Second: "<invalid>", 0: "0s", 119 * time.Second: "119s", 2 * time.Minute: "2m", 125 * time.Second: "2m5s",
		15 * time.Minute: "15m", 3 * time.Hour: "3h", 200 * time.Minute: "3h20m", 20 * time.Hour: "20h", 50 * time.Hour: "2d2h",
		30 * 24 * time.Hour: "30d", 800 * 24 * time.Hour: "2y70d", 10 * 365 * 24 * time.Hour: "10y",
	} {
		if got := shortDuration(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

func TestPodReasons(t *testing.T) {
	for body, want := range map[string]string{
		`{"status":{"phase":"Pending"}}`: "Pending",
		`{"status":{"phase":"Pending","containerStatuses":[{"state":{"waiting":{"reason":"ErrImagePull"}}}]}}`:                                       "ErrImagePull",
		`{"status":{"phase":"Failed","containerStatuses":[{"state":{"terminated":{"exitCode":3}}}]}}`:                                                "ExitCode:3",
		`{"status":{"phase":"Failed","containerStatuses":[{"state":{"terminated":{"signal":9}}}]}}`:                                                  "Signal:9",
		`{"status":{"phase":"Pending","initContainerStatuses":[{"state":{"waiting":{"reason":"PodInitializing"}}}]},"spec":{"initContainers":[{}]}}`: "Init:0/1",
		`{"status":{"phase":"Running"},"metadata":{"deletionTimestamp":"2030-01-01T00:00:00Z"}}`:                                                     "Terminating",
	} {
		doc, err := decodeObject([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if got := podReason(doc); got != want {
			t.Errorf("%s: got %s, want %s", body, got, want)
		}
	}
}
