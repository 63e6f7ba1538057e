package raw

import (
	"bytes"
	"encoding/json"
)

// nameBefore reads an object's name out of the beginning of an event's text, as
// far as that goes. Only errors pay for it.
func nameBefore(text []byte) (namespace, name string) {
	d := json.NewDecoder(bytes.NewReader(text))
	enter(d, map[string]func() error{"object": func() error {
		return enter(d, map[string]func() error{"metadata": func() error {
			return enter(d, map[string]func() error{
				"namespace": func() error { return d.Decode(&namespace) },
				"name":      func() error { return d.Decode(&name) },
			})
		}})
	}})
	return namespace, name
}

// enter reads an object, and each member's value by the function of that name.
func enter(d *json.Decoder, members map[string]func() error) error {
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		read, ok := members[name]
		if !ok {
			read = func() error { return d.Decode(new(json.RawMessage)) }
		}
		if err := read(); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}
