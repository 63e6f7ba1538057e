package items

import (
	"slices"

	"github.com/kubeviews/kube/raw"
)

// member is a member of an object, or an element of a list by its key.
type member struct {
	name  string
	value raw.Value
}

// fewMembers is up to how many a search is faster than a map.
const fewMembers = 16

// membersOf are the members of an object, each name once: the last one counts.
func membersOf(v raw.Value) []member {
	var all []member
	var places map[string]int
	for name, value := range v.Members() {
		if len(all) == fewMembers {
			places = placesOf(all)
		}
		if i := placeOf(all, places, name); i >= 0 {
			all[i].value = value
			continue
		}
		if places != nil {
			places[name] = len(all)
		}
		all = append(all, member{name, value})
	}
	return all
}

func placesOf(all []member) map[string]int {
	places := make(map[string]int, 2*len(all))
	for i, m := range all {
		places[m.name] = i
	}
	return places
}

// placeOf is where a name is, by the map if there is one; -1 if nowhere.
func placeOf(all []member, places map[string]int, name string) int {
	if places == nil {
		return slices.IndexFunc(all, func(m member) bool { return m.name == name })
	}
	if i, ok := places[name]; ok {
		return i
	}
	return -1
}

// pair is what two objects or lists have under one name.
type pair struct {
	name     string
	old, new raw.Value
	at       int // where it is among the old ones, or -1
}

// pairUp matches by name. The order is that of the new ones, and a removed one is where
// it was among those that stay.
func pairUp(olds, news []member) []pair {
	pairs := make([]pair, 0, max(len(olds), len(news)))
	if slices.EqualFunc(olds, news, func(a, b member) bool { return a.name == b.name }) {
		for i, m := range news {
			pairs = append(pairs, pair{m.name, olds[i].value, m.value, i})
		}
		return pairs
	}
	before, after := placesOf(olds), placesOf(news)
	next := 0 // the first old one that has not been passed
	pass := func(to int) {
		for ; next < to; next++ {
			if _, stays := after[olds[next].name]; !stays {
				pairs = append(pairs, pair{olds[next].name, olds[next].value, raw.Value{}, next})
			}
		}
	}
	for _, m := range news {
		i, both := before[m.name]
		if !both {
			pairs = append(pairs, pair{m.name, raw.Value{}, m.value, -1})
			continue
		}
		pass(i)
		pairs = append(pairs, pair{m.name, olds[i].value, m.value, i})
	}
	pass(len(olds))
	return pairs
}

// isReordered reports whether what is on both sides has changed places.
func isReordered(pairs []pair) bool {
	last := -1
	for _, p := range pairs {
		if p.at < 0 || !p.new.Exists() {
			continue
		}
		if p.at < last {
			return true
		}
		last = p.at
	}
	return false
}
