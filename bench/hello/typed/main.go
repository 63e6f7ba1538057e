// The command lists pods by client-go's typed client.
package main

import (
	"context"
	"fmt"
	"log"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

func main() {
	client, err := kubernetes.NewForConfig(&rest.Config{Host: "http://localhost:8001"})
	if err != nil {
		log.Fatal(err)
	}
	pods, err := client.CoreV1().Pods("").List(context.Background(), metav1.ListOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, pod := range pods.Items {
		fmt.Println(pod.Namespace, pod.Name)
	}
}
