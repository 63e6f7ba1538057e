package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"io/fs"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubeviews/kube/bench/replay"
	ours "github.com/kubeviews/kube/watch"
)

// What a real API server has said: test/cluster/recording writes it anew.
//
//go:embed testdata/*.gz
var files embed.FS

var recordings = must(fs.Sub(files, "testdata"))

// again does what takes little time often enough to be measured.
func again(n int, one side) side {
	return func(ctx context.Context) (kept any, err error) {
		for range n {
			if kept, err = one(ctx); err != nil {
				return nil, err
			}
		}
		return kept, nil
	}
}

// times is how often a recorded answer is read.
func times(s scale) int { return 1 + s.pods/30 }

func recordedList(peer string) comparison {
	return comparison{title: "recorded-list", peer: peer, metrics: work, run: func(ctx context.Context, url string, s scale) (pair, error) {
		at := url + replay.Recorded
		theirs := clients(readTyped, readDynamic)[peer](at)
		return alternate(ctx, s.rounds, again(times(s), readOurs(at)), again(times(s), theirs))
	}}
}

func recordedWatch(peer string) comparison {
	return comparison{title: "recorded-watch", peer: peer, metrics: work, run: func(ctx context.Context, url string, s scale) (pair, error) {
		at := url + replay.Recorded
		version, n, err := recordedEvents()
		if err != nil {
			return pair{}, err
		}
		start, options := ours.FromVersion(version), metav1.ListOptions{ResourceVersion: version, AllowWatchBookmarks: true}
		theirs := watchTypedFrom(peer, options)(at, n)
		return alternate(ctx, s.rounds, again(1+times(s)/10, watchOursFrom(at, start, n)), again(1+times(s)/10, theirs))
	}}
}

// recordedEvents are from which version on how many were recorded.
func recordedEvents() (version string, n int, err error) {
	server := replay.NewServer(recordings)
	list, err := server.Text("pods.json")
	if err != nil {
		return "", 0, err
	}
	var head struct{ Metadata metav1.ListMeta }
	if err := json.Unmarshal(list, &head); err != nil {
		return "", 0, err
	}
	events, err := server.Text("watch.json")
	return head.Metadata.ResourceVersion, bytes.Count(events, []byte("\n")), err
}

var recordedCases = []comparison{
	recordedList(typedJSON), recordedList(typedProtobuf), recordedList(floor),
	recordedWatch(typedJSON), recordedWatch(typedProtobuf),
}
