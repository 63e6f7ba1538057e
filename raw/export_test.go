package raw

// Packed packs a document with another one as its base, however little that saves,
// and reports whether that is possible.
func Packed(base, o Object) (Object, bool) {
	if base.IsZero() || o.IsZero() || base.Size() > maxPacked || o.Size() > maxPacked {
		return Object{}, false
	}
	b, d := base.v.plain().d, o.v.plain().d
	if b.index == nil || b.isSensitive() || d.isSensitive() || (b.flags|d.flags)&escaped != 0 {
		return Object{}, false
	}
	var like template
	var p packing
	like.setText(b.shown)
	if !p.compare(&like, []byte(d.shown)) {
		return Object{}, false
	}
	shown := string(p.shown())
	if len(shown) > maxPacked {
		return Object{}, false
	}
	return Object{Value{&doc{shown: shown, base: b, flags: d.flags}, 0, o.v.end}}, true
}

// IsPacked reports whether a document shares what is in others.
func (o Object) IsPacked() bool { return o.v.d != nil && o.v.d.isPacked() }

// Alikes are texts that are alike, and differ in each way that comparing tells apart.
var Alikes = alikes

// Mutated changes, doubles, moves or takes away some pieces of a text.
var Mutated = mutated
