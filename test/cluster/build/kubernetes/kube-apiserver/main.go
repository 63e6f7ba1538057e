// Command kube-apiserver is Kubernetes' own API server.
package main

import (
	"os"
	_ "time/tzdata" // time zones of CronJobs, on machines that have no zone files

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() { os.Exit(cli.Run(app.NewAPIServerCommand())) }
