package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/outputs"
	"fc7/pipeline/evaluation"
)

func TestTableCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, top1 := range map[string]float64{"a": 0.25, "b|ü": 0.5} {
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
		e := map[string]any{"rows": []any{map[string]any{"views": "dense", "images": 8, "top1": top1, "top5": nil, "mean_class_recall": 0.125}}}
		if err := outputs.WriteJSON(filepath.Join(name, evaluation.EvaluationName), e); err != nil {
			t.Fatal(err)
		}
	}
	for format, lines := range map[string]string{
		"text":     "in %  scored by          images  accuracy  mean class recall  top-5\na     evaluation, dense       8      75.0               12.5      -\nb|ü   evaluation, dense       8      50.0               12.5      -\n",
		"markdown": "| in % | scored by | images | accuracy | mean class recall | top-5 |\n| --- | --- | ---: | ---: | ---: | ---: |\n| a | evaluation, dense | 8 | 75.0 | 12.5 | - |\n| b\\|ü | evaluation, dense | 8 | 50.0 | 12.5 | - |\n",
	} {
		if out := want(t, exitDone, "table", "a", "b|ü", "--format", format); out != lines {
			t.Errorf("%s:\n%s", format, out)
		}
	}
	for format, shown := range map[string]string{"text": "red\ufffd[31m\ufffdline", "markdown": "red\ufffd\\[31m\ufffdline"} {
		if out := want(t, exitDone, "table", "red\x1b[31m\nline=a", "--format", format); strings.ContainsAny(out, "\x1b") || !strings.Contains(out, shown) {
			t.Errorf("%s passes control characters on: %q", format, out)
		}
	}
	if out := want(t, exitDone, "table", "[x](javascript:a)*`\\=a", "--format", "markdown"); !strings.Contains(out, "| \\[x\\](javascript:a)\\*\\`\\\\ |") {
		t.Errorf("Markdown in a name has its meaning: %s", out)
	}
	out := want(t, exitDone, "table", "first=a", "--figures", "accuracy", "--format", "csv")
	if out != "name,path,by,images,accuracy,accuracy_deviation\nfirst,"+filepath.Join("a", evaluation.EvaluationName)+",\"evaluation, dense\",8,0.75,\n" {
		t.Errorf("csv: %s", out)
	}
	_, stdout, _ := fc7(t, "table", "a", "--json")
	var got struct {
		Lines []struct {
			Figures map[string]*float64 `json:"figures"`
		} `json:"lines"`
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || *got.Lines[0].Figures["accuracy"] != 0.75 || got.Lines[0].Figures["top5"] != nil {
		t.Errorf("json: %s, %v", stdout, err)
	}
	if out := want(t, exitUsage, "table", "a", "--figures", "top1"); !strings.Contains(out, "did you mean top5") {
		t.Errorf("an unknown figure: %s", out)
	}
	if out := want(t, exitUsage, "table", "a", "--format", "html"); !strings.Contains(out, "markdown") {
		t.Errorf("an unknown format: %s", out)
	}
	want(t, exitFailed, "table", "nothing")
}
