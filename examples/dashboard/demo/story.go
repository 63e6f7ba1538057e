package demo

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
)

// task is what a story does next, and at which step.
type task struct {
	due int
	do  func() error
}

// after has something done so many steps from now.
func (w *World) after(steps int, do func() error) {
	w.tasks = append(w.tasks, task{w.steps + steps, do})
}

// Step makes one change to the cluster, which may take several writes: what is
// due in a story, or else one of the small things that happen all the time. It
// returns what the server refused.
func (w *World) Step() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps++
	if w.steps == 1 {
		w.begin()
	}
	w.runCrons()
	err := w.next()()
	if err != nil && w.failed == nil && w.client.ctx.Err() == nil {
		w.failed = err
	}
	return err
}

// next takes the task that has been due for longest.
func (w *World) next() func() error {
	i := -1
	for k, t := range w.tasks {
		if t.due <= w.steps && (i < 0 || t.due < w.tasks[i].due) {
			i = k
		}
	}
	if i < 0 {
		return w.noise
	}
	do := w.tasks[i].do
	w.tasks = slices.Delete(w.tasks, i, i+1)
	return do
}

// begin starts the stories, each at its time.
func (w *World) begin() {
	w.after(6, w.rollout)
	w.after(3, w.crashAgain)
	w.after(25, w.scale)
	w.after(240, w.loseNode)
	for _, load := range w.workloads {
		if load.trouble == imagePull {
			w.after(20, func() error { return w.pullAgain(load) })
		}
	}
}

// patchStatus writes the status of an object; what is empty in it is taken away.
func (w *World) patchStatus(by string, t target, status object, optional ...string) error {
	patch := join(status)
	for _, name := range optional {
		if _, ok := patch[name]; !ok {
			patch[name] = nil
		}
	}
	return w.keep(by, t.status(), object{"status": patch})
}

// keep patches an object, unless that is what it did last: controllers look far
// more often than they write.
func (w *World) keep(by string, t target, patch object) error {
	text, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	path, sum := t.path(), sha256.Sum256(text)
	if w.kept[path] == sum {
		return nil
	}
	w.kept[path] = sum
	_, err = w.client.patch(by, mergePatch, t, patch)
	return err
}

// remove deletes an object; a pod gets so many seconds to end.
func (w *World) remove(t target, grace int) error {
	delete(w.kept, t.path())
	delete(w.kept, t.status().path())
	return w.client.remove(t, grace)
}
