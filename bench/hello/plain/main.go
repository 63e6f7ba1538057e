// The command lists pods by the standard library.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
)

func main() {
	resp, err := http.Get("http://localhost:8001/api/v1/pods")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	var pods struct {
		Items []struct {
			Metadata struct{ Namespace, Name string }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&pods); err != nil {
		log.Fatal(err)
	}
	for _, pod := range pods.Items {
		fmt.Println(pod.Metadata.Namespace, pod.Metadata.Name)
	}
}
