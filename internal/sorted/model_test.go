package sorted

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// key has an edition that is not compared, which tells equal keys apart.
type key struct{ id, edition int }

func compareKeys(a, b key) int { return cmp.Compare(a.id, b.id) }

func sameInt(a, b int) bool { return a == b }

type pair = Pair[key, int]

type testMap = Map[key, int]

// model is what a map ought to be: a slice in order, written in place.
type model []pair

func (m model) find(id int) (int, bool) {
	return slices.BinarySearchFunc(m, id, func(p pair, id int) int { return cmp.Compare(p.Key.id, id) })
}

type operation struct {
	kind  string // "set", "delete" or "build"
	pairs []pair
}

func (op operation) onModel(m model) model {
	if op.kind == "build" {
		m = nil
	}
	for _, p := range op.pairs {
		i, found := m.find(p.Key.id)
		switch {
		case op.kind == "delete" && found:
			m = slices.Delete(m, i, i+1)
		case op.kind == "delete":
		case found:
			m[i] = p
		default:
			m = slices.Insert(m, i, p)
		}
	}
	return m
}

func (op operation) onMap(m testMap) testMap {
	if op.kind == "build" {
		return Build(compareKeys, op.pairs)
	}
	for _, p := range op.pairs {
		if op.kind == "delete" {
			m = m.Delete(p.Key)
		} else {
			m = m.Set(p.Key, p.Value)
		}
	}
	return m
}

// operations makes n of them, which fill the map and empty it in turns.
func operations(random *rand.Rand, n, ids int) []operation {
	ops := make([]operation, n)
	for i := range ops {
		kind, deletes := "set", 20
		if i*4/n%2 == 1 {
			deletes = 90
		}
		if random.IntN(100) < deletes {
			kind = "delete"
		}
		pairs := []pair{{key{random.IntN(ids), i}, i}}
		if i == 0 || random.IntN(n) == 0 {
			kind = "build"
			for j := range random.IntN(2 * ids) {
				pairs = append(pairs, pair{key{random.IntN(ids), i + j}, j})
			}
		}
		ops[i] = operation{kind, pairs}
	}
	return ops
}

// revisions returns the map after each of the operations.
func revisions(ops []operation) []testMap {
	m, all := New[key, int](compareKeys), []testMap{}
	for _, op := range ops {
		m = op.onMap(m)
		all = append(all, m)
	}
	return all
}

func TestModel(t *testing.T) {
	for seed, size := range []struct{ ops, ids int }{
		{500, 20}, {1000, 100}, {1500, 200}, {3000, 1000}, {3000, 2500},
	} {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			ops := operations(rand.New(rand.NewPCG(uint64(seed), 0)), size.ops, size.ids)
			var now model
			all := revisions(ops) // checked when all are made, so that a later one may spoil an earlier one
			for i, op := range ops {
				now = op.onModel(now)
				checkContent(t, all[i], now)
				checkTree(t, all[i])
				if i%100 == 0 {
					checkReading(t, all[i], now, size.ids)
				}
				if t.Failed() {
					t.Fatalf("after operation %d: %s", i, op.kind)
				}
			}
		})
	}
}

func TestBuild(t *testing.T) {
	for _, n := range []int{0, 1, 2, most - 1, most, most + 1, 2*most + 1, most * most, most*most + 1, 5000} {
		pairs := make([]pair, n)
		for i := range pairs {
			pairs[i] = pair{key{i, 0}, i}
		}
		m := Build(compareKeys, pairs)
		checkContent(t, m, pairs)
		checkTree(t, m)
		random := shuffled(pairs)
		before := slices.Clone(random)
		checkContent(t, Build(compareKeys, random), pairs)
		if !slices.Equal(random, before) {
			t.Errorf("Build of %d pairs sorts the caller's", n)
		}
		want := slices.Clone(pairs)
		clear(pairs)
		checkContent(t, m, want)
	}
}

func TestBuildKeepsTheLast(t *testing.T) {
	for _, ids := range [][]int{{1, 1}, {1, 1, 2, 2, 2, 3}, {3, 1, 3, 2, 1, 1}} {
		op := operation{kind: "build"}
		for i, id := range ids {
			op.pairs = append(op.pairs, pair{key{id, i}, i})
		}
		checkContent(t, Build(compareKeys, op.pairs), op.onModel(nil))
	}
}

func TestBuildFillsNodes(t *testing.T) {
	pairs := make([]pair, 10_000)
	for i := range pairs {
		pairs[i].Key.id = i
	}
	leaves, least := 0, most
	for n := range nodesOf(Build(compareKeys, pairs).root) {
		if n.isLeaf() {
			leaves++
			least = min(least, n.size())
		}
	}
	if most := (len(pairs) + most - 1) / most; leaves != most || least < len(pairs)/leaves {
		t.Errorf("%d leaves, the emptiest with %d pairs", leaves, least)
	}
}

func checkContent(t *testing.T, m testMap, want model) {
	t.Helper()
	if m.Len() != len(want) {
		t.Errorf("Len is %d, want %d", m.Len(), len(want))
	}
	i := 0
	for k, v := range m.All() {
		if i >= len(want) || (pair{k, v}) != want[i] {
			t.Fatalf("All differs at %d: %v", i, k)
		}
		i++
	}
	if i != len(want) {
		t.Errorf("All yields %d pairs, want %d", i, len(want))
	}
}

// checkReading checks all the ways to read, but All.
func checkReading(t *testing.T, m testMap, want model, ids int) {
	t.Helper()
	for i, p := range want {
		if k, v := m.At(i); (pair{k, v}) != p {
			t.Errorf("At(%d) is %v, %d, want %v", i, k, v, p)
		}
	}
	for id := -1; id <= ids; id++ {
		rank, found := want.find(id)
		if got := m.Rank(key{id: id}); got != rank {
			t.Errorf("Rank(%d) is %d, want %d", id, got, rank)
		}
		v, ok := m.Get(key{id: id})
		if ok != found || found && v != want[rank].Value || !found && v != 0 {
			t.Errorf("Get(%d) is %d, %t", id, v, ok)
		}
	}
	for id := -1; id <= ids; id += 1 + ids/20 {
		rank, _ := want.find(id)
		if got := collect(m.From(key{id: id})); !slices.Equal(got, want[rank:]) {
			t.Errorf("From(%d) yields %d pairs, want %d", id, len(got), len(want)-rank)
		}
	}
}

func collect(seq func(func(key, int) bool)) model {
	var all model
	for k, v := range seq {
		all = append(all, pair{k, v})
	}
	return all
}

func nodesOf[K, V any](root *node[K, V]) func(func(*node[K, V]) bool) {
	var walk func(*node[K, V], func(*node[K, V]) bool) bool
	walk = func(n *node[K, V], yield func(*node[K, V]) bool) bool {
		for _, k := range n.kids {
			if !walk(k.node, yield) {
				return false
			}
		}
		return yield(n)
	}
	return func(yield func(*node[K, V]) bool) {
		if root != nil {
			walk(root, yield)
		}
	}
}

// checkTree checks that the tree is balanced, and that it knows what is in it.
func checkTree(t *testing.T, m testMap) {
	t.Helper()
	if m.root == nil {
		return
	}
	if m.root.size() == 0 || !m.root.isLeaf() && m.root.size() < 2 {
		t.Errorf("a root with %d pairs, %d kids", len(m.root.pairs), len(m.root.kids))
	}
	depth(t, m.root)
	for n := range nodesOf(m.root) {
		if n.size() > most || n.size() < least && n != m.root {
			t.Errorf("a node with %d pairs, %d kids", len(n.pairs), len(n.kids))
		}
		if len(n.pairs) > 0 && len(n.kids) > 0 {
			t.Error("a node has pairs and kids")
		}
		for _, k := range n.kids {
			checkKid(t, k)
		}
	}
}

// checkKid compares editions, too.
func checkKid(t *testing.T, k kid[key, int]) {
	t.Helper()
	below := testMap{compareKeys, k.node, 0}
	count, low := 0, k.low
	for key := range below.All() {
		if count == 0 {
			low = key
		}
		count++
	}
	if k.count != count || k.low != low {
		t.Errorf("a kid has %v and %d for %v and %d", k.low, k.count, low, count)
	}
}

func depth(t *testing.T, n *node[key, int]) int {
	t.Helper()
	if n.isLeaf() {
		return 0
	}
	first := depth(t, n.kids[0].node)
	for _, k := range n.kids[1:] {
		if depth(t, k.node) != first {
			t.Error("leaves are not equally deep")
		}
	}
	return first + 1
}
