package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// With -update, what the commands say is taken for right.
var update = flag.Bool("update", false, "write the golden files and the screenshot anew")

// golden compares with a file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		do(t, os.MkdirAll(filepath.Dir(file), 0o755))
		do(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		t.Errorf("%s is out of date (go test -run %s -update . writes it); got\n%s", file, strings.Split(t.Name(), "/")[0], got)
	}
}

func TestOutputs(t *testing.T) {
	s := shopScene(t)
	for _, row := range []struct{ file, args string }{
		{"log", "log"},
		{"log-object", "log deploy/web -n shop"},
		{"log-manager", "log --manager kubectl-edit --since 11:00"},
		{"log-kind", "log --kind secrets,pods --until 10:56"},
		{"log-limit", "log --limit 2"},
		{"log-gaps", "log --gaps"},
		{"log-json", "log -o json --since 10:30"},
		{"diff-times", "diff 10:00 12:00"},
		{"diff-object", "diff deploy/web 10:30 now"},
		{"diff-versions", "diff deployment/web 101 105"},
		{"diff-json", "diff -o json 10:00 11:00"},
		{"diff-nothing", "diff 12:00 now"},
		{"diff-gap", "diff deploy/web 11:00 11:20"},
		{"diff-gap-json", "diff deploy/web 120 140 -o json"},
		{"show", "show deploy/web --at 10:30"},
		{"show-gap", "show deploy/web --at 11:20"},
		{"show-secret", "show secret/payment -o json"},
		{"show-version", "show cm/web-settings --at 104"},
		{"export", "export"},
		{"export-after", "export --after 12"},
		{"status", "status --check"},
	} {
		t.Run(row.file, func(t *testing.T) {
			out, errs, code := call(t, testApp(), append(strings.Fields(row.args), "--db", s.path)...)
			if code != exitDone {
				t.Errorf("it ended with %d", code)
			}
			text := "$ audit " + row.args + "\n" + out + errs
			golden(t, "testdata/"+row.file+".txt", withoutPlace(text, s.path))
		})
	}
}

// withoutPlace takes out what differs each time.
func withoutPlace(text, path string) string {
	text = strings.ReplaceAll(text, path, "audit.db")
	if at := strings.Index(text, "audit.db: "); at >= 0 && !strings.Contains(text, "no such") {
		line, rest, _ := strings.Cut(text[at:], "\n")
		if strings.HasSuffix(line, "iB") {
			text = text[:at] + "audit.db: SIZE\n" + rest
		}
	}
	return text
}

// TestRefusals has command lines that make no sense, and questions without an answer.
func TestRefusals(t *testing.T) {
	s := shopScene(t)
	other := filepath.Join(t.TempDir(), "other.db")
	do(t, os.WriteFile(other, []byte("this is a text, and no database at all"), 0o600))
	for _, row := range []struct {
		args string
		code int
		says string
	}{
		{"", exitUsage, "Commands:"},
		{"nonsense", exitUsage, `no command "nonsense"`},
		{"log --nonsense", exitUsage, "flag provided but not defined: -nonsense\naudit log -h explains it"},
		{"log a b", exitUsage, "log is of one object"},
		{"log web", exitUsage, `"web" is no object: name one as pod/web-0`},
		{"log pod/", exitUsage, "is no object"},
		{"log --since never", exitUsage, `"never" is no time`},
		{"log --limit -1", exitUsage, "less than none"},
		{"log --color blue", exitUsage, "auto, always or never"},
		{"log -o xml", exitUsage, `-o is text or json, not "xml"`},
		{"log -o yaml", exitUsage, `-o is text or json, not "yaml"`},
		{"diff -o yaml 10:00 now", exitUsage, `-o is text or json, not "yaml"`},
		{"status -o yaml", exitUsage, `-o is text or json, not "yaml"`},
		{"status -o=", exitUsage, `-o is text or json, not ""`},
		{"show -o text deploy/web", exitUsage, `-o is yaml or json, not "text"`},
		{"log widget/x", exitNothing, `no "widget" is recorded; there are configmaps, deployments.apps, pods, secrets`},
		{"log pod/none", exitNothing, "nothing of that is recorded"},
		{"log --kind pods pod/web-0", exitUsage, "contradict"},
		{"diff now", exitUsage, "diff takes two times or versions"},
		{"diff pod/none 10:00 now", exitNothing, "no pod/none is recorded"},
		{"show", exitUsage, "show is of one object"},
		{"show pod/none", exitNothing, "audit log pod/none"},
		{"show pod/web-0", exitNothing, "was deleted by 2026-05-01 11:02:44.000000Z; its last revision is that of --at 94"},
		{"show deploy/web --at 09:00", exitNothing, "is recorded by then"},
		{"export x", exitUsage, "takes no arguments"},
		{"record --proxy http://localhost:1 --context c", exitUsage, "for one of its own"},
		{"record --proxy http://example.com/", exitFailed, "example.com"},
		{"log --db /nowhere/audit.db", exitFailed, "there is no such file; audit record makes it"},
		{"record --db /nowhere/audit.db", exitFailed, "cannot be opened"},
		{"log --db " + other, exitFailed, "no database"},
		{"record --db " + other, exitFailed, "no database"},
	} {
		t.Run(row.args, func(t *testing.T) {
			args := strings.Fields(row.args)
			if !strings.Contains(row.args, "--db") && len(args) > 0 && args[0] != "nonsense" {
				path := s.path
				if args[0] == "record" {
					path = filepath.Join(t.TempDir(), "audit.db")
				}
				args = append(args, "--db", path)
			}
			out, errs, code := call(t, testApp(), args...)
			if code != row.code || !strings.Contains(errs, row.says) || out != "" {
				t.Errorf("it ended with %d, and said\n%s%s", code, errs, out)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, c := range commands() {
		for _, args := range [][]string{{c.name, "-h"}, {"help", c.name}} {
			out, errs, code := call(t, testApp(), args...)
			if code != exitDone || errs != "" || !strings.Contains(out, "Example") || !strings.Contains(out, "-db FILE") {
				t.Errorf("%v: %d\n%s%s", args, code, out, errs)
			}
		}
	}
	if out, _, code := call(t, testApp(), "help"); code != exitDone || !strings.Contains(out, "Exit codes") {
		t.Error(out)
	}
}
