package kube

import (
	"errors"
	"strings"
	"testing"
)

// What kubectl says is shown without what may be a credential.
func TestLaunchErrorHidesSecrets(t *testing.T) {
	for text, want := range map[string]string{
		`error: context "gke_my-project-of-long-name_europe-west1_main" does not exist`: `error: context "gke_my-project-of-long-name_europe-west1_main" does not exist`,
		`stat /home/Me/.kube/2026/config: no such file`:                                 `stat /home/Me/.kube/2026/config: no such file`,
		`https://u:p@h/x`:                          `https://***h/x`,
		`Authorization: bearer abc`:                `Authorization: bearer ***`,
		`password="x" Token: y client-key-data=z`:  `password=*** Token: *** client-key-data=***`,
		`got eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.x`: `got ***.x`,
	} {
		var end tail
		end.Write([]byte(text))
		if got := end.text(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestTail(t *testing.T) {
	var end tail
	for range 1000 {
		end.Write([]byte(strings.Repeat("a", 50) + "\r\n"))
	}
	end.Write([]byte(strings.Repeat("b", 3*maxTail)))
	if got := end.text(); got != strings.Repeat("b", maxTail) {
		t.Errorf("got %d bytes", len(got))
	}
	var none tail
	if got := none.text(); got != "" {
		t.Errorf("got %q", got)
	}
	if text := (&LaunchError{}).Error(); text != "kube: kubectl proxy does not run" {
		t.Error(text)
	}
	if err := (&unserved{errors.New("x"), &LaunchError{Err: errEnded}}); err.Error() != "x; kubectl proxy does not run: it has ended" {
		t.Error(err)
	}
}
