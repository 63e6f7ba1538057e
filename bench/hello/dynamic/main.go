// The command lists pods by client-go's dynamic client.
package main

import (
	"context"
	"fmt"
	"log"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

func main() {
	client, err := dynamic.NewForConfig(&rest.Config{Host: "http://localhost:8001"})
	if err != nil {
		log.Fatal(err)
	}
	pods, err := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).List(context.Background(), metav1.ListOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, pod := range pods.Items {
		fmt.Println(pod.GetNamespace(), pod.GetName())
	}
}
