package main

import (
	"strings"
	"testing"
)

// The last lines of a run say what was not tested, and what to install.
func TestSummaryTellsSkipped(t *testing.T) {
	events := `{"Action":"output","Package":"p","Test":"TestPage","Output":"=== RUN   TestPage\n"}
{"Action":"output","Package":"p","Test":"TestPage","Output":"    browser_test.go:121: there is no Chromium: set CHROMIUM to its path\n"}
{"Action":"output","Package":"p","Test":"TestPage","Output":"--- SKIP: TestPage (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestPage"}
{"Action":"output","Package":"p","Test":"TestDark","Output":"    browser_test.go:121: there is no Chromium: set CHROMIUM to its path\n"}
{"Action":"skip","Package":"p","Test":"TestDark"}
{"Action":"skip","Package":"p","Test":"TestOdd"}
{"Action":"pass","Package":"p","Test":"TestOther"}
{"Action":"skip","Package":"q"}
`
	var c count
	c.read(strings.NewReader(events))
	got := c.summary()
	want := `1 passed, 0 failed, 3 skipped
SKIPPED 2: there is no Chromium: set CHROMIUM to its path
The pages of the dashboard were NOT tested in a browser. To test them, install Chromium
(on Debian and Ubuntu: apt-get install chromium), or set CHROMIUM to the path of one.
SKIPPED 1: without a reason
`
	if got != want {
		t.Errorf("the run ends with\n%s", got)
	}
	c = count{}
	c.read(strings.NewReader(`{"Action":"pass","Package":"p","Test":"TestOther"}`))
	if got := c.summary(); got != "1 passed, 0 failed, 0 skipped\n" {
		t.Errorf("the run ends with\n%s", got)
	}
}
