package kube

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/raw"
)

// R03: each option is sent as the API has it, together with the item's uid.
func TestDeleteOptionsR03(t *testing.T) {
	for name, test := range map[string]struct {
		options []items.DeleteOption
		path    []string
		want    string
	}{
		"none":       {nil, []string{"preconditions"}, `{"uid":"u"}`},
		"background": {[]items.DeleteOption{items.Propagation(items.Background)}, []string{"propagationPolicy"}, `"Background"`},
		"foreground": {[]items.DeleteOption{items.Propagation(items.Foreground)}, []string{"propagationPolicy"}, `"Foreground"`},
		"orphan":     {[]items.DeleteOption{items.Propagation(items.Orphan)}, []string{"propagationPolicy"}, `"Orphan"`},
		"grace":      {[]items.DeleteOption{items.GracePeriod(7 * time.Second)}, []string{"gracePeriodSeconds"}, `7`},
		"force":      {[]items.DeleteOption{items.Force()}, []string{"gracePeriodSeconds"}, `0`},
		"unchanged":  {[]items.DeleteOption{items.IfUnchanged()}, []string{"preconditions"}, `{"uid":"u","resourceVersion":"7"}`},
		"dry run":    {[]items.DeleteOption{items.DryRun()}, []string{"dryRun"}, `["All"]`},
	} {
		inLab(t, says(200, podText), func(t *testing.T, l *lab) {
			if err := aPod(l.Cluster).Delete(t.Context(), test.options...); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			sent, err := raw.Parse([]byte(l.bodies[0]))
			if got := sent.Get(test.path...).String(); err != nil || got != test.want {
				t.Errorf("%s: sent %s, %v", name, l.bodies[0], err)
			}
			if len(test.options) == 0 && strings.Contains(l.bodies[0], "gracePeriod") {
				t.Errorf("sent %s", l.bodies[0])
			}
		})
	}
}

// R03: what holds an object is waited for, and the wait says when it was in vain.
func TestDeleteAndWaitForFinalizersR03(t *testing.T) {
	d := newDesk(t, aConfig("example.com/hold"))
	release := func(*http.Request) {
		_, err := d.server.Update("configmaps", "default", "one", func(o kubetest.Object) { delete(o["metadata"].(map[string]any), "finalizers") })
		if err == nil {
			err = d.server.Remove("configmaps", "default", "one")
		}
		if missing := err != nil && !strings.Contains(err.Error(), "not found"); missing {
			t.Error(err)
		}
	}
	one := d.one()
	if err := one.DeleteAndWait(t.Context(), items.DryRun()); err != nil || d.count() != "0" {
		t.Errorf("a dry run waits: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	held := d.server.Inject(kubetest.Fault{Verb: "watch", Do: func(*http.Request) { cancel() }})
	var late *WaitError
	if err := one.DeleteAndWait(ctx); !errors.As(err, &late) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	held.Remove()
	d.server.Inject(kubetest.Fault{Verb: "watch", Times: 1, Do: release})
	if err := one.DeleteAndWait(t.Context()); err != nil {
		t.Error(err)
	}
}
