package judge

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// rounds is how many texts each seed makes.
const rounds = 5000

// generate runs check with many random sources, each reproducible: the
// subtest's name is the seed.
func generate(t *testing.T, check func(t *testing.T, random *rand.Rand)) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			for range rounds {
				if check(t, random); t.Failed() {
					return // the first one tells enough
				}
			}
		})
	}
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

// soup joins up to most random parts.
func soup(random *rand.Rand, parts []string, most int) string {
	var b strings.Builder
	for range random.IntN(most + 1) {
		b.WriteString(pick(random, parts))
	}
	return b.String()
}

// spoil makes one random edit in one of a few texts, so that most texts are
// good and many are nearly good.
func spoil(random *rand.Rand, text string, parts []string) string {
	if random.IntN(3) > 0 {
		return text
	}
	i := random.IntN(len(text) + 1)
	j := i + random.IntN(min(2, len(text)-i)+1)
	return text[:i] + pick(random, append(parts, "")) + text[j:]
}

var (
	long63 = strings.Repeat("a", 63)
	long64 = strings.Repeat("a", 64)
)
