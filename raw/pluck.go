package raw

import "iter"

// member finds the last member of a name in the object that starts at i, and where
// that ends.
func (d *doc) member(i int, key string) (found Value, end int) {
	t := d.text()
	for i++; t[i] != '}'; {
		colon := skipString(t, i+1)
		end := skip(t, colon+1)
		if sameText(t[i+1:colon-1], key) {
			found = Value{d, uint32(colon + 1), uint32(end)}
		}
		if i = end; t[i] == ',' {
			i++
		}
	}
	return found, i + 1
}

// Pluck yields what each element of an array has under a name: the zero Value for one
// that has nothing there. It reads the array once, where Elements and Get read each
// element twice.
func (v Value) Pluck(key string) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind() != KindArray {
			return
		}
		t := v.d.text()
		for i := int(v.start) + 1; t[i] != ']'; {
			var found Value
			if t[i] == '{' {
				found, i = v.d.member(i, key)
			} else {
				i = skip(t, i)
			}
			if !yield(found) {
				return
			}
			if t[i] == ',' {
				i++
			}
		}
	}
}
