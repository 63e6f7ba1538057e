// Command kubectl is Kubernetes' own client, wanted here for its proxy.
package main

import (
	_ "k8s.io/client-go/plugin/pkg/client/auth" // the auth plugins a kubeconfig may name
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

func main() {
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err) // prints the error as kubectl's users know it, and exits
	}
}
