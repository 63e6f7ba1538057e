package raw

// ReadOptions says how a [ListReader] or an [EventReader] makes documents of
// what it reads, and [ReadOptions.Parse] of one text.
type ReadOptions struct {
	// Kind and APIVersion are put into objects that have none, as the items of
	// a built-in kind's List do. An empty one is not put in.
	Kind, APIVersion string
	// DropManagedFields leaves out metadata.managedFields, about half of an
	// object's bytes. They are checked all the same, and
	// [Object.ManagedFieldsDropped] tells of it.
	DropManagedFields bool
	// MetadataOnly keeps nothing but kind, apiVersion and metadata, and takes
	// Kind and APIVersion for those of a PartialObjectMetadata, which is what
	// the API server sends when it is asked for no more.
	// [Object.MetadataOnly] tells of it.
	MetadataOnly bool
	// Sensitive makes every object, and a List's head, [Object.Sensitive].
	Sensitive bool
	// MaxItem bounds an object's text as it comes, and that of everything
	// around the items of a List, in bytes. 0 stands for 2 GiB. A ListReader
	// holds about four times the largest item that it has met, an EventReader
	// about twice.
	MaxItem int
	// Packer packs the objects, if there is one: see there.
	Packer *Packer
}

func (o ReadOptions) build() build {
	b := build{dropManagedFields: o.DropManagedFields, sensitive: o.Sensitive, metadataOnly: o.MetadataOnly, packer: o.Packer}
	b.fill(o.Kind, o.APIVersion)
	return b
}

// Parse is [Parse], by these options. Possible errors: *[SyntaxError], *[SizeError].
func (o ReadOptions) Parse(text []byte) (Object, error) {
	if o.MaxItem > 0 && len(text) > o.MaxItem {
		return Object{}, &SizeError{int64(o.MaxItem)}
	}
	b := o.build()
	return parseAs(text, &b, (*scanner).make)
}
