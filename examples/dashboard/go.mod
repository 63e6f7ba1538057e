module github.com/kubeviews/kube/examples/dashboard

go 1.26

require (
	github.com/chromedp/cdproto v0.159.0
	github.com/chromedp/chromedp v0.23.0
	github.com/kubeviews/kube v0.0.0
)

require (
	github.com/coder/websocket v1.8.15 // indirect
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	github.com/moby/spdystream v0.5.1 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
)

replace github.com/kubeviews/kube => ../..
