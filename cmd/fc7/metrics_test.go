package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// heard is what a console says, for whoever reads meanwhile.
type heard struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (h *heard) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.Write(b)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.String()
}

// figuresAt are those that are told at an address, as Prometheus reads them.
func figuresAt(t *testing.T, url string) map[string]float64 {
	resp, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	all := map[string]float64{}
	line := regexp.MustCompile(`^([a-z][a-z0-9_]*(?:\{.*\})?) ([-+0-9.e]+)$`)
	for text := range strings.Lines(string(b)) {
		text = strings.TrimSpace(text)
		m := line.FindStringSubmatch(text)
		if m == nil {
			if !strings.HasPrefix(text, "# HELP fc7_") && !strings.HasPrefix(text, "# TYPE fc7_") {
				t.Errorf("%q is no figure", text)
			}
			continue
		}
		if all[m[1]], err = strconv.ParseFloat(m[2], 64); err != nil {
			t.Error(err)
		}
	}
	return all
}

// TestMetrics: while images are read, an extraction tells how far it is and what it met, and afterwards nothing listens
// any more.
func TestMetrics(t *testing.T) {
	dir, s := remoteData(t)
	var said heard
	var url string
	var told, first map[string]float64
	var asked atomic.Int32
	begun := make(chan struct{})
	s.first(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, ".jpg") {
			return false
		}
		switch asked.Add(1) {
		case 1:
			url = regexp.MustCompile(`http://127\.0\.0\.1:\d+/metrics`).FindString(said.String())
			first = figuresAt(t, url)
			close(begun)
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		case 5: // the first one again: those before it arrive meanwhile
			for range 1000 {
				if told = figuresAt(t, url); told["fc7_read_bytes_total"] > first["fc7_read_bytes_total"] {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
		default: // comes after the first figures
			<-begun
		}
		return false
	})
	args := []string{
		"extract", "list:" + s.URL + "/l.txt", "--weights", filepath.Join(dir, "net.safetensors"), "--scales", "224", "--out", filepath.Join(dir, "run"), "--memory", "123MB",
	}
	if code := run(t.Context(), append(args, "--metrics", "127.0.0.1:0"), newConsole(&said, &said)); code != exitDone {
		t.Fatalf("status %d: %s", code, &said)
	}
	for name, want := range map[string]float64{
		"fc7_memory_budget_bytes": 123e6, "fc7_rows_failed_total": 0, "fc7_files": 1, `fc7_retries_total{of="image"}`: first[`fc7_retries_total{of="image"}`],
	} {
		if got, ok := told[name]; !ok || got != want {
			t.Errorf("%s %v, want %v", name, got, want)
		}
	}
	for _, name := range []string{`fc7_retries_total{of="store"}`, "fc7_read_bytes_total"} {
		if told[name] <= first[name] {
			t.Errorf("%s was %v, and is %v", name, first[name], told[name])
		}
	}
	for _, name := range []string{"fc7_rows", "fc7_images_per_second", "fc7_rows_computed_total", `fc7_stage_seconds_total{stage="computing"}`, "fc7_batch_images_max"} {
		if _, ok := told[name]; !ok {
			t.Errorf("%s is not told", name)
		}
	}
	if resp, err := http.Get(url); err == nil {
		_ = resp.Body.Close()
		t.Error("it still listens")
	}
}

// TestMetricsInUse: an address that is taken is told before any work.
func TestMetricsInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	j := newSmallJob(t, "4")
	at := l.Addr().String()
	if said := want(t, exitFailed, j.args("run", "--metrics", at)...); !strings.Contains(said, "serving metrics at "+at) || !strings.Contains(said, "choose another port") {
		t.Error(said)
	}
	if _, err := os.Stat(j.out("run")); err == nil {
		t.Error("the run's folder was made")
	}
	j.plan(t, "run")
	if said := want(t, exitPassing, "extract", "--plan", j.out("run"), "--metrics", at); !strings.Contains(said, "serving metrics at "+at) {
		t.Error(said)
	}
	want(t, exitUsage, j.args("other", "--metrics", "example.org:80")...)
}

// asking is what a console says, which calls do once, before it says the line that begins with a word.
type asking struct {
	heard
	line string
	do   func()
}

func (a *asking) Write(b []byte) (int, error) {
	if strings.HasPrefix(strings.TrimSpace(string(b)), a.line) && a.do != nil {
		do := a.do
		a.do = nil
		do()
	}
	return a.heard.Write(b)
}

// TestMetricsOfTraining: a training tells how far it is and how well, in the moment in which the first epoch is told
// of.
func TestMetricsOfTraining(t *testing.T) {
	j := newSmallJob(t, "16")
	for verb, args := range map[string][]string{
		"train": {"train", "voc2007:" + j.data, "--net", "vgg11/64:fc8", "--epochs", "2", "--batch", "4", "--s", "224", "-o", j.out("trained")},
		"finetune": {
			"finetune", "voc2007:" + j.data, "--weights", j.net, "--freeze", "conv", "--s", "224", "--views", "1", "--batch", "4", "--epochs", "2", "-o", j.out("tuned"),
		},
	} {
		var told map[string]float64
		said := &asking{line: "stage  epoch"}
		said.do = func() {
			told = figuresAt(t, regexp.MustCompile(`http://127\.0\.0\.1:\d+/metrics`).FindString(said.String()))
		}
		if code := run(t.Context(), append(args, "--metrics", "127.0.0.1:0"), newConsole(said, said)); code != exitDone {
			t.Fatalf("%s: status %d: %s", verb, code, said)
		}
		for name, want := range map[string]float64{"fc7_train_stage": 1, "fc7_train_stages": 1, "fc7_train_epoch": 1, "fc7_train_epochs": 2, "fc7_train_images_done": told["fc7_train_images"]} {
			if got, ok := told[name]; !ok || got != want {
				t.Errorf("%s: %s %v, want %v", verb, name, got, want)
			}
		}
		for _, name := range []string{"fc7_train_images", "fc7_train_step", "fc7_train_loss", "fc7_train_rate", "fc7_images_per_second", "fc7_validation_loss", "fc7_read_bytes_total", "fc7_heap_bytes"} {
			if told[name] <= 0 {
				t.Errorf("%s: %s is %v", verb, name, told[name])
			}
		}
		if _, ok := told["fc7_rows"]; ok || (told["fc7_train_views"] > 0) != (verb == "finetune") || told["fc7_train_views_done"] != told["fc7_train_views"] {
			t.Errorf("%s tells %v", verb, told)
		}
	}
}
