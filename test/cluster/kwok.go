package cluster

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// PodLog is the file that is every container's log, as the container runtime writes it:
// lines of "TIME STREAM F TEXT". Append lines to it, and whoever follows a log sees them.
func (c *Cluster) PodLog() string { return filepath.Join(c.Dir(), "pod.log") }

func (c *Cluster) previousPodLog() string { return filepath.Join(c.Dir(), "pod-previous.log") }

// writeKwokConfig writes kwok's own configuration, and the stages after it, as one
// stream of YAML documents. JSON is YAML.
func (c *Cluster) writeKwokConfig(file string) error {
	if err := c.writePodLogs(); err != nil {
		return err
	}
	stages, err := os.ReadFile(c.binaries.KwokStages)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	for _, document := range c.kwokConfig() {
		document["apiVersion"] = "kwok.x-k8s.io/v1alpha1"
		if document["kind"] == "KwokConfiguration" {
			document["apiVersion"] = "config.kwok.x-k8s.io/v1alpha1"
		}
		document["metadata"] = map[string]any{"name": "cluster"}
		line, err := json.Marshal(document)
		if err != nil {
			return err
		}
		text.WriteString("---\n")
		text.Write(append(line, '\n'))
	}
	text.Write(stages)
	return os.WriteFile(file, text.Bytes(), 0o600)
}

type document = map[string]any

func (c *Cluster) kwokConfig() []document {
	return []document{
		{"kind": "KwokConfiguration", "options": kwokOptions()},
		{"kind": "ClusterLogs", "spec": document{"logs": []document{{
			"logsFile": c.PodLog(), "previousLogsFile": c.previousPodLog(), "follow": true,
		}}}},
		{"kind": "ClusterExec", "spec": document{"execs": []document{{"local": document{"workDir": c.home()}}}}},
		// Who attaches sees what is appended to the log.
		{"kind": "ClusterAttach", "spec": document{"attaches": []document{{"logsFile": c.PodLog()}}}},
		// Nothing in a Pod listens; an echo shows that bytes pass both ways.
		{"kind": "ClusterPortForward", "spec": document{"forwards": []document{{"command": []string{"cat"}}}}},
	}
}

// kwokOptions names even what looks like a default: once there is a configuration, an
// option that it leaves out is zero, and kwok works with no worker or refuses to start.
func kwokOptions() document {
	return document{
		"manageAllNodes":            true,
		"enableDebuggingHandlers":   true, // logs, exec, port forward
		"enableProfilingHandler":    false,
		"cidr":                      "10.1.0.0/16", // of the Pods' addresses, which nobody routes
		"nodePlayStageParallelism":  4,
		"podPlayStageParallelism":   16,
		"nodeLeaseParallelism":      4,
		"nodeLeaseDurationSeconds":  40,
		"podsOnNodeSyncParallelism": 4,
	}
}

func (c *Cluster) writePodLogs() error {
	now := time.Now().UTC().Format(time.RFC3339Nano)
	lines := now + " stdout F starting\n" + now + " stderr F warming up\n" + now + " stdout F serving\n"
	if err := os.WriteFile(c.PodLog(), []byte(lines), 0o600); err != nil {
		return err
	}
	return os.WriteFile(c.previousPodLog(), []byte(now+" stdout F stopped\n"), 0o600)
}
