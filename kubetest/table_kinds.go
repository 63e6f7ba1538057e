package kubetest

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// kindTables are the columns of the less common kinds; those that people watch
// most are in table.go.
var kindTables = map[string][]column{
	"/endpoints": {nameColumn, {name: "Endpoints", cell: cells(func(d map[string]any) any { return endpointList(d) })}, ageColumn},
	"/persistentvolumes": {
		nameColumn,
		{name: "Capacity", cell: textCell("spec", "capacity", "storage")},
		{name: "Access Modes", cell: cells(func(d map[string]any) any { return accessModes(listAt(d, "spec", "accessModes")) })},
		{name: "Reclaim Policy", cell: textCell("spec", "persistentVolumeReclaimPolicy")},
		{name: "Status", cell: cells(func(d map[string]any) any { return phaseOrTerminating(d) })},
		{name: "Claim", cell: cells(func(d map[string]any) any { return claim(d) })},
		{name: "StorageClass", cell: textCell("spec", "storageClassName")},
		{name: "VolumeAttributesClass", cell: orUnset(textCell("spec", "volumeAttributesClassName"))},
		{name: "Reason", cell: textCell("status", "reason")},
		ageColumn,
		{name: "VolumeMode", wide: true, cell: orUnset(textCell("spec", "volumeMode"))},
	},
	"/persistentvolumeclaims": {
		nameColumn,
		{name: "Status", cell: cells(func(d map[string]any) any { return phaseOrTerminating(d) })},
		{name: "Volume", cell: textCell("spec", "volumeName")},
		{name: "Capacity", cell: whenBound(textCell("status", "capacity", "storage"))},
		{name: "Access Modes", cell: whenBound(cells(func(d map[string]any) any { return accessModes(listAt(d, "status", "accessModes")) }))},
		{name: "StorageClass", cell: textCell("spec", "storageClassName")},
		{name: "VolumeAttributesClass", cell: orUnset(textCell("spec", "volumeAttributesClassName"))},
		ageColumn,
		{name: "VolumeMode", wide: true, cell: orUnset(textCell("spec", "volumeMode"))},
	},
	"/resourcequotas": {
		nameColumn,
		{name: "Request", cell: cells(func(d map[string]any) any { return quotaUse(d, false) })},
		{name: "Limit", cell: cells(func(d map[string]any) any { return quotaUse(d, true) })},
		ageColumn,
	},
	"/podtemplates": {
		nameColumn,
		{name: "Containers", cell: cells(func(d map[string]any) any { return fromList(listAt(d, "template", "spec", "containers"), "name") })},
		{name: "Images", cell: cells(func(d map[string]any) any { return fromList(listAt(d, "template", "spec", "containers"), "image") })},
		{name: "Pod Labels", cell: orNone(cells(func(d map[string]any) any { return selectorText(at(d, "template", "metadata", "labels")) }))},
	},
	"apps/controllerrevisions": {
		nameColumn,
		{name: "Controller", cell: cells(func(d map[string]any) any { return controllerOf(d) })},
		{name: "Revision", cell: cells(func(d map[string]any) any { return number(digits(d["revision"])) })},
		ageColumn,
	},
	"batch/jobs": {
		nameColumn,
		{name: "Status", cell: cells(func(d map[string]any) any { return jobStatus(d) })},
		{name: "Completions", cell: cells(func(d map[string]any) any { return jobCompletions(d) })},
		{name: "Duration", cell: func(t *tableMaker, d map[string]any) any { return t.jobDuration(d) }},
		ageColumn, containersColumn, imagesColumn, selectorColumn,
	},
	"batch/cronjobs": {
		nameColumn,
		{name: "Schedule", cell: textCell("spec", "schedule")},
		{name: "Timezone", cell: orNone(textCell("spec", "timeZone"))},
		{name: "Suspend", typ: "boolean", cell: cells(func(d map[string]any) any { return boolText(at(d, "spec", "suspend")) })},
		{name: "Active", typ: "integer", cell: cells(func(d map[string]any) any { return number(int64(len(listAt(d, "status", "active")))) })},
		{name: "Last Schedule", cell: func(t *tableMaker, d map[string]any) any {
			if last := text(d, "status", "lastScheduleTime"); last != "" {
				return t.since(last)
			}
			return "<none>"
		}},
		ageColumn,
		{name: "Containers", wide: true, cell: cells(func(d map[string]any) any { return fromList(jobContainers(d), "name") })},
		{name: "Images", wide: true, cell: cells(func(d map[string]any) any { return fromList(jobContainers(d), "image") })},
		{name: "Selector", wide: true, cell: orNone(cells(func(d map[string]any) any {
			return selectorText(at(d, "spec", "jobTemplate", "spec", "selector"))
		}))},
	},
	"networking.k8s.io/ingresses": {
		nameColumn,
		{name: "Class", cell: orNone(textCell("spec", "ingressClassName"))},
		{name: "Hosts", cell: cells(func(d map[string]any) any { return ingressHosts(d) })},
		{name: "Address", cell: cells(func(d map[string]any) any { return ingressAddresses(d) })},
		{name: "Ports", cell: cells(func(d map[string]any) any {
			if len(listAt(d, "spec", "tls")) > 0 {
				return "80, 443"
			}
			return "80"
		})},
		ageColumn,
	},
	"networking.k8s.io/networkpolicies": {
		nameColumn,
		{name: "Pod-Selector", cell: orNone(cells(func(d map[string]any) any { return selectorText(at(d, "spec", "podSelector")) }))},
		ageColumn,
	},
	"networking.k8s.io/ingressclasses": {
		nameColumn,
		{name: "Controller", cell: textCell("spec", "controller")},
		{name: "Parameters", cell: cells(func(d map[string]any) any { return classParameters(d) })},
		ageColumn,
	},
	"rbac.authorization.k8s.io/rolebindings":        bindingColumns(),
	"rbac.authorization.k8s.io/clusterrolebindings": bindingColumns(),
	"storage.k8s.io/storageclasses": {
		{name: "Name", cell: cells(func(d map[string]any) any {
			name := text(d, "metadata", "name")
			if text(d, "metadata", "annotations", "storageclass.kubernetes.io/is-default-class") == "true" {
				name += " (default)"
			}
			return name
		})},
		{name: "Provisioner", cell: textCell("provisioner")},
		{name: "ReclaimPolicy", cell: textCell("reclaimPolicy")},
		{name: "VolumeBindingMode", cell: textCell("volumeBindingMode")},
		{name: "AllowVolumeExpansion", cell: cells(func(d map[string]any) any { return d["allowVolumeExpansion"] == true })},
		ageColumn,
	},
	"policy/poddisruptionbudgets": {
		nameColumn,
		{name: "Min Available", cell: orNA("spec", "minAvailable")},
		{name: "Max Unavailable", cell: orNA("spec", "maxUnavailable")},
		{name: "Allowed Disruptions", typ: "integer", cell: intCell("status", "disruptionsAllowed")},
		ageColumn,
	},
	"autoscaling/horizontalpodautoscalers": {
		nameColumn,
		{name: "Reference", cell: cells(func(d map[string]any) any {
			return text(d, "spec", "scaleTargetRef", "kind") + "/" + text(d, "spec", "scaleTargetRef", "name")
		})},
		{name: "Targets", cell: cells(func(d map[string]any) any { return autoscalerTargets(d) })},
		{name: "MinPods", cell: cells(func(d map[string]any) any { return fmt.Sprint(digits(at(d, "spec", "minReplicas"))) })},
		{name: "MaxPods", cell: intCell("spec", "maxReplicas")},
		{name: "Replicas", cell: intCell("status", "currentReplicas")},
		ageColumn,
	},
	"discovery.k8s.io/endpointslices": {
		nameColumn,
		{name: "AddressType", cell: textCell("addressType")},
		{name: "Ports", cell: cells(func(d map[string]any) any { return slicePorts(d) })},
		{name: "Endpoints", cell: cells(func(d map[string]any) any { return sliceAddresses(d) })},
		ageColumn,
	},
	"coordination.k8s.io/leases": {nameColumn, {name: "Holder", cell: textCell("spec", "holderIdentity")}, ageColumn},
	"scheduling.k8s.io/priorityclasses": {
		nameColumn,
		{name: "Value", typ: "integer", cell: cells(func(d map[string]any) any { return number(digits(d["value"])) })},
		{name: "Global-Default", typ: "boolean", cell: cells(func(d map[string]any) any { return d["globalDefault"] == true })},
		ageColumn,
		{name: "PreemptionPolicy", cell: textCell("preemptionPolicy")},
	},
}

func orUnset(cell func(*tableMaker, map[string]any) any) func(*tableMaker, map[string]any) any {
	return func(t *tableMaker, doc map[string]any) any {
		if v := cell(t, doc); v != "" {
			return v
		}
		return "<unset>"
	}
}

func orNA(path ...string) func(*tableMaker, map[string]any) any {
	return func(_ *tableMaker, doc map[string]any) any {
		switch v := at(doc, path...).(type) {
		case nil:
			return "N/A"
		case string:
			return v
		default:
			return shown(v)
		}
	}
}

// whenBound shows what a claim only has together with its volume.
func whenBound(cell func(*tableMaker, map[string]any) any) func(*tableMaker, map[string]any) any {
	return func(t *tableMaker, doc map[string]any) any {
		if text(doc, "spec", "volumeName") == "" {
			return ""
		}
		return cell(t, doc)
	}
}

func boolText(v any) string {
	switch v {
	case true:
		return "True"
	case false:
		return "False"
	}
	return "<unset>"
}

func phaseOrTerminating(doc map[string]any) string {
	if text(doc, "metadata", "deletionTimestamp") != "" {
		return "Terminating"
	}
	return text(doc, "status", "phase")
}

func claim(doc map[string]any) string {
	ref := mapAt(doc, "spec", "claimRef")
	if ref == nil {
		return ""
	}
	return text(ref, "namespace") + "/" + text(ref, "name")
}

func accessModes(modes []any) string {
	short := map[string]string{"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
	var out []string
	for _, mode := range []string{"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"} {
		if slices.Contains(stringsOf(modes), mode) {
			out = append(out, short[mode])
		}
	}
	return strings.Join(out, ",")
}

func quotaUse(doc map[string]any, limits bool) string {
	hard := mapAt(doc, "status", "hard")
	var out []string
	for _, name := range memberOrder(hard, noRank) {
		if strings.HasPrefix(name, "limits.") == limits {
			out = append(out, fmt.Sprintf("%s: %s/%s", name, firstText(text(doc, "status", "used", name), "0"), text(hard, name)))
		}
	}
	return strings.Join(out, ", ")
}

func fromList(list []any, member string) string {
	var out []string
	for _, c := range list {
		out = append(out, text(asMap(c), member))
	}
	return strings.Join(out, ",")
}

func controllerOf(doc map[string]any) string {
	for _, o := range listAt(doc, "metadata", "ownerReferences") {
		if o := asMap(o); o["controller"] == true {
			group, _ := splitGroupVersion(text(o, "apiVersion"))
			return groupResource(group, strings.ToLower(text(o, "kind"))) + "/" + text(o, "name")
		}
	}
	return "<none>"
}

func endpointList(doc map[string]any) string {
	var all []string
	for _, s := range listAt(doc, "subsets") {
		ports := listAt(asMap(s), "ports")
		addresses := listAt(asMap(s), "addresses")
		if len(ports) == 0 {
			for _, a := range addresses {
				all = append(all, text(asMap(a), "ip"))
			}
		}
		for _, p := range ports {
			for _, a := range addresses {
				all = append(all, net.JoinHostPort(text(asMap(a), "ip"), fmt.Sprint(digits(asMap(p)["port"]))))
			}
		}
	}
	return firstThree(all)
}

func firstThree(all []string) string {
	switch {
	case len(all) == 0:
		return "<none>"
	case len(all) > 3:
		return fmt.Sprintf("%s + %d more...", strings.Join(all[:3], ","), len(all)-3)
	}
	return strings.Join(all, ",")
}

func slicePorts(doc map[string]any) string {
	var all []string
	for _, p := range listAt(doc, "ports") {
		all = append(all, fmt.Sprint(digits(asMap(p)["port"])))
	}
	if len(all) == 0 {
		return "<unset>"
	}
	return firstThree(all)
}

func sliceAddresses(doc map[string]any) string {
	var all []string
	for _, e := range listAt(doc, "endpoints") {
		all = append(all, stringsOf(listAt(asMap(e), "addresses"))...)
	}
	if len(all) == 0 {
		return "<unset>"
	}
	return firstThree(all)
}

func jobContainers(doc map[string]any) []any {
	return listAt(doc, "spec", "jobTemplate", "spec", "template", "spec", "containers")
}

func hasCondition(doc map[string]any, kind string) bool {
	return slices.ContainsFunc(listAt(doc, "status", "conditions"), func(c any) bool {
		return text(asMap(c), "type") == kind && text(asMap(c), "status") == "True"
	})
}

func jobStatus(doc map[string]any) string {
	switch {
	case hasCondition(doc, "Complete"):
		return "Complete"
	case hasCondition(doc, "Failed"):
		return "Failed"
	case text(doc, "metadata", "deletionTimestamp") != "":
		return "Terminating"
	}
	for _, kind := range []string{"Suspended", "FailureTarget", "SuccessCriteriaMet"} {
		if hasCondition(doc, kind) {
			return kind
		}
	}
	return "Running"
}

func jobCompletions(doc map[string]any) string {
	done := digits(at(doc, "status", "succeeded"))
	if n, ok := intAt(doc, "spec", "completions"); ok {
		return fmt.Sprintf("%d/%d", done, n)
	}
	if n := digits(at(doc, "spec", "parallelism")); n > 1 {
		return fmt.Sprintf("%d/1 of %d", done, n)
	}
	return fmt.Sprintf("%d/1", done)
}

func (t *tableMaker) jobDuration(doc map[string]any) string {
	start, err := time.Parse(time.RFC3339, text(doc, "status", "startTime"))
	if err != nil {
		return ""
	}
	end, err := time.Parse(time.RFC3339, text(doc, "status", "completionTime"))
	if err != nil {
		end = t.now
	}
	return shortDuration(end.Sub(start))
}

func ingressHosts(doc map[string]any) string {
	var hosts []string
	for _, r := range listAt(doc, "spec", "rules") {
		if host := text(asMap(r), "host"); host != "" {
			hosts = append(hosts, host)
		}
	}
	switch {
	case len(hosts) == 0:
		return "*"
	case len(hosts) > 3:
		return fmt.Sprintf("%s + %d more...", strings.Join(hosts[:3], ","), len(hosts)-3)
	}
	return strings.Join(hosts, ",")
}

func ingressAddresses(doc map[string]any) string {
	var all []string
	for _, i := range listAt(doc, "status", "loadBalancer", "ingress") {
		all = append(all, firstText(text(asMap(i), "ip"), text(asMap(i), "hostname")))
	}
	return strings.Join(all, ",")
}

func classParameters(doc map[string]any) string {
	p := mapAt(doc, "spec", "parameters")
	if p == nil {
		return "<none>"
	}
	return groupResource(text(p, "apiGroup"), text(p, "kind")) + "/" + text(p, "name")
}

func bindingColumns() []column {
	subjects := func(kind string) func(*tableMaker, map[string]any) any {
		return cells(func(d map[string]any) any {
			var out []string
			for _, s := range listAt(d, "subjects") {
				if s := asMap(s); text(s, "kind") == kind {
					name := text(s, "name")
					if ns := text(s, "namespace"); kind == "ServiceAccount" {
						name = ns + "/" + name
					}
					out = append(out, name)
				}
			}
			return strings.Join(out, ", ")
		})
	}
	return []column{
		nameColumn,
		{name: "Role", cell: cells(func(d map[string]any) any { return text(d, "roleRef", "kind") + "/" + text(d, "roleRef", "name") })},
		ageColumn,
		{name: "Users", wide: true, cell: subjects("User")},
		{name: "Groups", wide: true, cell: subjects("Group")},
		{name: "ServiceAccounts", wide: true, cell: subjects("ServiceAccount")},
	}
}

// autoscalerTargets shows utilization targets; other metrics only by their
// type.
func autoscalerTargets(doc map[string]any) string {
	current := listAt(doc, "status", "currentMetrics")
	var out []string
	for i, m := range listAt(doc, "spec", "metrics") {
		m := asMap(m)
		n, ok := intAt(m, "resource", "target", "averageUtilization")
		if !ok {
			out = append(out, "<unknown>/"+text(m, "type"))
			continue
		}
		now := "<unknown>"
		if i < len(current) {
			if u, ok := intAt(asMap(current[i]), "resource", "current", "averageUtilization"); ok {
				now = fmt.Sprintf("%d%%", u)
			}
		}
		out = append(out, fmt.Sprintf("%s: %s/%d%%", text(m, "resource", "name"), now, n))
	}
	if len(out) == 0 {
		return "<none>"
	}
	if len(out) > 2 {
		return fmt.Sprintf("%s + %d more...", strings.Join(out[:2], ", "), len(out)-2)
	}
	return strings.Join(out, ", ")
}

// customColumns are those that a definition declares.
func customColumns(version map[string]any) []column {
	declared := listAt(version, "additionalPrinterColumns")
	if len(declared) == 0 {
		return nil
	}
	columns := []column{nameColumn}
	for _, c := range declared {
		c := asMap(c)
		path := dotPath(strings.Trim(text(c, "jsonPath"), "{}"))
		typ := text(c, "type")
		columns = append(columns, column{
			name: text(c, "name"), typ: typ, wide: digits(c["priority"]) > 0,
			cell: func(t *tableMaker, doc map[string]any) any {
				v := at(doc, path...)
				if s, ok := v.(string); ok && typ == "date" {
					return t.since(s)
				}
				return v
			},
		})
	}
	return columns
}
