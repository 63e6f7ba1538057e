package kubetest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// judgeVariable names the URL of a real kube-apiserver behind "kubectl proxy",
// with no controllers at work. The requests in testdata/judge then go to both
// servers, and the answers must be the same but for what differs by nature.
const judgeVariable = "KUBETEST_JUDGE"

// judged is one request of a script.
type judged struct {
	Do     string            // "METHOD path", or SETTLE to let a real server catch up
	Header map[string]string // an empty value means to send none
	Body   string
	Save   map[string]string // variable to path in the answer
	Loose  bool              // the answers may differ: the request only prepares others
}

func TestJudge(t *testing.T) {
	scripts, err := filepath.Glob("testdata/judge/*.jsonl")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".jsonl"), func(t *testing.T) { runScript(t, script) })
	}
}

// runScript sends the requests to a new server, and to the judge if there is
// one. Without it, it only checks that every answer is well formed.
func runScript(t *testing.T, script string) {
	ns := fmt.Sprintf("j%x", time.Now().UnixMilli())
	ours := &side{client: start(t, WithFreshnessWait(time.Millisecond)), ns: ns, saved: map[string]string{}}
	var judge *side
	if url := os.Getenv(judgeVariable); url != "" {
		judge = &side{client: &client{t: t, hc: &http.Client{Timeout: time.Minute}}, base: strings.TrimSuffix(url, "/"), ns: ns, saved: map[string]string{}}
	}
	f, err := os.Open(script)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var j judged
		if err := json.Unmarshal(lines.Bytes(), &j); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		if j.Do == "SETTLE" {
			if judge != nil {
				<-time.After(3 * time.Second)
			}
			continue
		}
		got := ours.send(t, j)
		if judge == nil {
			continue
		}
		if want := judge.send(t, j); !j.Loose && got != want {
			t.Errorf("line %d: %s\n ours %s\n real %s", n, lines.Text(), got, want)
		}
	}
}

// side is one of the two servers.
type side struct {
	*client
	base  string // of the judge
	ns    string
	saved map[string]string
}

var (
	uuidRE    = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	stampRE   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	numberRE  = regexp.MustCompile(`(current: |version: |in (precondition|record|object meta):? \(?)\d+`)
	wholeRE   = regexp.MustCompile(`(Invalid value: )"\{.*\}"`)
	addressRE = regexp.MustCompile(`10\.0\.\d+\.\d+`)
	ageRE     = regexp.MustCompile(`^\d+s$`)
)

// send gives an answer in a form that does not depend on the server.
func (s *side) send(t *testing.T, j judged) string {
	t.Helper()
	fill := func(text string) string {
		text = strings.ReplaceAll(text, "$NS", s.ns)
		for name, value := range s.saved {
			text = strings.ReplaceAll(text, "${"+name+"}", value)
		}
		return text
	}
	method, path, _ := strings.Cut(fill(j.Do), " ")
	header := []string{"User-Agent", "judge/1", "Accept-Encoding", "identity"}
	for name, value := range j.Header {
		header = append(header, name, value)
	}
	var a *answer
	if s.base == "" {
		a = s.do(method, path, fill(j.Body), header...)
	} else {
		a = s.ask(method, path, fill(j.Body), header...)
	}
	for name, at := range j.Save {
		s.saved[name] = a.doc.Text(strings.Split(at, ".")...)
	}
	body := a.text
	if a.doc != nil {
		body = string(encodeSorted(asMap(s.neutral("", map[string]any(a.doc)))))
	}
	return fmt.Sprintf("%d %s %s", a.code, a.header.Get("Content-Type"), s.neutralText("", body))
}

// ask sends a request to the judge.
func (s *side) ask(method, path, body string, header ...string) *answer {
	s.t.Helper()
	s.client.srv = nil
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := s.hc.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var data bytes.Buffer
	if _, err := data.ReadFrom(resp.Body); err != nil {
		s.t.Fatal(err)
	}
	doc, _ := decodeObject(data.Bytes())
	return &answer{t: s.t, code: resp.StatusCode, header: resp.Header, text: data.String(), doc: doc}
}

// neutral replaces what two servers cannot have in common.
func (s *side) neutral(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			if k != "managedFields" && k != "description" && k != "storageVersionHash" && k != "serverAddressByClientCIDRs" {
				out[k] = s.neutral(k, e)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = s.neutral(name, e)
		}
		return out
	case string:
		return s.neutralText(name, v)
	case json.Number:
		if name == "nodePort" {
			return "PORT"
		}
	}
	return v
}

func (s *side) neutralText(name, text string) string {
	switch name {
	case "resourceVersion", "continue":
		return "OPAQUE"
	}
	text = strings.ReplaceAll(text, s.ns, "NS")
	text = uuidRE.ReplaceAllString(text, "UID")
	text = stampRE.ReplaceAllString(text, "TIME")
	text = wholeRE.ReplaceAllString(text, "${1}DOC")
	text = numberRE.ReplaceAllString(text, "${1}N")
	text = ageRE.ReplaceAllString(text, "AGE")
	return addressRE.ReplaceAllString(text, "IP")
}
