package follow

// initialItems are what a streamed list has told so far. Few of them are deleted
// meanwhile, so that a set by key would cost the others more than it saves.
type initialItems[T any] struct {
	told []T
	gone map[Key]int // what was told of a key before that many were is gone
}

func (i *initialItems[T]) delete(item T) {
	if i.gone == nil {
		i.gone = map[Key]int{}
	}
	i.gone[KeyOf(item)] = len(i.told)
}

// there are the items that are there at the end.
func (i *initialItems[T]) there() []T {
	if len(i.gone) == 0 {
		return i.told
	}
	var there []T
	for at, item := range i.told {
		if at >= i.gone[KeyOf(item)] {
			there = append(there, item)
		}
	}
	return there
}
