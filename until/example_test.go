package until_test

import (
	"fmt"

	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/until"
)

func Example() {
	doc, _ := raw.Parse([]byte(`{"status": {
		"phase": "Pending",
		"conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}]
	}}`))
	revision := pod{doc} // a wait has an item

	ready := until.Condition("Ready")
	finished, err := until.Parse("jsonpath={.status.phase}=Succeeded")
	if err != nil {
		fmt.Println(err)
	}
	for _, goal := range []until.Goal{ready, until.Not(ready), until.Any(finished, until.Deleted())} {
		met, err := goal.Met(revision)
		if err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%v? %v: %s\n", goal, met, goal.Saw(revision))
	}
	// Output:
	// condition Ready? false: condition Ready is "False" (ContainersNotReady)
	// not condition Ready? true: condition Ready is "False" (ContainersNotReady)
	// any of ({.status.phase} = "Succeeded", deleted)? false: {.status.phase} is "Pending"; it exists
}

func ExampleJSONPath_malformed() {
	goal := until.JSONPath("{.status.conditions[?(@.type=Ready)].status}", "True")
	fmt.Println(goal.Err())
	// Output:
	// kube: bad JSONPath "{.status.conditions[?(@.type=Ready)].status}": at byte 28: expected ==, !=, <, <=, >, >= or ')]', found '='
}
