package cluster

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
)

// What the server remembers is in two places. etcd has every version since its last
// compaction. The API server's watch cache has, for each resource, the events since it
// was filled, as many as fit, and the lists that belong to them. A watch from a version
// is served from the cache alone, and expired where that does not reach back so far. The
// rest of a list, or a list of an exact version, comes from the cache where that has
// it, and otherwise from etcd, unless it is compacted.

// Compact makes etcd forget every version that was given out before. By itself that
// changes little for clients, because the API server serves what is in its watch cache
// as before; and smaller sizes of the cache but 0 change nothing. With the flag
//
//	cluster.APIServer: {"--watch-cache-sizes=secrets#0"}
//
// it has none for Secrets, so that each of these is expired at once: a watch, a
// continue token, and a list of an exact version. With
// "--feature-gates=ListFromCacheSnapshot=false" the latter two are, for every resource.
// Forget needs no flag.
func (c *Cluster) Compact(ctx context.Context) error {
	// A watch from version n reads from n+1, and what was compacted at n+1 still has
	// that one. With two new versions even the latest that a client holds is too old.
	var latest int64
	for range 2 {
		var err error
		if latest, err = c.touch(ctx); err != nil {
			return err
		}
	}
	in := object{"revision": fmt.Sprint(latest), "physical": true}
	return c.client.do(ctx, "POST", c.EtcdURL()+"/v3/kv/compaction", in, nil)
}

// touch writes a key that is nobody's, and returns the version of that.
func (c *Cluster) touch(ctx context.Context) (version int64, err error) {
	// In etcd's JSON, 64 bits are a string, and bytes are in base64.
	key := base64.StdEncoding.EncodeToString([]byte("kubeviews-test"))
	var out struct {
		Header struct {
			Revision int64 `json:",string"`
		}
	}
	err = c.client.do(ctx, "POST", c.EtcdURL()+"/v3/kv/put", object{"key": key, "value": key}, &out)
	return out.Header.Revision, err
}

// Forget makes every version that was given out before expired, of any resource and for
// watches and continue tokens alike: it compacts etcd, and kills and restarts the API
// server, whose watch cache then begins anew. Running watches are cut, and for a moment
// custom resources are answered with 429: that their storage is initializing.
func (c *Cluster) Forget(ctx context.Context) error {
	if err := c.Compact(ctx); err != nil {
		return err
	}
	return c.Restart(ctx, APIServer)
}

// A Backup is all that was stored in a cluster at one time.
type Backup struct{ dir string }

// Backup copies what is stored. etcd is away for that time, about a second; running
// watches go on. The copy is in the cluster's folder, and ends with the cluster.
func (c *Cluster) Backup(ctx context.Context) (*Backup, error) {
	dir, err := os.MkdirTemp(c.Dir(), "backup-")
	if err != nil {
		return nil, err
	}
	_, proc, err := c.part(Etcd)
	if err != nil {
		return nil, err
	}
	if err := proc.stop(); err != nil {
		return nil, err
	}
	if err := os.CopyFS(dir, os.DirFS(c.etcdData())); err != nil {
		return nil, err
	}
	if err := c.Restart(ctx, Etcd); err != nil {
		return nil, err
	}
	return &Backup{dir}, c.awaitAPI(ctx)
}

// Restore goes back to a Backup of the same cluster, on the same addresses. Versions go
// back too, and those that were given out since will be given out again, for something
// else: soon, if they are few, because even an idle cluster makes one every few seconds.
// A Backup can be restored several times.
//
// It kills and restarts everything that remembers more: etcd, the API server, and of
// the rest what runs, but not the proxies.
func (c *Cluster) Restore(ctx context.Context, b *Backup) error {
	again := []Part{Etcd, APIServer}
	for _, name := range []Part{ControllerManager, Scheduler, Kwok} {
		if c.PID(name) != 0 {
			again = append(again, name)
		}
	}
	for _, name := range again {
		_, proc, err := c.part(name)
		if err != nil {
			return err
		}
		if err := proc.stop(); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(c.etcdData()); err != nil {
		return err
	}
	if err := os.CopyFS(c.etcdData(), os.DirFS(b.dir)); err != nil {
		return err
	}
	for _, name := range again[:2] {
		if err := c.Restart(ctx, name); err != nil {
			return err
		}
	}
	var others []func(context.Context) error
	for _, name := range again[2:] {
		others = append(others, func(ctx context.Context) error { return c.Restart(ctx, name) })
	}
	return parallel(ctx, others...)
}

func (c *Cluster) etcdData() string { return filepath.Join(c.Dir(), "etcd") }

// awaitAPI returns when the API server is as ready as after its start.
func (c *Cluster) awaitAPI(ctx context.Context) error {
	p, _, err := c.part(APIServer)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, errSlow)
	defer cancel()
	return poll(ctx, func() error { return p.ready(ctx, nil) })
}
