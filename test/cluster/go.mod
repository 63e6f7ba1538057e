module github.com/kubeviews/kube/test/cluster

go 1.26

replace github.com/kubeviews/kube => ../..
