package kubetest

import (
	"fmt"
	"net/http"
	"strings"
)

// evictionKind is what an eviction's body is read as.
func evictionKind() *resource {
	r := builtin("policy", "v1", "evictions", "Eviction")
	return &r
}

// evict answers POST .../pods/NAME/eviction. PodDisruptionBudgets decide by
// their status, which only the test changes: no controller does.
func (c *call) evict() error {
	opts, err := c.writeOptions("CreateOptions")
	if err != nil {
		return err
	}
	d, stages, err := c.eviction()
	if err != nil {
		return err
	}
	d.dryRun = len(stages) > 0 || opts.dryRun
	s := c.srv.store
	s.mu.Lock()
	err = c.evictPod(d, stages)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	c.writeStatus(http.StatusCreated, map[string]any{
		"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{}, "status": "Success", "code": number(http.StatusCreated),
	})
	return nil
}

// eviction reads the body: an Eviction, which says how to delete. The stages of
// its dry run are checked only when the pod is deleted.
func (c *call) eviction() (d deletion, stages []any, err error) {
	d = deletion{manager: managerOf(c.req.UserAgent())}
	e := *c
	e.res = evictionKind()
	e.body = []byte(strings.Replace(string(c.body), `"policy/v1beta1"`, `"policy/v1"`, 1)) // the same kind
	doc, err := e.decodeBody()
	if err != nil {
		return d, nil, err
	}
	if err := e.claimNamespace(doc); err != nil {
		return d, nil, err
	}
	if text(doc, "metadata", "name") != c.name {
		return d, nil, badRequest("name in URL does not match name in Eviction object")
	}
	options := mapAt(doc, "deleteOptions")
	if v := options["gracePeriodSeconds"]; v != nil {
		if _, ok := toInt(v); !ok {
			return d, nil, e.wrongType(doc, fmt.Errorf("json: cannot unmarshal %s into Go struct field DeleteOptions.deleteOptions.gracePeriodSeconds of type int64", jsonKind(v)))
		}
	}
	d.read(options)
	return d, listAt(options, "dryRun"), nil
}

// evictPod asks the budgets and deletes. The caller holds the lock.
func (c *call) evictPod(d deletion, stages []any) error {
	rev := c.res.table.get(objectKey(c.ns, c.name))
	if rev == nil {
		return notFound(c.res, c.name)
	}
	if !needsNoBudget(rev.doc) {
		if err := c.srv.askBudgets(rev, d.dryRun); err != nil {
			return err
		}
	}
	if errs := checkDryRun(stages); len(errs) > 0 {
		return invalid("meta.k8s.io", "DeleteOptions", "", errs...)
	}
	if err := d.precondition(c.res, rev); err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return err
	}
	if !d.dryRun {
		c.srv.markDisrupted(c.res, rev)
		d.version = nil // it held before this change of ours
	}
	_, _, err := c.srv.deleteObject(c.res, rev.key, rev.name, d)
	return err
}

// needsNoBudget: pods that do not run, or end anyway, disrupt nothing.
func needsNoBudget(pod map[string]any) bool {
	switch text(pod, "status", "phase") {
	case "Succeeded", "Failed", "Pending":
		return true
	}
	return text(pod, "metadata", "deletionTimestamp") != ""
}

// askBudgets takes one disruption from the pod's budget.
func (s *Server) askBudgets(pod *revision, dryRun bool) error {
	budgets := s.budgetsOf(pod)
	switch {
	case len(budgets) > 1:
		return &statusError{code: http.StatusInternalServerError,
			message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."}
	case len(budgets) == 0 || unguarded(pod.doc, budgets[0].doc):
		return nil
	}
	return s.takeDisruption(pod.name, budgets[0], dryRun)
}

func (s *Server) budgetsOf(pod *revision) (found []*revision) {
	r := s.store.kinds.find("policy", "v1", "poddisruptionbudgets")
	if r == nil {
		return nil
	}
	for _, rev := range within(r.table.items, pod.ns) {
		selector, ok := at(rev.doc, "spec", "selector").(map[string]any)
		if terms, valid := selectorTerms(selector); ok && valid && terms.match(mapAt(pod.doc, "metadata", "labels")) {
			found = append(found, rev)
		}
	}
	return found
}

// selectorTerms reads a LabelSelector.
func selectorTerms(selector map[string]any) (terms labelTerms, ok bool) {
	for key, value := range mapAt(selector, "matchLabels") {
		v, _ := value.(string)
		terms = append(terms, labelTerm{key: key, op: "=", values: []string{v}})
	}
	ops := map[string]string{"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}
	for _, e := range listAt(selector, "matchExpressions") {
		op := ops[text(asMap(e), "operator")]
		if op == "" {
			return nil, false
		}
		terms = append(terms, labelTerm{key: text(asMap(e), "key"), op: op, values: stringsOf(listAt(asMap(e), "values"))})
	}
	return terms, true
}

// unguarded: a pod that is not ready may go where the budget says so, or where
// enough others are healthy.
func unguarded(pod, budget map[string]any) bool {
	for _, e := range listAt(pod, "status", "conditions") {
		if c := asMap(e); text(c, "type") == "Ready" && text(c, "status") == "True" {
			return false
		}
	}
	healthy, _ := intAt(budget, "status", "currentHealthy")
	desired, _ := intAt(budget, "status", "desiredHealthy")
	return text(budget, "spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow" || healthy >= desired && desired > 0
}

// takeDisruption is the check and the decrement of a budget's status.
func (s *Server) takeDisruption(pod string, budget *revision, dryRun bool) error {
	status := mapAt(budget.doc, "status")
	observed, _ := intAt(status, "observedGeneration")
	generation, _ := intAt(budget.doc, "metadata", "generation")
	allowed, _ := intAt(status, "disruptionsAllowed")
	r := s.store.kinds.find("policy", "v1", "poddisruptionbudgets")
	switch {
	case observed < generation:
		err := disrupts(fmt.Sprintf("The disruption budget %s is still being processed by the server.", budget.name))
		err.details["retryAfterSeconds"] = number(10)
		return err
	case allowed < 0:
		return budgetForbidden(budget.name, "pdb disruptions allowed is negative")
	case allowed == 0:
		return disrupts(noDisruption(budget.name, status))
	case dryRun:
		return nil
	}
	doc := cloneMap(budget.doc)
	put(doc, number(allowed-1), "status", "disruptionsAllowed")
	put(doc, timestamp(s.now()), "status", "disruptedPods", pod)
	if allowed == 1 {
		setCondition(doc, map[string]any{
			"type": "DisruptionAllowed", "status": "False", "reason": "InsufficientPods", "message": "",
			"observedGeneration": number(observed), "lastTransitionTime": timestamp(s.now()),
		})
	}
	s.afterWrite(r, s.store.write(r.table, doc))
	return nil
}

// budgetForbidden names the budget's kind as only this path of the server does.
func budgetForbidden(name, why string) *statusError {
	return &statusError{
		code: http.StatusForbidden, reason: "Forbidden", details: details("policy", "poddisruptionbudget", name),
		message: fmt.Sprintf("poddisruptionbudget.policy %q is forbidden: %s", name, why),
	}
}

func disrupts(why string) *statusError {
	return &statusError{
		code: http.StatusTooManyRequests, reason: "TooManyRequests",
		message: "Cannot evict pod as it would violate the pod's disruption budget.",
		details: map[string]any{"causes": []any{cause("DisruptionBudget", why, "")}},
	}
}

// noDisruption says why a budget allows none.
func noDisruption(name string, status map[string]any) string {
	healthy, _ := intAt(status, "currentHealthy")
	desired, _ := intAt(status, "desiredHealthy")
	reason, message := "", ""
	for _, e := range listAt(status, "conditions") {
		if c := asMap(e); text(c, "type") == "DisruptionAllowed" && text(c, "status") == "False" {
			reason, message = text(c, "reason"), text(c, "message")
		}
	}
	switch {
	case reason == "SyncFailed" && message != "":
		return fmt.Sprintf("The disruption budget %s does not allow evicting pods currently because it failed sync: %s", name, message)
	case healthy <= desired:
		return fmt.Sprintf("The disruption budget %s needs %d healthy pods and has %d currently", name, desired, healthy)
	case message != "":
		return fmt.Sprintf("The disruption budget %s does not allow evicting pods currently (%s): %s", name, reason, message)
	}
	return fmt.Sprintf("The disruption budget %s does not allow evicting pods currently", name)
}

// markDisrupted writes into the pod why it is going to end.
func (s *Server) markDisrupted(r *resource, rev *revision) {
	doc := cloneMap(rev.doc)
	setCondition(doc, map[string]any{
		"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting",
		"lastProbeTime": nil, "lastTransitionTime": timestamp(s.now()),
	})
	s.afterWrite(r, s.store.write(r.table, doc))
}

// setCondition replaces the condition of the same type, or adds it.
func setCondition(doc, condition map[string]any) {
	conditions := listAt(doc, "status", "conditions")
	for i, e := range conditions {
		if text(asMap(e), "type") == condition["type"] {
			conditions[i] = condition
			return
		}
	}
	put(doc, append(conditions, any(condition)), "status", "conditions")
}
