package kubetest

import (
	"maps"
	"slices"
)

// Backup is a server's whole state at one moment.
type Backup struct {
	version uint64
	items   map[string][]*revision // by group/plural
	order   []*resource
}

// Backup keeps the present state.
func (s *Server) Backup() *Backup {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	b := &Backup{version: s.store.version, items: map[string][]*revision{}, order: slices.Clone(s.store.kinds.order)}
	for key, t := range s.store.tables {
		b.items[key] = t.snapshot()
	}
	return b
}

// Restore sets the server back to a backup, versions included, as an etcd that
// was restored from one: the versions that clients have seen since then are
// ahead of the server. All connections are cut.
func (s *Server) Restore(b *Backup) {
	s.store.mu.Lock()
	s.store.restore(b)
	s.store.mu.Unlock()
	s.EndWatches()
	s.CutConnections()
}

func (s *store) restore(b *Backup) {
	s.version, s.compacted = b.version, min(s.compacted, b.version)
	s.kinds = newRegistry()
	for _, r := range b.order {
		s.kinds.add(r)
		s.tables[r.Group+"/"+r.Plural] = r.table
	}
	clear(s.owned)
	clear(s.uids)
	clear(s.waiting)
	for key, t := range maps.All(s.tables) {
		t.items, t.shared = b.items[key], true
		t.log, t.forgotten, t.closed = nil, b.version, false
		for _, rev := range t.items {
			s.track(t, nil, rev)
		}
		t.wake()
	}
}
