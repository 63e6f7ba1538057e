module github.com/kubeviews/kube

go 1.26
