package follow

import (
	"errors"
	"net/http"
	"time"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/watch"
)

// machine is the state of one watch. It is a value: step returns the next one
// and what is to be told, and changes nothing. Requests, clocks and chance are
// its driver's.
//
//	listing ──────► streaming ◄────── probing
//	   ▲               │ │               ▲
//	   └── waiting ◄───┘ └──► waiting ───┘
//
// A stream that ended is resumed from the last version. One that was refused as
// too old, or that has told of an unknown loss, is followed by a list, whose
// difference to what was known is told. Where the connection may have led to
// another server, or one that was set back, a probe comes first.
type machine[T any] struct {
	policy
	phase   phase
	version string // the changes up to here are known
	known   objects[T]
	partial bool // known are only the objects that were told of
	fresh   bool // no stream has got beyond the version, and a new list would not help
	began   bool // the server has answered
	gap     error
	// doubt is why the state of an object is not known, though the stream goes on.
	doubt error
	// failures counts what went wrong since the last progress.
	failures int
	// absences counts the answers in a row that the resource is not served.
	absences int
	// told says that the consumer knows of the fault that still goes on.
	told   bool
	pause  pause
	closed error
}

// policy is what differs between watches. It stays as it is.
type policy struct {
	// tellState begins with the objects that are there, as Added and Synced.
	tellState bool
	// streamList asks for a list in the form of a stream first.
	streamList bool
	// tenacious: not even a refusal of the first list is the end.
	tenacious bool
	// mustExist: the namespace is looked for when no object is left.
	mustExist bool
	// lasts is how long the server is asked to hold a stream.
	lasts time.Duration
}

type phase int

const (
	listing   phase = iota // the objects are to be listed
	probing                // the server's version is to be asked for
	streaming              // changes come
	waiting                // for the pause to be over
	closed                 // nothing comes any more
)

// pause is how long the machine waits, for what.
type pause struct {
	then     phase
	failures int           // the more, the longer
	least    time.Duration // what the server has asked for
}

// The inputs of the machine.
type (
	// input is one of those below.
	input interface{ isInput() }
	// listed: these are the objects at a version.
	listed[T any] struct {
		all     []T
		version string
	}
	// listFailed: there is no list.
	listFailed struct{ err error }
	// probed: the server is at a version.
	probed struct{ version string }
	// probeFailed: the server does not tell its version.
	probeFailed struct{ err error }
	// observed: the stream has told of a change.
	observed[T any] struct {
		how  Type // Added, Modified or Deleted
		item T
	}
	// bookmarked: the stream has told all up to a version.
	bookmarked struct{ version string }
	// unreadable: the stream has told something that cannot be understood.
	unreadable struct{ err *rest.ObjectError }
	// refused: there is no stream; err is the answer to its request.
	refused struct{ err error }
	// ended: the stream is over. Without err it ended as it should.
	ended struct {
		err   error
		heard bool // an event or bookmark came
		lived time.Duration
	}
	// woken: the pause is over.
	woken struct{}
)

func (listed[T]) isInput()   {}
func (listFailed) isInput()  {}
func (probed) isInput()      {}
func (probeFailed) isInput() {}
func (observed[T]) isInput() {}
func (bookmarked) isInput()  {}
func (unreadable) isInput()  {}
func (refused) isInput()     {}
func (ended) isInput()       {}
func (woken) isInput()       {}

// output is something to tell, and the version from which a watch can be resumed
// once it is told: "" where there is none yet. An output without a type tells
// nothing but that.
type output[T any] struct {
	Event[T]
	Resume string
}

// step is the machine's one function.
func (m machine[T]) step(in input) (machine[T], []output[T]) {
	switch in := in.(type) {
	case listed[T]:
		return m.listed(in)
	case listFailed:
		return m.listFailed(in.err)
	case probed:
		return m.probed(in.version), nil
	case probeFailed:
		return m.probeFailed(in.err)
	case observed[T]:
		return m.observed(in)
	case bookmarked:
		return m.bookmarked(in.version)
	case unreadable:
		m.doubt = in.err
		return m, m.problem(in.err)
	case refused:
		return m.refused(in.err)
	case ended:
		return m.ended(in)
	case woken:
		m.phase = m.pause.then
	}
	return m, nil
}

// problem tells an error.
func (m machine[T]) problem(err error) []output[T] {
	return []output[T]{{Event[T]{Type: Error, Err: err}, m.version}}
}

// wait pauses after a failure: err, or nil for a stream that ended too soon.
func (m machine[T]) wait(then phase, err error) machine[T] {
	m.failures++
	m.phase = waiting
	m.pause = pause{then, m.failures, retryAfter(err)}
	if !rest.NotServed(err) {
		m.absences = 0
		return m
	}
	m.absences++
	m.pause.least = max(m.pause.least, leastAbsence)
	return m
}

// progress notes that the stream works. Whether it is enough of one to shorten
// the pauses is seen when it ends.
func (m machine[T]) progress() machine[T] {
	m.absences, m.told, m.began = 0, false, true
	return m
}

// lose notes that the order of changes after the version is lost, and why.
func (m machine[T]) lose(err error) machine[T] {
	if m.gap == nil {
		m.gap = err
	}
	return m
}

// end closes the machine.
func (m machine[T]) end(err error) machine[T] {
	m.phase, m.closed = closed, err
	return m
}

// once tells an error that lasts only when it begins.
func (m machine[T]) once(err error) (machine[T], []output[T]) {
	if m.told {
		return m, nil
	}
	m.told = true
	return m, m.problem(err)
}

// hopeless reports whether a failure is the end: the first request's is, unless
// the machine is tenacious.
func (m machine[T]) hopeless(err error) bool {
	return !m.began && !m.tenacious && !isExpired(err)
}

// listFailed: a list is tried until it goes well.
func (m machine[T]) listFailed(err error) (machine[T], []output[T]) {
	var absent *rest.NamespaceError
	switch {
	case errors.As(err, &absent):
		return m.end(err), nil
	case m.streamList:
		m.streamList = false // the plain form may do
		return m, nil
	case m.hopeless(err):
		return m.end(err), nil
	case m.doubt != nil && m.gap == m.doubt && IsNonsense(err):
		// What the stream could not tell, the list cannot, either.
		m.gap, m.doubt = nil, nil
		return m.wait(streaming, err), nil
	case !IsRefusal(err):
		return m.wait(listing, err), nil
	}
	return m.wait(listing, err).vanishing(err)
}

// vanishings is after how many answers in a row that the resource is not served
// its objects are taken to be gone. A server that is starting may err once.
const vanishings = 7

// leastAbsence is how far those answers are apart at least.
const leastAbsence = 2 * time.Second

// vanishing tells a refusal, and in the end that the objects are gone with the
// resource.
func (m machine[T]) vanishing(err error) (machine[T], []output[T]) {
	m, out := m.once(err)
	if m.absences < vanishings || m.version == "" || m.known.Len() == 0 {
		return m, out
	}
	gone, told := m.lose(err).listed(listed[T]{version: m.version})
	gone.phase, gone.failures, gone.absences, gone.told = m.phase, m.failures, m.absences, true
	gone.pause.then, gone.gap = listing, err
	return gone, append(out, told...)
}

// probed: a server whose version is older than what it has told was set back.
// The stream would be silent for ever.
func (m machine[T]) probed(version string) machine[T] {
	m.began, m.absences = true, 0
	if isOlder(version, m.version) {
		m = m.lose(watch.ErrRewound)
		m.phase = listing
		return m
	}
	m.phase = streaming
	return m
}

// probeFailed: a probe that is refused tells nothing of the stream.
func (m machine[T]) probeFailed(err error) (machine[T], []output[T]) {
	var absent *rest.NamespaceError
	switch {
	case errors.As(err, &absent):
		return m.end(err), nil
	case IsRefusal(err), isExpired(err):
		m.phase = streaming
		return m, nil
	case m.hopeless(err):
		return m.end(err), nil
	}
	return m.wait(probing, err), nil
}

// refused: nothing is lost by a stream that did not begin, unless its version is
// too old.
func (m machine[T]) refused(err error) (machine[T], []output[T]) {
	switch {
	case m.hopeless(err):
		return m.end(err), nil
	case isExpired(err), isInvalid(err) && !m.fresh:
		return m.lose(err).wait(listing, err), nil
	case isInvalid(err) && !m.tenacious:
		// What was refused is the version that the caller gave, or was refused
		// with that of a fresh list, too.
		return m.end(err), nil
	case IsRefusal(err):
		return m.wait(streaming, err).vanishing(err)
	}
	return m.wait(probing, err), nil
}

// Streams that last shorter than this are not opened again at once.
const (
	shortStream = 5 * time.Second // and tell nothing
	leastStream = time.Second
)

// shortStream is shorter where the server is asked to end streams soon.
func (m machine[T]) shortStream() time.Duration {
	if m.lasts == 0 {
		return shortStream
	}
	return min(shortStream, m.lasts/2)
}

// ended: a stream is resumed, unless the server says that something is lost.
func (m machine[T]) ended(in ended) (machine[T], []output[T]) {
	next, out := m.afterStream(in)
	return next.rested(in), out
}

func (m machine[T]) afterStream(in ended) (machine[T], []output[T]) {
	m.began, m.absences = true, 0
	long, resumable := in.lived >= m.shortStream(), isResumable(in.err)
	if long && resumable {
		m = m.progress()
	}
	if long && resumable || in.heard && (long || resumable) {
		// A short stream that ends in a loss is none: a list follows it.
		m.failures = 0
	}
	switch {
	case in.err == nil:
		return m.endedWell(in), nil
	case resumable && m.doubt != nil:
		return m.lose(m.doubt).wait(listing, in.err), nil
	case resumable:
		return m.wait(probing, in.err), nil
	}
	out := []output[T](nil)
	if errors.Is(in.err, collection.ErrUnknownType) {
		out = m.problem(in.err)
	}
	return m.lose(in.err).wait(listing, in.err), out
}

// isResumable reports whether a stream that ended so lost nothing. What a server
// says in the midst of a stream may stand for an event, unless it is known to say
// that it has no time.
func isResumable(err error) bool {
	return err == nil || isTransient(err) && !isExpired(err) && !errors.Is(err, collection.ErrUnknownType)
}

func (m machine[T]) endedWell(in ended) machine[T] {
	next := streaming
	switch {
	case m.doubt != nil:
		m, next = m.lose(m.doubt), listing
	case !in.heard || m.mustExist && m.known.Len() == 0:
		next = probing
	}
	if !in.heard && in.lived < m.shortStream() {
		return m.wait(next, nil)
	}
	m.phase = next
	return m
}

// rested keeps streams apart that end soon and tell something: that is progress,
// after which the pauses do not grow.
func (m machine[T]) rested(in ended) machine[T] {
	rest := leastStream - in.lived
	if !in.heard || rest <= 0 {
		return m
	}
	if m.phase != waiting {
		m.phase, m.pause = waiting, pause{then: m.phase}
	}
	m.pause.least = max(m.pause.least, rest)
	return m
}

// status is the API's answer in err: nil when there was none, but a text of a
// proxy or the fault of a connection. A Status in a stream may be without a code:
// then that of the answer, which went well, is in its place.
func status(err error) *rest.APIError {
	var e *rest.APIError
	var unreachable *rest.UnreachableError
	if errors.As(err, &unreachable) || !errors.As(err, &e) || e.Code < 400 && e.Status.IsZero() {
		return nil
	}
	return e
}

// isExpired goes by the code or the reason: not all servers send both.
func isExpired(err error) bool {
	e := status(err)
	return e != nil && (e.Code == http.StatusGone || e.Reason == "Expired" || e.Reason == "Gone")
}

func isInvalid(err error) bool {
	var e *rest.InvalidError
	return errors.As(err, &e)
}

// IsRefusal reports whether the server has understood, and says no.
func IsRefusal(err error) bool {
	e := status(err)
	return e != nil && e.Code >= 400 && e.Code < 500 && !isTransient(err) && !isExpired(err)
}

// IsNonsense reports whether an answer went well, and makes no sense.
func IsNonsense(err error) bool {
	var e *rest.APIError
	var unreachable *rest.UnreachableError
	return errors.As(err, &e) && e.Code < 300 && e.Status.IsZero() && !errors.As(err, &unreachable)
}

// isTransient reports whether it makes sense to try the very same again: the
// connection broke, or the server has no time, or does not know the version yet.
func isTransient(err error) bool {
	e := status(err)
	if e == nil {
		return true
	}
	switch e.Code {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

func retryAfter(err error) time.Duration {
	var e *rest.APIError
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}
