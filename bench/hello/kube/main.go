// The command lists pods.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/kubeviews/kube"
)

func main() {
	cluster, err := kube.NewCluster()
	if err != nil {
		log.Fatal(err)
	}
	defer cluster.Close()
	for pod, err := range cluster.Pods().All(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(pod.Namespace(), pod.Name())
	}
}
