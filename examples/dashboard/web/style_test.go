package web

import (
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// on are the colours of texts, and of what they stand on.
var on = []struct{ text, ground string }{
	{"text", "page"}, {"text", "card"}, {"text", "still"}, {"text", "fresh"}, {"quiet", "page"}, {"quiet", "card"}, {"quiet", "still"}, {"quiet", "soft"}, {"quiet", "fresh"},
	{"link", "page"}, {"link", "card"}, {"link", "soft"}, {"link", "still"}, {"link", "fresh"}, {"good", "card"}, {"good", "good-soft"}, {"warn", "card"}, {"warn", "warn-soft"},
	{"bad", "card"}, {"bad", "bad-soft"}, {"on-accent", "accent"}, {"good", "still"}, {"warn", "still"}, {"bad", "still"},
}

// around are the colours of edges by which a control is known, and what they stand on.
var around = []struct{ text, ground string }{{"edge", "page"}, {"edge", "card"}, {"accent", "page"}, {"accent", "card"}}

// Texts are readable in both schemes (https://www.w3.org/TR/WCAG22/#contrast-minimum),
// and controls seen (https://www.w3.org/TR/WCAG22/#non-text-contrast).
func TestContrast(t *testing.T) {
	css, err := fs.ReadFile(files, "static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]+);`)
	blocks := regexp.MustCompile(`(?s)color-scheme: (\w+);(.*?)\n}`).FindAllStringSubmatch(string(css), -1)
	if len(blocks) != 3 {
		t.Fatalf("%d schemes", len(blocks))
	}
	if strings.TrimSuffix(blocks[1][2], " }") != blocks[2][2] {
		t.Error("dark by choice is not as dark by the system")
	}
	for _, block := range blocks {
		colours := map[string]float64{}
		for _, v := range variable.FindAllStringSubmatch(block[2], -1) {
			colours[v[1]] = luminance(t, v[2])
		}
		for i, pair := range append(on, around...) {
			text, ok := colours[pair.text]
			ground, there := colours[pair.ground]
			least := 4.5
			if i >= len(on) {
				least = 3
			}
			if !ok || !there {
				t.Errorf("%s lacks %v", block[1], pair)
			} else if ratio := (max(text, ground) + 0.05) / (min(text, ground) + 0.05); ratio < least {
				t.Errorf("%s: %s on %s has a contrast of %.2f", block[1], pair.text, pair.ground, ratio)
			}
		}
	}
	if strings.Contains(string(css), " opacity:") {
		t.Error("a text that is half transparent has a contrast that is not reckoned here")
	}
	rest := string(css)[strings.LastIndex(string(css), blocks[2][0]):]
	if direct := regexp.MustCompile(`[^-]color: #[0-9a-f]+`).FindString(strings.TrimPrefix(rest, blocks[2][0])); direct != "" {
		t.Errorf("a text has a colour that no scheme knows: %s", direct)
	}
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) == 3 {
		hex = strings.Repeat(hex[:1], 2) + strings.Repeat(hex[1:2], 2) + strings.Repeat(hex[2:], 2)
	}
	n, err := strconv.ParseUint(hex, 16, 24)
	if err != nil {
		t.Fatal(err)
	}
	part := func(n uint64) float64 {
		c := float64(n&255) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(n>>16) + 0.7152*part(n>>8) + 0.0722*part(n)
}
