package raw

import "reflect"

// Footprint is how many bytes of memory the document takes: its text, its index,
// and what holds the two together; of a packed one, see [Packer], only what it has
// for itself. The allocator rounds each of them up, which adds
// a twentieth on average, and is not counted where it is more than 16 bytes.
//
// An object within a document keeps the whole of it, and so has its footprint: the
// footprints of objects of one document do not add up. The zero Object has none.
func (o Object) Footprint() int {
	if o.v.d == nil {
		return 0
	}
	return o.v.d.footprint()
}

func (d *doc) footprint() int {
	size := docSize + rounded(len(d.text())) + rounded(indexEntry*cap(d.index))
	if d.hidden != nil {
		size += hiddenSize
	}
	return size
}

// rounded is a size as the allocator rounds it, as long as it is small.
func rounded(size int) int { return (size + 15) &^ 15 }

var docSize = rounded(int(reflect.TypeFor[doc]().Size()))

const (
	indexEntry = 4
	hiddenSize = 24 // the way to a hidden text, which has the text's address and length
)
