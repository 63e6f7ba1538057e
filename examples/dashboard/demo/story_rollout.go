package demo

import (
	"fmt"
	"slices"
)

// rollout releases a new version of some Deployment, and plans the next.
func (w *World) rollout() error {
	w.after(70+w.dice.IntN(20), w.rollout)
	load := w.choose(func(l *workload) bool { return l.isDeployment() && l.ns != "kube-system" && l.trouble == "" && !l.busy })
	if load == nil {
		return nil
	}
	load.tag = newerTag(load.tag)
	load.revision++
	if err := w.release(load); err != nil {
		return err
	}
	if err := w.newRevision(load); err != nil {
		return err
	}
	w.pursue(load)
	return w.sync(load)
}

// choose takes a workload that will do, or nil.
func (w *World) choose(will func(*workload) bool) *workload {
	var found []*workload
	for _, load := range w.workloads {
		if will(load) {
			found = append(found, load)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return pick(w.dice, found)
}

// release writes the new template, in the way of the workload's manager.
func (w *World) release(load *workload) error {
	how, patch := mergePatch, load.written()
	if load.by == argo {
		how = applyPatch
		patch = join(patch, object{"apiVersion": "apps/v1", "kind": load.kindName(), "metadata": object{"name": load.name, "namespace": load.ns}})
	}
	doc, err := w.client.patch(load.by, how, load.target(), patch)
	load.generation = generation(doc, load.generation)
	return err
}

// newRevision makes the ReplicaSet of the new template.
func (w *World) newRevision(load *workload) error {
	s := w.newSet(load, load.tag, load.revision, w.now())
	load.sets = append(load.sets, s)
	identity := object{"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": object{"name": s.name, "namespace": load.ns}}
	doc, err := w.client.create(controller, join(identity, s.written()))
	if err != nil {
		return err
	}
	s.uid, s.generation = uidOf(doc), generation(doc, 1)
	doc, err = w.client.patch(controller, mergePatch, load.target(),
		object{"metadata": object{"annotations": labels{revisionKey: fmt.Sprint(load.revision)}}})
	load.generation = generation(doc, load.generation)
	return err
}

// pursue lets the deployment controller work until the workload is as desired.
func (w *World) pursue(load *workload) {
	if load.busy {
		return
	}
	load.busy = true
	w.after(1, func() error { return w.work(load) })
}

func (w *World) work(load *workload) error {
	done, err := w.approach(load)
	if err == nil {
		err = w.sync(load)
	}
	switch {
	case done:
		load.busy = false
		return w.forget(load, err)
	case slices.ContainsFunc(load.all(), func(p *pod) bool { return p.pending != "" || p.node != nil && p.node.down }):
		w.after(15, func() error { return w.work(load) })
	default:
		w.after(1+w.dice.IntN(2), func() error { return w.work(load) })
	}
	return err
}

// approach does the next thing that is to do for a Deployment.
func (w *World) approach(load *workload) (done bool, err error) {
	for _, next := range []func(*workload) (bool, error){w.buryDead, w.scaleUp, w.scaleDown, w.advanceYoung} {
		if did, err := next(load); did || err != nil {
			return false, err
		}
	}
	return true, nil
}

// buryDead removes the pods that have ended.
func (w *World) buryDead(load *workload) (did bool, err error) {
	for _, s := range load.sets {
		for _, p := range slices.Clone(s.pods) {
			if !p.deleted {
				continue
			}
			if err := w.bury(p); err != nil {
				return true, err
			}
			s.pods, did = without(s.pods, p), true
		}
	}
	return did, nil
}

func without(pods []*pod, p *pod) []*pod {
	return slices.DeleteFunc(pods, func(o *pod) bool { return o == p })
}

// scaleUp makes pods of the newest revision, as many as may be there at once.
func (w *World) scaleUp(load *workload) (did bool, err error) {
	s := load.newest()
	active, _ := count(load.all())
	mine, _ := count(s.pods)
	n := min(load.desired-mine, load.desired+load.surge()-active)
	if n <= 0 {
		return false, nil
	}
	if err := w.resize(s, mine+n); err != nil {
		return true, err
	}
	for range n {
		p := w.newPod(load.app, s.name+"-"+w.dice.suffix(), s.tag, s.owner(), s.podLabels(), w.now())
		s.pods = append(s.pods, p)
		if err := w.create(p); err != nil {
			return true, err
		}
	}
	return true, nil
}

// resize sets how many pods a ReplicaSet shall have.
func (w *World) resize(s *replicaSet, n int) error {
	verb, was := "up", s.desired
	if n < was {
		verb = "down"
	}
	s.desired = n
	doc, err := w.client.patch(controller, mergePatch, s.target(), object{"spec": object{"replicas": n}})
	if err != nil {
		return err
	}
	s.generation = generation(doc, s.generation)
	return w.emit(aboutWorkload(s.of, "ScalingReplicaSet", fmt.Sprintf("Scaled %s replica set %s from %d to %d", verb, s.name, was, n)))
}

// scaleDown ends pods that are too many: those of old revisions, as far as enough
// others serve, and those of the newest beyond what is desired.
func (w *World) scaleDown(load *workload) (did bool, err error) {
	_, ready := count(load.all())
	spare := ready - (load.desired - load.unavailable())
	for _, s := range load.sets {
		mine, _ := count(s.pods)
		surplus := mine
		if s == load.newest() {
			surplus = mine - load.desired
		}
		if n := min(surplus, max(spare, unready(s.pods))); n > 0 {
			return true, w.shrink(s, n)
		}
	}
	return false, nil
}

// unready is how many pods serve nobody.
func unready(pods []*pod) int {
	active, ready := count(pods)
	return active - ready
}

// shrink ends n pods of a set, those that do not serve first.
func (w *World) shrink(s *replicaSet, n int) error {
	mine, _ := count(s.pods)
	if err := w.resize(s, mine-n); err != nil {
		return err
	}
	order := slices.Clone(s.pods)
	slices.SortStableFunc(order, func(a, b *pod) int { return int(a.stage()) - int(b.stage()) })
	for _, p := range order {
		if n == 0 || !p.active() {
			continue
		}
		n--
		if err := w.kill(p); err != nil {
			return err
		}
	}
	return nil
}

// advanceYoung takes the pods that do not serve yet a stage further: those that
// are least far first.
func (w *World) advanceYoung(load *workload) (did bool, err error) {
	for _, s := range load.sets {
		for _, p := range s.pods {
			if !p.active() || p.stage() == serving && !p.nodeWentSilent {
				continue
			}
			did = true
			if err := w.advance(p); err != nil {
				return true, err
			}
		}
	}
	return did, nil
}

// forget prunes the ReplicaSets that are too old.
func (w *World) forget(load *workload, err error) error {
	for err == nil && len(load.sets) > keptSets+1 && len(load.sets[0].pods) == 0 {
		err = w.remove(load.sets[0].target(), 0)
		load.sets = load.sets[1:]
	}
	return err
}
