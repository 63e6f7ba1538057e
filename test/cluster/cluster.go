package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Options of a cluster; the zero value is a good one.
//
// A bare cluster starts faster, and idles: it stores, lists and watches like any other,
// but nobody acts on what is stored. It has no Nodes, a deleted Namespace stays
// Terminating, what an owner leaves behind stays, and the ClusterRoles view, edit and
// admin are empty, because a controller adds them up.
type Options struct {
	Nodes int               // how many; 0 means 2, and a negative number none
	Bare  bool              // only Etcd, APIServer and ProxyTCP: see below
	Flags map[Part][]string // more flags for a part, after its own, so that they win
	Logf  Logf              // is told what is being built

	freePort func() (int, error) // tests replace it
}

// A Cluster is a control plane that runs. Its methods may be called from several
// goroutines at once.
type Cluster struct {
	binaries    Binaries
	folder      *folder
	credentials *credentials
	client      *client
	flags       map[Part][]string
	freePort    func() (int, error)

	etcdURL, apiURL string // known once these parts have started
	tcp, unix       *Proxy

	mu      sync.Mutex
	parts   map[Part]*part
	order   []Part
	proxies int // that StartProxy has named
	grants  int // that Grant has
	stopped bool

	stop func() error // once
}

// startLimit bounds a start whose context has no end of its own. On an idle machine it
// takes some seconds.
const startLimit = 2 * time.Minute

var errSlow = fmt.Errorf("not ready within %v", startLimit)

// Start brings a cluster up, and builds it first where that is needed. ctx bounds the
// start only: the cluster lives until Stop, or until this process ends.
//
// Possible errors: *PartError when a part does not come up, and those of Build.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	binaries, err := Build(ctx, options.Logf)
	if err != nil {
		return nil, err
	}
	c, err := newCluster(binaries, options)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, errSlow)
	defer cancel()
	if err := c.start(ctx, options); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func newCluster(binaries Binaries, options Options) (*Cluster, error) {
	folder, err := newFolder()
	if err != nil {
		return nil, err
	}
	credentials, err := newCredentials(folder.path)
	if err != nil {
		return nil, errors.Join(err, folder.remove())
	}
	c := &Cluster{
		binaries:    binaries,
		folder:      folder,
		credentials: credentials,
		client:      newClient(credentials),
		flags:       options.Flags,
		freePort:    options.freePort,
		parts:       map[Part]*part{},
	}
	if c.freePort == nil {
		c.freePort = freePort
	}
	c.stop = sync.OnceValue(c.end)
	return c, nil
}

func (c *Cluster) start(ctx context.Context, options Options) error {
	if err := c.launch(ctx, c.etcd); err != nil {
		return err
	}
	if err := c.launch(ctx, c.apiserver); err != nil {
		return err
	}
	work := []func(context.Context) error{
		c.awaitNamespace,
		func(ctx context.Context) (err error) { c.tcp, err = c.startProxy(ctx, ProxyTCP); return err },
	}
	if !options.Bare {
		work = append(work, c.rest(options.Nodes)...)
	}
	return parallel(ctx, work...)
}

// rest starts what a bare cluster goes without.
func (c *Cluster) rest(nodes int) []func(context.Context) error {
	if nodes == 0 {
		nodes = 2
	}
	return []func(context.Context) error{
		func(ctx context.Context) error { return c.launch(ctx, c.controllerManager) },
		func(ctx context.Context) error { return c.launch(ctx, c.scheduler) },
		func(ctx context.Context) error { return c.launch(ctx, c.kwok) },
		func(ctx context.Context) error { return c.createNodes(ctx, nodes) },
		func(ctx context.Context) (err error) {
			c.unix, err = c.startProxy(ctx, ProxyUnix, "--unix-socket="+filepath.Join(c.Dir(), "proxy.sock"))
			return err
		},
	}
}

// portTries is how often a part is started before its ports are somebody else's for good.
const portTries = 5

// launch starts a part and waits until it is ready.
func (c *Cluster) launch(ctx context.Context, describe func() (*part, error)) error {
	for try := 1; ; try++ {
		p, err := describe()
		if err != nil {
			return err
		}
		err = c.run(ctx, p)
		if !errors.Is(err, errPortTaken) || try == portTries {
			return err
		}
	}
}

// run starts a part, for the first time or again.
func (c *Cluster) run(ctx context.Context, p *part) error {
	from := fileSize(p.logFile)
	proc, err := c.begin(p)
	if err != nil {
		return p.failure(err, nil)
	}
	if err := p.await(ctx, proc, from); err != nil {
		return errors.Join(err, proc.stop())
	}
	return nil
}

// begin is the moment from which Stop knows of the process.
func (c *Cluster) begin(p *part) (*process, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return nil, errors.New("the cluster is stopped")
	}
	proc, err := startProcess(c.binaries.Leash, p.path, p.arguments, c.environment(), c.home(), p.logFile)
	if err != nil {
		return nil, err
	}
	if c.parts[p.name] == nil {
		c.order = append(c.order, p.name)
	}
	c.parts[p.name] = p
	p.process = proc
	return proc, nil
}

// environment of every part: nothing of the user's that could change what it does.
func (c *Cluster) environment() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"TMPDIR=" + os.TempDir(),
		"HOME=" + c.home(),
		"KUBECONFIG=" + c.Kubeconfig(),
	}
}

func (c *Cluster) home() string { return filepath.Join(c.Dir(), "home") }

// Stop kills every part, waits until all are gone, and removes the cluster's folder.
// Stopping twice is fine.
func (c *Cluster) Stop() error { return c.stop() }

func (c *Cluster) end() error {
	c.mu.Lock()
	c.stopped = true
	var processes []*process
	for _, p := range c.parts {
		processes = append(processes, p.process)
	}
	c.mu.Unlock()

	for _, proc := range processes {
		proc.letGo() // all at once, so that none complains of another's absence for long
	}
	var errs []error
	for _, proc := range processes {
		errs = append(errs, proc.stop())
	}
	return errors.Join(append(errs, c.folder.remove())...)
}

// Dir is the folder of everything that the cluster writes; Stop removes it. The data of
// etcd is in its subfolder etcd.
func (c *Cluster) Dir() string { return c.folder.path }

// Kubeconfig is the path of a kubeconfig with the contexts Admin, which is current, and
// Developer.
func (c *Cluster) Kubeconfig() string { return c.credentials.kubeconfig }

// EtcdURL is where etcd serves its clients, in plain HTTP.
func (c *Cluster) EtcdURL() string { return c.etcdURL }

// Logs is what a part has written, over all its runs; "" for a part that never ran.
func (c *Cluster) Logs(name Part) string {
	return string(readFrom(c.logFile(name), 0))
}

func (c *Cluster) logFile(name Part) string {
	// A name comes from a caller; it must not lead out of the folder.
	base := strings.ReplaceAll(string(name), string(filepath.Separator), "_")
	return filepath.Join(c.Dir(), "logs", base+".log")
}

// parallel does all the work at once. The first error ends the rest.
func parallel(ctx context.Context, work ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		group sync.WaitGroup
		once  sync.Once
		first error
	)
	for _, do := range work {
		group.Go(func() {
			if err := do(ctx); err != nil {
				once.Do(func() { first = err; cancel(err) })
			}
		})
	}
	group.Wait()
	return first
}
