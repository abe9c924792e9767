package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tuned are the arguments of a fine-tuning of a few seconds in two phases.
func (j smallJob) tuned(out string, more ...string) []string {
	return append([]string{
		"finetune", "voc2007:" + j.data, "--weights", j.net, "--freeze", "conv", "--s", "224-230", "--views", "3", "--batch", "4", "--epochs", "3",
		"--unfreeze", "conv5_*", "--unfreeze-epochs", "1", "--threads", "1", "--checkpoint-every", "100ms", "-o", j.out(out),
	}, more...)
}

// TestFinetuneCommand: what finetune writes is a net for every other command.
func TestFinetuneCommand(t *testing.T) {
	j := newSmallJob(t, "16")
	out := want(t, exitDone, j.tuned("run")...)
	for _, says := range []string{"sigmoid", "mean AP", "stage", "weights: "} {
		if !strings.Contains(out, says) {
			t.Errorf("finetune does not say %q:\n%s", says, out)
		}
	}
	net := filepath.Join(j.out("run"), "weights.safetensors")
	if out := want(t, exitDone, "weights", "inspect", net); !strings.Contains(out, "vgg16/64") || !strings.Contains(out, "aeroplane") || !strings.Contains(out, "fine-tuned by fc7 on voc2007") {
		t.Errorf("inspect: %s", out)
	}
	data := "voc2007:" + j.data
	if out := want(t, exitDone, "classify", "--weights", net, "--top", "1", "--scales", "224", data); strings.Count(out, "%") != 16 {
		t.Errorf("classify: %s", out)
	}
	if out := want(t, exitDone, "extract", data, "--weights", net, "--scales", "224", "-o", j.out("table")); !strings.Contains(out, "16 ok") || strings.Contains(out, "random") {
		t.Errorf("extract: %s", out)
	}
	want(t, exitDone, "svm", j.out("table"), "--protocol", "voc2007")
	if out := want(t, exitDone, "predict", "--head", filepath.Join(j.out("table"), "heads"), "--weights", net, data); !strings.Contains(out, "aeroplane") {
		t.Errorf("predict: %s", out)
	}
	if out := want(t, exitDone, "report", j.out("run")); !strings.Contains(out, "report.html") {
		t.Errorf("report: %s", out)
	}
	if out := want(t, exitDone, j.tuned("run")...); !strings.Contains(out, "done already") {
		t.Errorf("again: %s", out)
	}
	if out := want(t, exitFailed, j.tuned("run", "--seed", "9")...); !strings.Contains(out, "other settings") {
		t.Errorf("another seed: %s", out)
	}
	if out := want(t, exitUsage, "finetune", data, "--weights", net, "-o", j.out("x"), "--unfreeze-epochs", "2"); !strings.Contains(out, "needs --unfreeze") {
		t.Errorf("epochs without --unfreeze: %s", out)
	}
}

// TestKillFinetune kills and interrupts fine-tuning at random moments; completed, its net has the bytes of an
// undisturbed run.
func TestKillFinetune(t *testing.T) {
	j := newSmallJob(t, "16")
	began := time.Now()
	if out, err := asProgram(j.tuned("calm")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(began)
	random := rand.New(rand.NewPCG(1, 2))
	kills, hits := 8, 0
	if testing.Short() {
		kills = 3
	}
	for i := 0; hits < kills && i < 4*kills; i++ {
		how, expected := syscall.SIGKILL, -1
		if i%2 == 1 {
			how, expected = syscall.SIGINT, exitInterrupted
		}
		switch code := killed(t, j.tuned("killed"), time.Duration(random.Float64()*float64(took)), how); code {
		case expected:
			hits++
		case exitDone: // this machine has become faster
			took = took * 3 / 4
			if err := os.RemoveAll(j.out("killed")); err != nil {
				t.Fatal(err)
			}
		case -1: // a signal before the program was ready for it
		default:
			t.Errorf("kill %d: exit status %d", i, code)
		}
	}
	if hits == 0 {
		t.Error("no kill met the program at work")
	}
	want(t, exitDone, j.tuned("killed")...)
	for _, name := range []string{"weights.safetensors", "views/rows.f32"} {
		a, err1 := os.ReadFile(filepath.Join(j.out("calm"), name))
		b, err2 := os.ReadFile(filepath.Join(j.out("killed"), name))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs: %v %v", name, err1, err2)
		}
	}
}
