package follow

import (
	"fmt"
	"github.com/kubeviews/kube/watch"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestMachineModel drives machines through what can happen to them, in any order,
// on a server of which all is known, and holds each word of theirs against that.
// The seed is the subtest's name.
func TestMachineModel(t *testing.T) {
	seen := map[string]int{}
	for seed := range 200 {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(seed), 7))
			w := newWorld(random)
			w.seen = seen
			for range random.IntN(30) {
				w.change()
			}
			first := newRun(t, w, random.IntN(4))
			first.live(20 + random.IntN(150))
			first.settle()

			// Another process goes on from anything that the first was told.
			from := first.places[len(first.places)-1-random.IntN(min(len(first.places), 1+random.IntN(200)))]
			if from.Resume == "" || from.age == w.age || number(from.Resume) > w.rev {
				second := resumed(t, w, from)
				second.live(random.IntN(60))
				second.settle()
				second.goesOn(from, first.begun)
				second.keptMaps()
			}
			first.keptMaps()
		})
	}
	for _, what := range []string{"gap", "partial gap", "rewound gap", "all gone", "unreadable", "repeated", "bookmark",
		"made anew", "made anew unseen", "resumed without", "resumed with a partial gap", "resumed in a gap", "quiet"} {
		if seen[what] < 10 {
			t.Errorf("%s was met %d times: the model is too tame", what, seen[what])
		}
	}
	t.Log(seen)
}

// world is a server with a few objects, some of which are in the selection.
type world struct {
	*rand.Rand
	age       int // counts the restores
	rev       int
	in, out   map[string]thing // by name: in the selection, and outside
	log       []change         // of the selection, in order
	compacted int              // changes up to here are forgotten
	unserved  bool
	backups   []backup
	made      *int // uids and texts are never given twice, not even by a restore
	limit     int  // the revision to stay below; 0 for none
	seen      map[string]int
}

type change struct {
	rev  int
	how  Type
	item thing
}

type backup struct {
	rev     int
	in, out map[string]thing
	log     []change
}

func newWorld(random *rand.Rand) *world {
	return &world{Rand: random, rev: 7, in: map[string]thing{}, out: map[string]thing{}, made: new(int)}
}

func number(version string) int {
	n, err := strconv.Atoi(version)
	if err != nil {
		panic(err)
	}
	return n
}

func (w *world) chance(percent int) bool { return w.IntN(100) < percent }

// change makes one change, mostly of an object of the selection.
func (w *world) change() {
	if w.limit > 0 && w.rev+2 >= w.limit {
		return
	}
	if w.chance(10) {
		w.backups = append(w.backups, backup{w.rev, maps.Clone(w.in), maps.Clone(w.out), slices.Clone(w.log)})
	}
	w.rev += 1 + w.IntN(2)*w.IntN(2) // other kinds count, too
	*w.made++
	name := string(rune('a' + w.IntN(10)))
	item, isIn := w.in[name]
	away, isOut := w.out[name]
	switch {
	case !isIn && !isOut:
		w.tell(Added, thing{name: name, uid: fmt.Sprint("u", *w.made)})
	case isOut && w.chance(20):
		delete(w.out, name)
	case isOut:
		w.tell(Added, away)
	case w.chance(15):
		w.out[name] = item
		w.tell(Deleted, item)
	case w.chance(30):
		w.tell(Deleted, item)
		if w.chance(50) && (w.limit == 0 || w.rev+2 < w.limit) {
			w.rev++
			w.tell(Added, thing{name: name, uid: fmt.Sprint("u", *w.made)})
		}
	default:
		w.tell(Modified, item)
	}
}

func (w *world) tell(how Type, item thing) {
	item.version, item.text = strconv.Itoa(w.rev), fmt.Sprint("t", *w.made)
	if how == Deleted {
		delete(w.in, item.name)
		if _, left := w.out[item.name]; left {
			w.out[item.name] = item
		}
	} else {
		delete(w.out, item.name)
		w.in[item.name] = item
	}
	w.log = append(w.log, change{w.rev, how, item})
}

// restore sets the server back to a backup from before a version.
func (w *world) restore(before int) bool {
	old := slices.DeleteFunc(slices.Clone(w.backups), func(b backup) bool { return b.rev >= before-1 || b.rev < w.compacted })
	if len(old) == 0 {
		return false
	}
	b := old[w.IntN(len(old))]
	w.rev, w.in, w.out, w.log = b.rev, maps.Clone(b.in), maps.Clone(b.out), slices.Clone(b.log)
	w.age++
	w.backups = nil
	w.limit = before
	return true
}

func (w *world) list() []thing {
	all := slices.Collect(maps.Values(w.in))
	slices.SortFunc(all, func(a, b thing) int { return KeyOf(a).Compare(KeyOf(b)) })
	w.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// next is the first change behind a revision.
func (w *world) next(rev int) (change, bool) {
	i, _ := slices.BinarySearchFunc(w.log, rev+1, func(c change, rev int) int { return c.rev - rev })
	if i == len(w.log) {
		return change{}, false
	}
	return w.log[i], true
}

// place is from where a watch can be resumed, and what its consumer then has.
type place struct {
	Resume string
	age    int
	has    map[string]thing
	whole  bool // has is all that there was
	inGap  bool
	faulty map[string]bool // objects of which something could not be read
}

// run is a machine, what drives it, and what checks it.
type run struct {
	*world
	t *testing.T
	m machine[thing]

	open   bool // there is a stream,
	cursor int  // of which this has come,
	heard  bool // and something has
	calm   bool // no more faults

	// What the consumer has been told:
	has      map[string]thing
	partial  bool             // has are only the objects that were told of
	since    int              // the changes behind this revision are told
	begun    int              // the first since
	mine     map[string]thing // has, of a consumer that goes on from a place
	pos      int
	age1     int // the age of the world that pos is of
	due      []Event[thing]
	dueRev   int
	gap      Gap
	wasWhole bool                       // Synced came, or was not to come
	missed   bool                       // a partial gap came
	tainted  map[string]bool            // something of the object could not be read
	skipped  map[int]bool               // revisions that could not be read
	places   []place                    // of each output
	kept     map[*objects[thing]]string // all maps that were known, and what they were
}

// newRun starts a machine: from now, with the state, with a snapshot, or from a
// version.
func newRun(t *testing.T, w *world, how int) *run {
	r := &run{world: w, t: t, wasWhole: true}
	r.reset()
	start, known := FromNow(), (*objects[thing])(nil)
	switch how {
	case 0:
		r.pos = -1
	case 1:
		start, r.wasWhole, r.pos = StateFirst(), false, -1
	case 2:
		all := Objects(w.list())
		start, known = FromVersion(strconv.Itoa(w.rev)), &all
		r.has, r.pos = maps.Clone(w.in), w.rev
	case 3:
		start = FromVersion(strconv.Itoa(w.rev))
		r.partial, r.pos = true, w.rev
	}
	r.since = r.pos
	r.m = initial(Source[thing]{MustExist: w.chance(50)}, start, known)
	r.places = []place{{Resume: r.m.version, age: w.age, has: maps.Clone(r.has), whole: !r.partial}}
	r.begun, r.mine = r.pos, map[string]thing{}
	return r
}

func resumed(t *testing.T, w *world, from place) *run {
	if from.Resume == "" {
		return newRun(t, w, 1)
	}
	r := newRun(t, w, 3)
	r.m = initial(Source[thing]{}, FromVersion(from.Resume), nil)
	r.pos = number(from.Resume)
	r.since, r.age1, r.mine = r.pos, from.age, maps.Clone(from.has)
	r.has = map[string]thing{}
	if from.inGap {
		r.seen["resumed in a gap"]++
	}
	if from.age != w.age {
		w.limit = r.pos // or it would not be found out
	}
	return r
}

func (r *run) reset() {
	r.has, r.tainted, r.skipped, r.kept = map[string]thing{}, map[string]bool{}, map[int]bool{}, map[*objects[thing]]string{}
	r.age1 = r.age
}

// live steps, while the world goes on.
func (r *run) live(steps int) {
	for range steps {
		for r.chance(30) {
			r.change()
		}
		if r.chance(2) {
			r.compacted = max(r.compacted, r.rev-r.IntN(10))
		}
		if r.chance(2) || r.unserved && r.chance(10) {
			r.unserved = !r.unserved
			r.hangUp()
		}
		if r.chance(2) && r.m.version != "" && r.age1 == r.age && r.restore(number(r.m.version)) {
			r.hangUp()
		}
		r.step(r.input())
		if r.m.phase == closed {
			return
		}
	}
}

// settle lets all faults end, and waits until all is told.
func (r *run) settle() {
	r.t.Helper()
	r.calm, r.unserved = true, false
	for range 200 {
		if r.m.phase == closed {
			return
		}
		if _, more := r.world.next(r.cursor); r.m.phase == streaming && r.open && !more {
			r.quiet()
			return
		}
		r.step(r.input())
	}
	r.t.Fatalf("it does not settle: %s", shown(r.m))
}

// hangUp breaks the stream, if there is one.
func (r *run) hangUp() {
	if r.open && r.m.phase == streaming {
		r.open = false
		r.step(ended{cut, r.heard, time.Second})
	}
}

// faults are what can go wrong with any request.
func (r *run) fault() error {
	if r.unserved {
		return notServed
	}
	all := []error{cut, away, busy, busyText, unavailable, internal, ahead, forbidden}
	return all[r.IntN(len(all))]
}

// input is something that can come now.
func (r *run) input() input {
	fails := r.unserved || !r.calm && r.chance(20)
	switch r.m.phase {
	case listing:
		if fails && (r.m.began || r.m.streamList) {
			return listFailed{r.fault()}
		}
		return listed[thing]{r.list(), strconv.Itoa(r.rev)}
	case probing:
		if fails && r.m.began {
			return probeFailed{r.fault()}
		}
		return probed{strconv.Itoa(r.rev)}
	case streaming:
		if !r.open {
			return r.opening(fails)
		}
		return r.event()
	case waiting:
		return woken{}
	}
	r.t.Fatalf("it is %s", shown(r.m))
	return nil
}

// opening is what can come of the request of a stream.
func (r *run) opening(fails bool) input {
	version := number(r.m.version)
	switch {
	case fails:
		return refused{r.fault()}
	case version > r.rev:
		// The server waits for a version that it has not reached.
		return []input{ended{nil, false, 0}, ended{nil, false, time.Minute}, refused{ahead}}[r.IntN(3)]
	case version < r.compacted:
		return []input{refused{gone410}, ended{goneStatus, false, 0}, ended{goneReason, false, 0}}[r.IntN(3)]
	}
	r.open, r.heard, r.cursor = true, false, version
	return r.event()
}

// event is what can come in a stream.
func (r *run) event() input {
	lived := time.Duration(r.IntN(90)) * time.Second
	c, more := r.world.next(r.cursor)
	switch p := r.IntN(100); {
	case r.calm:
	case p < 5:
		r.open = false
		return ended{nil, r.heard, lived}
	case p < 9:
		r.open = false
		return ended{[]error{cut, broken, ahead, busy}[r.IntN(4)], r.heard, lived}
	case p < 11:
		r.open = false
		return ended{[]error{internal, goneStatus, noCode, forbidden}[r.IntN(4)], r.heard, lived}
	case more && p < 13:
		r.open = false
		return ended{unknownType, r.heard, lived}
	case more && p < 16:
		r.cursor = c.rev
		r.skipped[c.rev], r.tainted[c.item.name] = true, true
		r.seen["unreadable"]++
		return unreadable{unreadableEv}
	case p < 25 && r.cursor > r.pos:
		return r.heardOf(bookmarked{strconv.Itoa(r.cursor)}) // behind something unreadable
	case p < 30 && len(r.has) > 0 && !r.partial:
		return r.heardOf(r.repeated())
	}
	if !more {
		r.seen["bookmark"]++
		return r.heardOf(bookmarked{strconv.Itoa(r.rev)})
	}
	r.cursor = c.rev
	delete(r.skipped, c.rev) // it can be read this time
	return r.heardOf(observed[thing]{c.how, c.item})
}

func (r *run) heardOf(in input) input {
	r.heard = true
	return in
}

// repeated is a change that has come before, of an object that is still there.
func (r *run) repeated() input {
	for _, c := range slices.Backward(r.log) {
		if have, ok := r.has[c.item.name]; ok && c.rev <= r.pos && c.rev <= number(have.version) && r.chance(50) {
			r.seen["repeated"]++
			return observed[thing]{c.how, c.item}
		}
	}
	return bookmarked{strconv.Itoa(r.pos)}
}

func (r *run) step(in input) {
	r.t.Helper()
	before := r.m
	next, out := r.m.step(in)
	r.m = next
	if again, _ := before.step(in); shown(again) != shown(next) {
		r.t.Fatalf("the second time %s, not %s", shown(again), shown(next))
	}
	r.kept[&next.known] = shown(machine[thing]{known: next.known})
	if next.phase != streaming {
		r.open = false
	}
	if next.gap == watch.ErrRewound {
		r.limit = 0 // it is found out
	}
	list, isList := in.(listed[thing])
	there := map[string]thing{}
	if isList {
		there = maps.Clone(r.in)
		if before.version == "" && !before.tellState {
			r.has, r.pos, r.since = there, r.rev, r.rev // from now
		}
	}
	for _, o := range out {
		r.check(o, there, before, list.version)
		if r.t.Failed() {
			r.t.Fatalf("after %T %+v of %s:\n%s", in, in, shown(before), shownOutputs(out))
		}
		r.places = append(r.places, place{o.Resume, r.age1, maps.Clone(r.has), r.wasWhole && !r.partial, !r.gap.IsZero(), maps.Clone(r.tainted)})
	}
	if isList {
		r.limit = 0
	}
	if !r.gap.IsZero() || len(r.due) > 0 {
		r.t.Fatalf("what it tells breaks off: %s", shownOutputs(out))
	}
	if _, more := r.world.next(r.cursor); r.open && !more && r.age1 == r.age {
		r.quiet()
	}
}

// check holds an output against what has happened. there is what a list showed.
func (r *run) check(o output[thing], there map[string]thing, before machine[thing], to string) {
	switch o.Type {
	case Missed:
		r.begins(o, before, to)
	case Synced:
		r.synced(o, there, to != "")
	case Error:
		if o.Err == nil {
			r.t.Error("an error without one")
		}
	case Added, Modified, Deleted:
		switch {
		case !r.gap.IsZero():
			r.differs(o)
		case !r.wasWhole:
			r.shows(o)
		default:
			r.changes(o)
		}
	}
	r.resumes(o)
}

// begins: a gap begins where the changes are known up to, and at no other place.
func (r *run) begins(o output[thing], before machine[thing], to string) {
	isList := to != ""
	if !isList { // the resource is gone
		to = before.version
	}
	rewound := r.age1 != r.age && (isList || before.gap == watch.ErrRewound)
	if before.gap == notServed {
		rewound = o.Gap.Rewound // nothing is there that could go back
	}
	if !r.gap.IsZero() || o.Gap.From != before.version || o.Gap.To != to || o.Gap.Err == nil ||
		o.Gap.Rewound != rewound || o.Gap.Partial != r.partial || o.Resume != before.version {
		r.t.Errorf("a gap %+v, rewound %v, partial %v", o.Gap, rewound, r.partial)
	}
	r.seen["gap"]++
	if o.Gap.Partial {
		r.seen["partial gap"]++
	}
	if o.Gap.Rewound {
		r.seen["rewound gap"]++
	}
	if !isList {
		r.seen["all gone"]++
	}
	r.gap = o.Gap
	r.missed = r.missed || o.Gap.Partial
}

// differs: within a gap, each event leads from what the consumer has.
func (r *run) differs(o output[thing]) {
	have, was := r.has[o.Item.name]
	switch {
	case o.Gap != r.gap:
		r.t.Errorf("the gap is %v, not %v", o.Gap, r.gap)
	case was != (o.Type != Added):
		r.t.Errorf("%s of what is %v", o.Type, have)
	case was && have.uid != o.Item.uid:
		r.t.Errorf("another is there: %v", have)
	case o.Type == Modified && !r.gap.Rewound && number(o.Item.version) <= number(have.version):
		r.t.Errorf("back from %v", have)
	case o.Type == Deleted && o.Item != have:
		r.t.Errorf("the last was %v", have)
	}
	r.knew(o.Event)
	r.apply(o.Event)
}

// shows: the state begins with each object, once.
func (r *run) shows(o output[thing]) {
	if _, was := r.has[o.Item.name]; was || o.Type != Added || o.Resume != "" {
		r.t.Errorf("the state has %v", o)
	}
	r.apply(o.Event)
}

// synced: all that was listed has been told.
func (r *run) synced(o output[thing], there map[string]thing, isList bool) {
	if o.Gap != r.gap || r.gap.IsZero() == r.wasWhole || !maps.Equal(r.has, there) {
		r.t.Errorf("at %v there is %v, and told is %v", r.gap, there, r.has)
	}
	if isList {
		r.pos, r.age1 = r.rev, r.age
	}
	r.gap, r.wasWhole, r.partial = Gap{}, true, false
	r.tainted, r.skipped, r.since = map[string]bool{}, map[int]bool{}, r.pos
}

// changes: outside of gaps, what is told is the next change that there was, and
// none is left out.
func (r *run) changes(o output[thing]) {
	for len(r.due) == 0 {
		c, ok := r.world.next(r.pos)
		if !ok || r.age1 != r.age {
			r.t.Error("nothing has happened")
			return
		}
		if r.due, r.dueRev = r.wanted(c), c.rev; len(r.due) == 0 {
			r.pos = c.rev
		}
	}
	want := r.due[0]
	if o.Type != want.Type || o.Item != want.Item || !o.Gap.IsZero() {
		r.t.Errorf("told is %v, and %v was due", o.Event, want)
		return
	}
	r.knew(o.Event)
	r.apply(want)
	if len(r.due) == 2 {
		r.seen["made anew unseen"]++
	} else if want.Type == Added && r.before(o.Item) {
		r.seen["made anew"]++
	}
	if r.due = r.due[1:]; len(r.due) == 0 {
		r.pos = r.dueRev
	}
}

// before reports whether the object's name was another's.
func (r *run) before(item thing) bool {
	return slices.ContainsFunc(r.log, func(c change) bool { return c.item.name == item.name && c.item.uid != item.uid })
}

// wanted is what is to be told of a change.
func (r *run) wanted(c change) []Event[thing] {
	have, was := r.has[c.item.name]
	told := func(how Type, item thing) Event[thing] { return Event[thing]{Type: how, Item: item} }
	switch {
	case r.skipped[c.rev] && c.rev <= r.cursor:
		return nil
	case !r.tainted[c.item.name]: // as it was
		return []Event[thing]{told(c.how, c.item)}
	}
	switch {
	case !was && r.partial:
		return []Event[thing]{told(c.how, c.item)}
	case !was && c.how == Deleted:
		return nil
	case !was:
		return []Event[thing]{told(Added, c.item)}
	case have.uid != c.item.uid && c.how == Deleted:
		return []Event[thing]{told(Deleted, have)}
	case have.uid != c.item.uid:
		return []Event[thing]{told(Deleted, have), told(Added, c.item)}
	case c.how == Deleted:
		return []Event[thing]{told(Deleted, c.item)}
	}
	return []Event[thing]{told(Modified, c.item)}
}

// knew: Old is what the consumer was told before, if anything.
func (r *run) knew(e Event[thing]) {
	want := r.has[e.Item.name]
	if e.Type == Added {
		want = thing{}
	}
	if e.Old != want {
		r.t.Errorf("%v, and before it %v; told was %v", e, e.Old, want)
	}
}

func (r *run) apply(e Event[thing]) {
	for _, has := range []map[string]thing{r.has, r.mine} {
		if e.Type == Deleted {
			delete(has, e.Item.name)
		} else {
			has[e.Item.name] = e.Item
		}
	}
	if r.gap.IsZero() && len(r.due) < 2 {
		delete(r.tainted, e.Item.name)
	}
}

// resumes: who goes on behind an output is told all that came behind it.
func (r *run) resumes(o output[thing]) {
	if o.Resume == "" {
		if r.wasWhole && r.pos >= 0 {
			r.t.Error("there is no place to resume from")
		}
		return
	}
	resume := number(o.Resume)
	for r.age1 == r.age && r.gap.IsZero() && resume > r.pos {
		c, ok := r.world.next(r.pos)
		if !ok || c.rev > resume {
			r.pos = resume
			break
		}
		if len(r.wanted(c)) > 0 || len(r.due) > 0 {
			r.t.Errorf("%v was not told", c)
			return
		}
		r.pos = c.rev
	}
	if resume > r.pos {
		r.t.Errorf("resumed at %d, told up to %d", resume, r.pos)
	}
}

// quiet: when all has come, the consumer has what the server has.
func (r *run) quiet() {
	r.t.Helper()
	r.seen["quiet"]++
	for name, item := range r.in {
		have, ok := r.has[name]
		switch {
		case r.tainted[name] || r.partial && number(item.version) <= r.since && !ok:
		case have != item:
			r.t.Fatalf("there is %v, and told is %v", item, have)
		}
	}
	for name, have := range r.has {
		if _, ok := r.in[name]; !ok && !r.tainted[name] {
			r.t.Fatalf("%v is gone", have)
		}
	}
	known := map[string]thing{}
	for _, item := range r.m.known.All() {
		known[item.name] = item
	}
	if !maps.Equal(known, r.has) {
		r.t.Fatalf("told is %v, and the machine knows %v", r.has, known)
	}
}

// keptMaps: a map that was known once is what it was then.
func (r *run) keptMaps() {
	r.t.Helper()
	for known, was := range r.kept {
		if is := shown(machine[thing]{known: *known}); is != was {
			r.t.Errorf("it was %s, and is %s", was, is)
		}
	}
}

// goesOn: a consumer that has what it had at a place, and is told what came behind
// it, at least once, has what there is. Only of a partial gap, and of what was not
// told before it, it knows nothing.
func (r *run) goesOn(from place, begun int) {
	r.t.Helper()
	if r.missed {
		r.seen["resumed with a partial gap"]++
	} else {
		r.seen["resumed without"]++
	}
	unread := func(name string) bool { return r.tainted[name] || from.faulty[name] }
	for name, item := range r.in {
		have, ok := r.mine[name]
		if have != item && !unread(name) && (ok || from.whole || number(item.version) > begun) {
			r.t.Errorf("there is %v, and it has %v", item, have)
		}
	}
	for name, have := range r.mine {
		if _, ok := r.in[name]; !ok && !unread(name) && !r.missed {
			r.t.Errorf("%v is gone", have)
		}
	}
}
