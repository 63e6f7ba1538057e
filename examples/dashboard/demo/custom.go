package demo

import "time"

const customGroup = "promo.shop.example"

// campaigns are the shop's own kind: what is cheaper, and when.
func campaignKind(born time.Time) object {
	schema := object{"type": "object", "properties": object{
		"spec":   object{"type": "object", "x-kubernetes-preserve-unknown-fields": true},
		"status": object{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}
	return assemble(
		object{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": object{
			"name": "campaigns." + customGroup, "creationTimestamp": stamp(born)}},
		part{by: argo, at: born, body: object{"spec": object{
			"group": customGroup, "scope": "Namespaced",
			"names": object{"plural": "campaigns", "singular": "campaign", "kind": "Campaign", "listKind": "CampaignList", "shortNames": texts("promo")},
			"versions": list{object{
				"name": "v1", "served": true, "storage": true, "subresources": object{"status": object{}},
				"schema": object{"openAPIV3Schema": schema},
				"additionalPrinterColumns": list{
					object{"name": "Discount", "type": "string", "jsonPath": ".spec.discount"},
					object{"name": "Phase", "type": "string", "jsonPath": ".status.phase"}},
			}}}}})
}

func campaigns(now time.Time) []object {
	var out []object
	for i, c := range []struct{ name, discount, phase string }{
		{"winter-sale", "20%", "Planned"}, {"free-shipping", "100%", "Running"},
		{"welcome-back", "10%", "Running"}, {"garden-week", "15%", "Ended"},
	} {
		starts := now.Add(time.Duration(-20+9*i) * 24 * time.Hour).Truncate(24 * time.Hour)
		born := now.Add(-time.Duration(40-3*i) * 24 * time.Hour)
		out = append(out, assemble(
			object{"apiVersion": customGroup + "/v1", "kind": "Campaign", "metadata": object{"name": c.name, "namespace": "shop", "creationTimestamp": stamp(born)}},
			part{by: kubectl, at: born, body: object{
				"metadata": object{"labels": labels{"team": "shop"}},
				"spec": object{"discount": c.discount, "starts": stamp(starts), "ends": stamp(starts.Add(7 * 24 * time.Hour)),
					"products": texts("garden/*", "kitchen/pans")}}},
			part{by: "campaign-operator", sub: "status", at: now.Add(-time.Hour), body: object{"status": object{
				"phase": c.phase, "orders": 1200 * i, "conditions": list{condition("Synced", true, "PricesUpdated", "", now.Add(-time.Hour))}}}}))
	}
	return out
}
