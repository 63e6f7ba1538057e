package kubetest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// column is one column of a server-side table.
type column struct {
	name string
	typ  string // string when empty
	wide bool   // only with -o wide
	cell func(t *tableMaker, doc map[string]any) any
}

// tableMaker renders the cells of one answer.
type tableMaker struct {
	now time.Time
}

// writeTable answers a list as a table.
func (c *call) writeTable(p *page, f form) error {
	doc, err := c.tableOf(p.items, p.metadata(), f, false)
	if err != nil {
		return err
	}
	c.send(http.StatusOK, encodeTable(doc), f)
	return nil
}

var tableRank = ranks("kind", "apiVersion", "metadata", "columnDefinitions", "rows")

func encodeTable(doc map[string]any) []byte { return appendMap(nil, doc, tableRank) }

// tableOf makes the Table of some objects.
func (c *call) tableOf(items []*revision, meta map[string]any, f form, single bool) (map[string]any, error) {
	include := c.query.Get("includeObject")
	switch include {
	case "", "Metadata", "None", "Object":
	default:
		return nil, badRequest("Unable to convert to Table as requested: includeObject: Invalid value: %q: must be 'Metadata', 'Object', 'None', or empty", include)
	}
	columns := c.res.columns()
	t := &tableMaker{now: c.srv.now()}
	rows := make([]any, len(items))
	for i, rev := range items {
		rows[i] = t.row(c.res, columns, rev.doc, include, f)
	}
	if meta == nil {
		meta = map[string]any{}
		if single && len(items) == 1 {
			meta["resourceVersion"] = text(items[0].doc, "metadata", "resourceVersion")
		}
	}
	return map[string]any{
		"kind": "Table", "apiVersion": "meta.k8s.io/" + f.version, "metadata": meta,
		"columnDefinitions": definitions(columns), "rows": rows,
	}, nil
}

func definitions(columns []column) []any {
	out := make([]any, len(columns))
	for i, col := range columns {
		format, priority := "", int64(0)
		if col.name == "Name" {
			format = "name"
		}
		if col.wide {
			priority = 1
		}
		typ := col.typ
		if typ == "" {
			typ = "string"
		}
		out[i] = map[string]any{
			"name": col.name, "type": typ, "format": format, "priority": number(priority), "description": "",
		}
	}
	return out
}

func (t *tableMaker) row(r *resource, columns []column, doc map[string]any, include string, f form) map[string]any {
	cells := make([]any, len(columns))
	if doc == nil {
		doc = map[string]any{}
	}
	for i, col := range columns {
		cells[i] = col.cell(t, doc)
	}
	row := map[string]any{"cells": cells, "object": nil}
	switch include {
	case "None":
	case "Object":
		row["object"] = r.dress(doc)
	default:
		row["object"] = partial(doc, f)
	}
	return row
}

// columns are those that "kubectl get" shows for the kind.
func (r *resource) columns() []column {
	if cols, ok := kindColumns[r.Group+"/"+r.Plural]; ok && r.builtin {
		return cols
	}
	if cols, ok := kindTables[r.Group+"/"+r.Plural]; ok && r.builtin {
		return cols
	}
	if r.printed != nil {
		return r.printed
	}
	if !r.builtin {
		return []column{nameColumn, {name: "Age", typ: "date", cell: ageColumn.cell}}
	}
	return []column{nameColumn, {name: "Created At", typ: "date", cell: textCell("metadata", "creationTimestamp")}}
}

var (
	nameColumn = column{name: "Name", cell: textCell("metadata", "name")}
	ageColumn  = column{name: "Age", cell: func(t *tableMaker, doc map[string]any) any {
		return t.since(text(doc, "metadata", "creationTimestamp"))
	}}
)

func textCell(path ...string) func(*tableMaker, map[string]any) any {
	return func(_ *tableMaker, doc map[string]any) any { return text(doc, path...) }
}

func intCell(path ...string) func(*tableMaker, map[string]any) any {
	return func(_ *tableMaker, doc map[string]any) any {
		n, _ := intAt(doc, path...)
		return number(n)
	}
}

func orNone(cell func(*tableMaker, map[string]any) any) func(*tableMaker, map[string]any) any {
	return func(t *tableMaker, doc map[string]any) any {
		if v := cell(t, doc); v != "" {
			return v
		}
		return "<none>"
	}
}

func cells(f func(doc map[string]any) any) func(*tableMaker, map[string]any) any {
	return func(_ *tableMaker, doc map[string]any) any { return f(doc) }
}

// since is an age as kubectl shows it.
func (t *tableMaker) since(stamp string) string {
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return "<unknown>"
	}
	return shortDuration(t.now.Sub(at))
}

// shortDuration keeps two or three digits of what matters.
func shortDuration(d time.Duration) string {
	seconds := int(d.Seconds())
	switch {
	case seconds < -1:
		return "<invalid>"
	case seconds < 0:
		return "0s"
	case seconds < 120:
		return fmt.Sprintf("%ds", seconds)
	}
	minutes := seconds / 60
	hours := minutes / 60
	days := hours / 24
	switch {
	case minutes < 10:
		return withRest(minutes, "m", seconds%60, "s")
	case minutes < 180:
		return fmt.Sprintf("%dm", minutes)
	case hours < 8:
		return withRest(hours, "h", minutes%60, "m")
	case hours < 48:
		return fmt.Sprintf("%dh", hours)
	case hours < 192:
		return withRest(days, "d", hours%24, "h")
	case days < 365*2:
		return fmt.Sprintf("%dd", days)
	case days < 365*8:
		return withRest(days/365, "y", days%365, "d")
	}
	return fmt.Sprintf("%dy", days/365)
}

func withRest(n int, unit string, rest int, restUnit string) string {
	if rest == 0 {
		return fmt.Sprintf("%d%s", n, unit)
	}
	return fmt.Sprintf("%d%s%d%s", n, unit, rest, restUnit)
}

// podColumns and the others repeat what the real server's printers show.
var kindColumns = map[string][]column{
	"/pods": {
		nameColumn,
		{name: "Ready", cell: cells(func(d map[string]any) any { r, n, _ := podState(d); return fmt.Sprintf("%d/%d", r, n) })},
		{name: "Status", cell: cells(func(d map[string]any) any { return podReason(d) })},
		{name: "Restarts", cell: func(t *tableMaker, d map[string]any) any { return t.podRestarts(d) }},
		ageColumn,
		{name: "IP", wide: true, cell: orNone(cells(func(d map[string]any) any { return podIP(d) }))},
		{name: "Node", wide: true, cell: orNone(textCell("spec", "nodeName"))},
		{name: "Nominated Node", wide: true, cell: orNone(textCell("status", "nominatedNodeName"))},
		{name: "Readiness Gates", wide: true, cell: cells(func(d map[string]any) any { return readinessGates(d) })},
	},
	"/nodes": {
		nameColumn,
		{name: "Status", cell: cells(func(d map[string]any) any { return nodeStatus(d) })},
		{name: "Roles", cell: cells(func(d map[string]any) any { return nodeRoles(d) })},
		ageColumn,
		{name: "Version", cell: textCell("status", "nodeInfo", "kubeletVersion")},
		{name: "Internal-IP", wide: true, cell: cells(func(d map[string]any) any { return nodeAddress(d, "InternalIP") })},
		{name: "External-IP", wide: true, cell: cells(func(d map[string]any) any { return nodeAddress(d, "ExternalIP") })},
		{name: "OS-Image", wide: true, cell: orUnknown(textCell("status", "nodeInfo", "osImage"))},
		{name: "Kernel-Version", wide: true, cell: orUnknown(textCell("status", "nodeInfo", "kernelVersion"))},
		{name: "Container-Runtime", wide: true, cell: orUnknown(textCell("status", "nodeInfo", "containerRuntimeVersion"))},
	},
	"/namespaces": {nameColumn, {name: "Status", cell: textCell("status", "phase")}, ageColumn},
	"/services": {
		nameColumn,
		{name: "Type", cell: textCell("spec", "type")},
		{name: "Cluster-IP", cell: orNone(textCell("spec", "clusterIP"))},
		{name: "External-IP", cell: cells(func(d map[string]any) any { return externalIP(d) })},
		{name: "Port(s)", cell: orNone(cells(func(d map[string]any) any { return servicePorts(d) }))},
		ageColumn,
		{name: "Selector", wide: true, cell: orNone(cells(func(d map[string]any) any { return selectorText(at(d, "spec", "selector")) }))},
	},
	"/secrets": {
		nameColumn, {name: "Type", cell: textCell("type")},
		{name: "Data", cell: cells(func(d map[string]any) any { return number(int64(len(mapAt(d, "data")))) })}, ageColumn,
	},
	"/configmaps": {
		nameColumn,
		{name: "Data", cell: cells(func(d map[string]any) any {
			return number(int64(len(mapAt(d, "data")) + len(mapAt(d, "binaryData"))))
		})}, ageColumn,
	},
	"/serviceaccounts": {nameColumn, ageColumn},
	"/events": {
		{name: "Last Seen", cell: func(t *tableMaker, d map[string]any) any { return t.lastSeen(d) }},
		{name: "Type", cell: textCell("type")}, {name: "Reason", cell: textCell("reason")},
		{name: "Object", cell: cells(func(d map[string]any) any {
			return strings.ToLower(text(d, "involvedObject", "kind")) + "/" + text(d, "involvedObject", "name")
		})},
		{name: "Subobject", wide: true, cell: textCell("involvedObject", "fieldPath")},
		{name: "Source", wide: true, cell: cells(func(d map[string]any) any { return eventSource(d) })},
		{name: "Message", cell: cells(func(d map[string]any) any { return strings.TrimSpace(text(d, "message")) })},
		{name: "First Seen", wide: true, cell: func(t *tableMaker, d map[string]any) any { return t.firstSeen(d) }},
		{name: "Count", wide: true, cell: cells(func(d map[string]any) any { return number(max(1, digits(d["count"]))) })},
		{name: "Name", wide: true, cell: textCell("metadata", "name")},
	},
	"/replicationcontrollers": replicaColumns(),
	"apps/replicasets":        replicaColumns(),
	"apps/deployments": {
		nameColumn,
		{name: "Ready", cell: cells(func(d map[string]any) any {
			return fmt.Sprintf("%d/%d", digits(at(d, "status", "readyReplicas")), digits(at(d, "spec", "replicas")))
		})},
		{name: "Up-to-date", cell: intCell("status", "updatedReplicas")},
		{name: "Available", cell: intCell("status", "availableReplicas")},
		ageColumn, containersColumn, imagesColumn, selectorColumn,
	},
	"apps/daemonsets": {
		nameColumn,
		{name: "Desired", typ: "integer", cell: intCell("status", "desiredNumberScheduled")},
		{name: "Current", typ: "integer", cell: intCell("status", "currentNumberScheduled")},
		{name: "Ready", typ: "integer", cell: intCell("status", "numberReady")},
		{name: "Up-to-date", typ: "integer", cell: intCell("status", "updatedNumberScheduled")},
		{name: "Available", typ: "integer", cell: intCell("status", "numberAvailable")},
		{name: "Node Selector", cell: orNone(cells(func(d map[string]any) any {
			return selectorText(at(d, "spec", "template", "spec", "nodeSelector"))
		}))},
		ageColumn, containersColumn, imagesColumn, selectorColumn,
	},
	"apps/statefulsets": {
		nameColumn,
		{name: "Ready", cell: cells(func(d map[string]any) any {
			return fmt.Sprintf("%d/%d", digits(at(d, "status", "readyReplicas")), digits(at(d, "spec", "replicas")))
		})},
		ageColumn, containersColumn, imagesColumn,
	},
}

var (
	containersColumn = column{name: "Containers", wide: true, cell: cells(func(d map[string]any) any { return fromContainers(d, "name") })}
	imagesColumn     = column{name: "Images", wide: true, cell: cells(func(d map[string]any) any { return fromContainers(d, "image") })}
	selectorColumn   = column{name: "Selector", wide: true, cell: cells(func(d map[string]any) any { return selectorText(at(d, "spec", "selector")) })}
)

func replicaColumns() []column {
	return []column{
		nameColumn,
		{name: "Desired", typ: "integer", cell: intCell("spec", "replicas")},
		{name: "Current", typ: "integer", cell: intCell("status", "replicas")},
		{name: "Ready", typ: "integer", cell: intCell("status", "readyReplicas")},
		ageColumn, containersColumn, imagesColumn, selectorColumn,
	}
}

func orUnknown(cell func(*tableMaker, map[string]any) any) func(*tableMaker, map[string]any) any {
	return func(t *tableMaker, doc map[string]any) any {
		if v := cell(t, doc); v != "" {
			return v
		}
		return "<unknown>"
	}
}

func fromContainers(doc map[string]any, member string) string {
	return fromList(listAt(doc, "spec", "template", "spec", "containers"), member)
}

// podState counts a pod's ready containers, all of them, and restarts.
func podState(doc map[string]any) (ready, total int, restarts int64) {
	total = len(listAt(doc, "spec", "containers"))
	for _, s := range listAt(doc, "status", "containerStatuses") {
		s := asMap(s)
		n, _ := intAt(s, "restartCount")
		restarts += n
		if s["ready"] == true && mapAt(s, "state", "running") != nil {
			ready++
		}
	}
	return ready, total, restarts
}

func (t *tableMaker) podRestarts(doc map[string]any) any {
	_, _, n := podState(doc)
	last := ""
	for _, s := range listAt(doc, "status", "containerStatuses") {
		last = max(last, text(asMap(s), "lastState", "terminated", "finishedAt"))
	}
	if n > 0 && last != "" {
		return fmt.Sprintf("%d (%s ago)", n, t.since(last))
	}
	return fmt.Sprint(n)
}

// podReason is the one word for how a pod does.
func podReason(doc map[string]any) string {
	reason := firstText(text(doc, "status", "reason"), text(doc, "status", "phase"))
	statuses := listAt(doc, "status", "containerStatuses")
	if initReason := initReason(doc); initReason != "" {
		reason = initReason
	} else {
		running := false
		for i := len(statuses) - 1; i >= 0; i-- {
			s := asMap(statuses[i])
			if r := stateReason(s); r != "" {
				reason = r
			} else if s["ready"] == true && mapAt(s, "state", "running") != nil {
				running = true
			}
		}
		if reason == "Completed" && running {
			reason = "Running"
			if !podReady(doc) {
				reason = "NotReady"
			}
		}
	}
	if text(doc, "metadata", "deletionTimestamp") != "" {
		switch {
		case text(doc, "status", "reason") == "NodeLost":
			return "Unknown"
		case text(doc, "status", "phase") != "Succeeded" && text(doc, "status", "phase") != "Failed":
			return "Terminating"
		}
	}
	return reason
}

func podReady(doc map[string]any) bool {
	for _, c := range listAt(doc, "status", "conditions") {
		if text(asMap(c), "type") == "Ready" {
			return text(asMap(c), "status") == "True"
		}
	}
	return false
}

func stateReason(status map[string]any) string {
	if r := text(status, "state", "waiting", "reason"); r != "" {
		return r
	}
	ended := mapAt(status, "state", "terminated")
	if ended == nil {
		return ""
	}
	if r := text(ended, "reason"); r != "" {
		return r
	}
	if n, ok := intAt(ended, "signal"); ok && n != 0 {
		return fmt.Sprintf("Signal:%d", n)
	}
	return fmt.Sprintf("ExitCode:%d", digits(ended["exitCode"]))
}

// initReason says how far a pod's init containers have come, "" when they are
// done.
func initReason(doc map[string]any) string {
	statuses := listAt(doc, "status", "initContainerStatuses")
	for i, s := range statuses {
		s := asMap(s)
		ended := mapAt(s, "state", "terminated")
		if ended != nil && digits(ended["exitCode"]) == 0 || s["started"] == true {
			continue
		}
		if ended != nil {
			return "Init:" + stateReason(s)
		}
		if r := text(s, "state", "waiting", "reason"); r != "" && r != "PodInitializing" {
			return "Init:" + r
		}
		return fmt.Sprintf("Init:%d/%d", i, len(listAt(doc, "spec", "initContainers")))
	}
	return ""
}

func podIP(doc map[string]any) string {
	if ips := listAt(doc, "status", "podIPs"); len(ips) > 0 {
		return text(asMap(ips[0]), "ip")
	}
	return text(doc, "status", "podIP")
}

func readinessGates(doc map[string]any) string {
	gates := listAt(doc, "spec", "readinessGates")
	if len(gates) == 0 {
		return "<none>"
	}
	n := 0
	for _, g := range gates {
		for _, c := range listAt(doc, "status", "conditions") {
			if text(asMap(c), "type") == text(asMap(g), "conditionType") && text(asMap(c), "status") == "True" {
				n++
			}
		}
	}
	return fmt.Sprintf("%d/%d", n, len(gates))
}

func nodeStatus(doc map[string]any) string {
	status := "Unknown"
	for _, c := range listAt(doc, "status", "conditions") {
		if c := asMap(c); text(c, "type") == "Ready" {
			status = "NotReady"
			if text(c, "status") == "True" {
				status = "Ready"
			}
		}
	}
	if at(doc, "spec", "unschedulable") == true {
		status += ",SchedulingDisabled"
	}
	return status
}

func nodeRoles(doc map[string]any) string {
	var roles []string
	labels := mapAt(doc, "metadata", "labels")
	for _, key := range memberOrder(labels, noRank) {
		if role, ok := strings.CutPrefix(key, "node-role.kubernetes.io/"); ok && role != "" {
			roles = append(roles, role)
		}
		if role, _ := labels[key].(string); key == "kubernetes.io/role" && role != "" {
			roles = append(roles, role)
		}
	}
	if len(roles) == 0 {
		return "<none>"
	}
	slices.Sort(roles)
	return strings.Join(slices.Compact(roles), ",")
}

func nodeAddress(doc map[string]any, kind string) string {
	for _, a := range listAt(doc, "status", "addresses") {
		if text(asMap(a), "type") == kind {
			return text(asMap(a), "address")
		}
	}
	return "<none>"
}

func externalIP(doc map[string]any) string {
	ips := stringsOf(listAt(doc, "spec", "externalIPs"))
	switch text(doc, "spec", "type") {
	case "ExternalName":
		return text(doc, "spec", "externalName")
	case "LoadBalancer":
		var balancers []string
		for _, i := range listAt(doc, "status", "loadBalancer", "ingress") {
			balancers = append(balancers, firstText(text(asMap(i), "ip"), text(asMap(i), "hostname")))
		}
		ips = append(balancers, ips...)
		if len(ips) == 0 {
			return "<pending>"
		}
	}
	if len(ips) == 0 {
		return "<none>"
	}
	return strings.Join(ips, ",")
}

func servicePorts(doc map[string]any) string {
	var ports []string
	for _, p := range listAt(doc, "spec", "ports") {
		p := asMap(p)
		port := shown(p["port"])
		if n := digits(p["nodePort"]); n > 0 {
			port += fmt.Sprintf(":%d", n)
		}
		ports = append(ports, port+"/"+text(p, "protocol"))
	}
	return strings.Join(ports, ",")
}

func (t *tableMaker) lastSeen(doc map[string]any) string {
	if last := text(doc, "series", "lastObservedTime"); last != "" {
		return t.since(last)
	}
	if last := text(doc, "lastTimestamp"); last != "" {
		return t.since(last)
	}
	return t.firstSeen(doc)
}

func (t *tableMaker) firstSeen(doc map[string]any) string {
	return t.since(firstText(text(doc, "firstTimestamp"), text(doc, "eventTime")))
}

func eventSource(doc map[string]any) string {
	component := firstText(text(doc, "source", "component"), text(doc, "reportingComponent"))
	if host := firstText(text(doc, "source", "host"), text(doc, "reportingInstance")); host != "" {
		return component + ", " + host
	}
	return component
}
