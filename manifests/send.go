package manifests

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/until"
	"github.com/kubeviews/kube/views"
)

// Target is where documents are sent: a *kube.Cluster.
type Target interface {
	Create(ctx context.Context, namespace string, manifest any, options ...items.ChangeOption) (items.Item, error)
	Apply(ctx context.Context, namespace string, manifest any, options ...items.ChangeOption) (items.Item, error)
}

// Result is what became of one document.
type Result struct {
	Document Document
	Item     items.Item // as the server answered; nil when there is an error
	Err      error      // a *ManifestError, or nil
}

// ErrNotTried is met, in a [Result], by a document that was not sent: the context
// was done, another document was bad, or, with [StopAtError], had failed.
var ErrNotTried = rest.Sentinel("kube: not tried")

// Create creates the objects of documents. An object that is there already is an
// *AlreadyExistsError in its result. See [Apply], which is the same otherwise.
func Create(ctx context.Context, to Target, docs iter.Seq2[Document, error], options ...Option) ([]Result, error) {
	return newSending(to.Create, options).run(ctx, docs)
}

// Apply applies the objects of documents by server-side apply: it creates what is
// not there, and changes what is.
//
//	results, err := manifests.Apply(ctx, cluster, manifests.Files("deploy/"))
//
// First all documents are read and checked: that each is an object with an
// apiVersion, a kind, and a name that can be one. If one of them is bad, nothing is
// sent, unless [SkipBad] says otherwise. What a kind demands, such as a namespace, is
// checked when its turn comes: the kind may be defined in the same file. They are sent one by one, what others
// need first: namespaces, definitions of custom resources, classes, quotas,
// service accounts, roles and their bindings, configuration, volumes, network
// policies, services, workloads, what scales or exposes them, everything else, and
// at last what intercepts requests, such as webhooks. Of one class, they go in the
// order in which they came. A custom resource waits for its definition.
//
// A document without a namespace goes into that of [Namespace], if its kind has
// one; without that option, it is a *NamespaceError.
//
// The results are in the order of the documents, one for each, bad ones included.
// After a failure the others are sent all the same, unless [StopAtError] is given;
// those that were not are [ErrNotTried]. The error joins those of all results that
// were tried, each a *[ManifestError] that wraps what the cluster's Apply returned;
// it is nil when all went well. When ctx is done, it wraps its cause.
func Apply(ctx context.Context, to Target, docs iter.Seq2[Document, error], options ...Option) ([]Result, error) {
	return newSending(to.Apply, options).run(ctx, docs)
}

// Option is an option of [Create] and [Apply].
type Option func(*sending)

// Namespace is for the documents that have none, if their kind has one.
func Namespace(name string) Option { return func(s *sending) { s.namespace = name } }

// DryRun has the server do everything but store the objects. A document that needs
// another one of the same run, such as its namespace, fails then.
func DryRun() Option {
	return func(s *sending) {
		s.dryRun = true
		s.options = append(s.options, items.DryRun())
	}
}

// StopAtError sends nothing after the first failure.
func StopAtError() Option { return func(s *sending) { s.stop = true } }

// SkipBad sends the good documents although others are bad.
func SkipBad() Option { return func(s *sending) { s.skipBad = true } }

// With passes options on with every object: items.FieldManager, items.Force.
func With(options ...items.ChangeOption) Option {
	return func(s *sending) { s.options = append(s.options, options...) }
}

type sendFunc func(ctx context.Context, namespace string, manifest any, options ...items.ChangeOption) (items.Item, error)

// sending is one run of Create or Apply.
type sending struct {
	send      sendFunc
	namespace string
	options   []items.ChangeOption
	dryRun    bool
	stop      bool
	skipBad   bool

	defined map[string]items.Item // definitions of this run, by what they define
}

func newSending(send sendFunc, options []Option) *sending {
	s := &sending{send: send, defined: map[string]items.Item{}}
	for _, o := range options {
		if o != nil {
			o(s)
		}
	}
	return s
}

func (s *sending) run(ctx context.Context, docs iter.Seq2[Document, error]) ([]Result, error) {
	results, bad := gather(docs)
	failed := bad && !s.skipBad
	for _, i := range inOrder(results) {
		r := &results[i]
		switch cause := rest.Cause(ctx); {
		case r.Err != nil:
		case cause != nil:
			r.fail(fmt.Errorf("%w: %w", ErrNotTried, cause))
		case failed:
			r.fail(ErrNotTried)
		default:
			s.one(ctx, r)
			failed = failed || s.stop && r.Err != nil
		}
	}
	return results, joined(ctx, results)
}

// gather reads and checks all documents.
func gather(docs iter.Seq2[Document, error]) (results []Result, bad bool) {
	for doc, err := range docs {
		r := Result{Document: doc}
		if e, ok := errors.AsType[*ManifestError](err); ok {
			r.Document.Source, r.Document.Line, r.Err = e.Source, e.Line, err
		} else if err != nil {
			r.fail(err)
		} else if _, err := views.ManifestOf(doc.Object); err != nil {
			r.fail(err)
		}
		results, bad = append(results, r), bad || r.Err != nil
	}
	return results, bad
}

func (r *Result) fail(err error) {
	r.Err = &ManifestError{r.Document.Source, r.Document.Line, err}
}

// joined is what went wrong, without what was not tried.
func joined(ctx context.Context, results []Result) error {
	var all []error
	cut := false
	for _, r := range results {
		if errors.Is(r.Err, ErrNotTried) {
			cut = true
		} else if r.Err != nil {
			all = append(all, r.Err)
		}
	}
	if cut && ctx.Err() != nil {
		all = append(all, rest.Cause(ctx))
	}
	if len(all) == 1 {
		return all[0]
	}
	return errors.Join(all...)
}

// one sends one document.
func (s *sending) one(ctx context.Context, r *Result) {
	doc := r.Document.Object
	definition := s.defined[groupKind(doc)]
	var err error
	if definition != nil {
		err = established(ctx, definition)
	}
	if err == nil {
		r.Item, err = s.patiently(ctx, r.Document, definition != nil)
	}
	if err != nil {
		r.Item = nil
		r.fail(err)
		return
	}
	if kind := definedBy(doc); kind != "" && !s.dryRun {
		s.defined[kind] = r.Item
	}
}

// A server that has established a definition may still answer 404 for a moment.
const (
	pause  = 100 * time.Millisecond
	pauses = 100
)

// patiently sends a document. One of a kind that this run has defined is sent
// again until the server knows the kind.
func (s *sending) patiently(ctx context.Context, doc Document, fresh bool) (items.Item, error) {
	for n := 0; ; n++ {
		item, err := s.place(ctx, doc)
		_, unknown := errors.AsType[*rest.KindError](err)
		if !fresh || n == pauses || !unknown && !rest.NotServed(err) {
			return item, err
		}
		if cause := sleep(ctx); cause != nil {
			return nil, err
		}
	}
}

func sleep(ctx context.Context) error {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return rest.Cause(ctx)
	}
}

// place sends a document into the namespace that it belongs to. Whether its kind
// has namespaces is known to the cluster, which tells before it sends anything.
func (s *sending) place(ctx context.Context, doc Document) (items.Item, error) {
	namespace := s.namespace
	if textAt(doc.Object, "metadata", "namespace") != "" {
		namespace = ""
	}
	item, err := s.send(ctx, namespace, doc.Object, s.options...)
	if _, ok := errors.AsType[*rest.NamespaceError](err); ok && namespace != "" {
		return s.send(ctx, "", doc.Object, s.options...)
	}
	return item, err
}

// established waits until the server has made a definition's kind, or refuses its
// names.
func established(ctx context.Context, definition items.Item) error {
	goal := until.Any(until.Condition("Established"), until.ConditionIs("NamesAccepted", "False"))
	for {
		met, err := goal.Met(definition)
		if err == nil && !met {
			err = sleep(ctx)
		}
		if met || err != nil {
			return err
		}
		if definition, err = definition.Latest(ctx); err != nil {
			return err
		}
	}
}
