package demo

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
)

// letters are those that Kubernetes makes random names of: they form no words.
const letters = "bcdfghjklmnpqrstvwxz2456789"

// dice are the world's chances.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 0x6b756265))} }

// suffix is what generateName appends.
func (d dice) suffix() string {
	b := make([]byte, 5)
	for i := range b {
		b[i] = letters[d.IntN(len(letters))]
	}
	return string(b)
}

// uid makes a UUID.
func (d dice) uid() string {
	a, b := d.Uint64(), d.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&0xffffffffffff)
}

// hex makes n hexadecimal digits.
func (d dice) hex(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[d.IntN(16)]
	}
	return string(b)
}

// chance is true with a probability.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// pick takes one of several.
func pick[T any](d dice, of []T) T { return of[d.IntN(len(of))] }

// templateHash is what the controller calls a pod template.
func templateHash(template ...string) string {
	h := fnv.New64a()
	for _, t := range template {
		_, _ = h.Write([]byte(t + "\x00"))
	}
	n := h.Sum64()
	b := make([]byte, 10)
	for i := range b {
		b[i] = letters[n%uint64(len(letters))]
		n /= uint64(len(letters))
	}
	return string(b)
}

// digest is the sha256 that an image's name stands for, as far as anyone sees.
func digest(image string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(image))
	n := h.Sum64()
	return fmt.Sprintf("sha256:%016x%016x%016x%016x", n, n*31, n*131, n*1031)
}
