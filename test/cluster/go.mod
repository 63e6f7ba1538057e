module github.com/kubeviews/kube/test/cluster

go 1.26

replace github.com/kubeviews/kube => ../..

require (
	github.com/coder/websocket v1.8.15
	github.com/google/go-cmp v0.7.0
	github.com/kubeviews/kube v0.0.0
	github.com/moby/spdystream v0.5.1
)

require (
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
)
