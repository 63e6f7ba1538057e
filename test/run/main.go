// Command run runs the tests of the modules whose folders it is given, with the
// race detector, shows what failed, and ends with a plain count of all tests:
//
//	go run ./test/run . test/judge test/cluster
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	race := flag.Bool("race", true, "use the race detector")
	flag.Parse()
	var all count
	ok := true
	for _, folder := range flag.Args() {
		if err := all.module(folder, *race); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", folder, err)
			ok = false
		}
	}
	fmt.Print(all.summary())
	if !ok || all.failed > 0 || all.passed == 0 {
		os.Exit(1)
	}
}

// count is how many tests and subtests ended how.
type count struct {
	passed, failed, skipped int
	failures                []string
	reasons                 map[string]int // why tests were skipped, and how many
}

// summary is what the run ends with: what failed, the count, and what was not tested.
func (c *count) summary() string {
	var b strings.Builder
	for _, name := range c.failures {
		fmt.Fprintln(&b, "FAILED", name)
	}
	fmt.Fprintf(&b, "%d passed, %d failed, %d skipped\n", c.passed, c.failed, c.skipped)
	for _, reason := range slices.Sorted(maps.Keys(c.reasons)) {
		fmt.Fprintf(&b, "SKIPPED %d: %s\n", c.reasons[reason], reason)
		if strings.Contains(reason, "Chromium") {
			b.WriteString("The pages of the dashboard were NOT tested in a browser. To test them, install Chromium\n" +
				"(on Debian and Ubuntu: apt-get install chromium), or set CHROMIUM to the path of one.\n")
		}
	}
	return b.String()
}

// event is a line of go test -json: see go doc test2json.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

func (c *count) module(folder string, race bool) error {
	args := []string{"test", "-C", folder, "-json", "-timeout", "40m"}
	if race {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "./...")...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.read(out)
	return cmd.Wait()
}

// read counts the events, and prints the output of what failed.
func (c *count) read(from io.Reader) {
	output := make(map[string][]string)
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		if json.Unmarshal(line, &e) == nil {
			c.take(e, output)
		}
		if err != nil {
			return
		}
	}
}

func (c *count) take(e event, output map[string][]string) {
	name := strings.TrimSpace(e.Package + " " + e.Test)
	switch e.Action {
	case "output", "build-output":
		output[name] = append(output[name], e.Output)
		return
	case "build-fail":
		fmt.Print(strings.Join(output[name], ""))
	case "pass", "fail", "skip":
		if e.Action == "skip" && e.Test != "" {
			c.skip(output[name])
		}
		if e.Action == "fail" {
			fmt.Print(strings.Join(output[name], ""))
		}
		if e.Action == "fail" && e.Test == "" {
			c.unended(name+" ", output)
		}
		if e.Test == "" {
			fmt.Printf("%-4s %s (%.1f s)\n", e.Action, e.Package, e.Elapsed)
		} else {
			c.add(e.Action, name)
		}
		delete(output, name)
	}
}

// skip notes why a test was skipped: its last line, without where that stands.
func (c *count) skip(output []string) {
	reason := "without a reason"
	for _, line := range output {
		if _, text, ok := strings.Cut(line, ".go:"); ok {
			_, reason, _ = strings.Cut(strings.TrimSpace(text), ": ")
		}
	}
	if c.reasons == nil {
		c.reasons = make(map[string]int)
	}
	c.reasons[reason]++
}

// unended shows the tests of a package that were under way when it ended: they hung,
// or took the program with them.
func (c *count) unended(prefix string, output map[string][]string) {
	for name, lines := range output {
		if strings.HasPrefix(name, prefix) {
			fmt.Print(strings.Join(lines, ""))
			c.add("fail", name)
			delete(output, name)
		}
	}
}

func (c *count) add(action, name string) {
	switch action {
	case "pass":
		c.passed++
	case "skip":
		c.skipped++
	case "fail":
		c.failed++
		c.failures = append(c.failures, name)
	}
}
