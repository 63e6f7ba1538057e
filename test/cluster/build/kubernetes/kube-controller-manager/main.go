// Command kube-controller-manager is Kubernetes' own controllers.
package main

import (
	"os"
	_ "time/tzdata" // time zones of CronJobs, on machines that have no zone files

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() { os.Exit(cli.Run(app.NewControllerManagerCommand())) }
