package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/heads"
)

// TestTableByData: a column a data set in each format; what is named is text there, and what is not of it is refused.
func TestTableByData(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, figures := range map[string][]metrics.Value{"a": {0.5, 0.75}, "b_<&": {0.25, 0.5}} {
		r := heads.Result{Result: &protocol.Result{
			Protocol: "dtd", Headline: protocol.MeasureOf("accuracy"), Trained: "trainval", Scored: "test", Classes: []protocol.Class{{Name: "cat"}},
			Figures: protocol.Figures{{Name: "accuracy", Value: (figures[0] + figures[1]) / 2}}, Deviation: protocol.Figures{{Name: "accuracy", Value: 0.125}},
			Recipe: protocol.Recipe{Scales: []int{256}, Widths: []int{8}},
		}, Tables: []heads.Table{{Identity: outputs.Identity{Net: "vgg16", WeightsSHA256: "ab", Inputs: outputs.Inputs{Kind: "dtd", Count: 4, SHA256: "cd"}}, Layer: "fc7", Columns: []string{"fc7_q256"}}}}
		for n, v := range figures {
			r.Splits = append(r.Splits, protocol.Split{Name: "split " + string(rune('1'+n)), Figures: protocol.Figures{{Name: "accuracy", Value: v}}, Images: protocol.Images{Train: 3, Test: 8}, Choice: protocol.Choice{C: 1}})
		}
		if err := os.MkdirAll(name, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := outputs.WriteJSON(filepath.Join(name, heads.ScoresFile), r); err != nil {
			t.Fatal(err)
		}
	}
	byData := func(more ...string) string {
		return want(t, exitDone, append([]string{"table", "--by-data", "one=a", "b_<&=b_<&", "-q"}, more...)...)
	}
	for format, shown := range map[string]string{
		"text":     "in %  dtd, accuracy\none    *62.5 ± 12.5\nb_<&    37.5 ± 12.5\n* the best of its column\ndtd: protocol dtd, 2 divisions, 8 tested; images cd\n",
		"markdown": "| in % | dtd, accuracy |\n| --- | ---: |\n| one | **62.5 ± 12.5** |\n| b_&lt;&amp; | 37.5 ± 12.5 |\n",
		"latex":    "\\begin{tabular}{lr}\n\\hline\nin \\% & dtd, accuracy \\\\\n\\hline\none & \\textbf{62.5 $\\pm$ 12.5} \\\\\nb\\_<\\& & 37.5 $\\pm$ 12.5 \\\\\n\\hline\n\\end{tabular}\n",
		"csv":      "name,data_set,protocol,measure,value,deviation,best,difference,lower,upper,missing,path\none,dtd,dtd,accuracy,0.625,0.125,true,,,,," + filepath.Join("a", heads.ScoresFile) + "\nb_<&,dtd,dtd,accuracy,0.375,0.125,false,,,,," + filepath.Join("b_<&", heads.ScoresFile) + "\n",
	} {
		if out := byData("--format", format); out != shown {
			t.Errorf("%s:\n%s\nwant\n%s", format, out, shown)
		}
	}
	if out := byData("--format", "html"); !strings.Contains(out, "<tr><td>b_&lt;&amp;</td><td>37.5 ± 12.5</td></tr>") || !strings.Contains(out, "<strong>62.5 ± 12.5</strong>") {
		t.Errorf("html: %s", out)
	}
	if out := byData("--against", "one"); !strings.Contains(out, "37.5 ± 12.5 (-25.0, -25.0 to -25.0)") {
		t.Errorf("differences: %s", out)
	}
	_, stdout, _ := fc7(t, "table", "--by-data", "one=a", "--json")
	var got struct {
		Rows []struct {
			Cells []struct{ Value float64 } `json:"cells"`
		} `json:"rows"`
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || got.Rows[0].Cells[0].Value != 0.625 {
		t.Errorf("json: %s, %v", stdout, err)
	}
	for _, args := range []string{"--by-data a --figures accuracy", "a --against one", "a --paper", "--by-data a --against two", "--by-data a a", "a --format latex", "a --low-shot 4", "--by-data a --low-shot 4", "--by-data a --low-shot 4 --paper"} {
		want(t, exitUsage, append([]string{"table"}, strings.Fields(args)...)...)
	}
	want(t, exitFailed, "table", "--by-data", ".")
}
