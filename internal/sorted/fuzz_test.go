package sorted

import "testing"

// Three bytes are an operation on up to 255 keys.
func decode(data []byte) (operation, bool) {
	op := operation{kind: [...]string{"set", "delete", "build", "set"}[data[0]%4]}
	stride := 1 + int(data[0]/8)
	for i := range int(data[2]) {
		id := int(data[1])*4 + i*stride
		op.pairs = append(op.pairs, pair{key{id % 1500, i}, int(data[0]) + i})
	}
	return op, data[0]&4 != 0
}

func FuzzMap(f *testing.F) {
	f.Add([]byte{0, 0, 255, 8, 255, 255, 1, 3, 200, 4, 1, 1})
	f.Add([]byte{2, 0, 255, 3, 100, 200, 1, 0, 255, 5, 0, 255})
	f.Add([]byte{16, 0, 255, 20, 50, 255, 9, 0, 255, 1, 0, 100, 24, 1, 255, 17, 2, 255})
	f.Fuzz(func(t *testing.T, data []byte) {
		var now, then model
		m := New[key, int](compareKeys)
		kept := m
		for ; len(data) >= 3; data = data[3:] {
			op, keep := decode(data)
			if keep {
				kept, then = m, append(model(nil), now...)
			}
			m, now = op.onMap(m), op.onModel(now)
			checkTree(t, m)
			checkContent(t, m, now)
			checkDiff(t, kept, m)
		}
		checkReading(t, m, now, 1500)
		checkContent(t, kept, then)
		checkTree(t, kept)
	})
}
