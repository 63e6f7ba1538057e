package sorted

// cursor is at the start of a subtree, or at a pair. It goes into a subtree only
// when it is told to.
type cursor[K, V any] struct {
	path   []step[K, V] // from the root down; empty at the end
	height int          // of the subtree; 0 at a pair
}

type step[K, V any] struct {
	node *node[K, V]
	i    int // of its pairs, or kids
}

func (m Map[K, V]) cursor() cursor[K, V] {
	if m.root == nil {
		return cursor[K, V]{}
	}
	height := 0
	for n := m.root; !n.isLeaf(); n = n.kids[0].node {
		height++
	}
	path := make([]step[K, V], 1, height+1)
	path[0].node = m.root
	return cursor[K, V]{path, height}
}

func (c *cursor[K, V]) done() bool { return len(c.path) == 0 }

func (c *cursor[K, V]) top() *step[K, V] { return &c.path[len(c.path)-1] }

func (c *cursor[K, V]) pair() *Pair[K, V] {
	at := c.top()
	return &at.node.pairs[at.i]
}

func (c *cursor[K, V]) kid() *kid[K, V] {
	at := c.top()
	return &at.node.kids[at.i]
}

func (c *cursor[K, V]) low() K {
	if c.height == 0 {
		return c.pair().Key
	}
	return c.kid().low
}

// enter moves to the first of what is in the subtree.
func (c *cursor[K, V]) enter() {
	c.path = append(c.path, step[K, V]{node: c.kid().node})
	c.height--
}

// skip moves past the pair or the whole subtree.
func (c *cursor[K, V]) skip() {
	c.top().i++
	for !c.done() && c.top().i == c.top().node.size() {
		c.path = c.path[:len(c.path)-1]
		c.height++
		if !c.done() {
			c.top().i++
		}
	}
}

func (c *cursor[K, V]) shares(other *cursor[K, V]) bool {
	return c.height > 0 && c.height == other.height && c.kid().node == other.kid().node
}
