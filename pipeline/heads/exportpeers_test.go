package heads

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/pipeline/internal/fixture"
)

// exported is a trained head with descriptors that it was not trained on, and what fc7 itself says of them.
type exported struct {
	name   string
	h      *Saved
	dir    string        // of head.safetensors
	inputs [][][]float32 // [block][row]: as they stand in the tables
	final  [][]float64   // [row]: joined and normalised
	scores [][]float64   // [row][K]
}

// exportCases are heads of each loss, with and without a constant, of one class to five, and of each way to join.
func exportCases(t *testing.T) (all []exported) {
	t.Helper()
	recipes := []protocol.Recipe{
		{Aggregate: protocol.Stack, Scales: []int{256, 384}, Widths: []int{3, 4}, L2: protocol.L2After},
		{Aggregate: protocol.Mean, Scales: []int{256, 384}, Widths: []int{5, 5}, L2: protocol.L2Both},
		{Aggregate: protocol.Max, Scales: []int{256, 384}, Widths: []int{5, 5}, L2: protocol.L2None},
		{Aggregate: protocol.Stack, L2: protocol.L2Both, Parts: []protocol.Recipe{
			{Aggregate: protocol.Mean, Scales: []int{256}, Widths: []int{4}, L2: protocol.L2None},
			{Aggregate: protocol.Stack, Scales: []int{256, 512}, Widths: []int{2, 3}, L2: protocol.L2Before},
		}},
	}
	for _, loss := range []svm.Loss{svm.SquaredHinge, svm.Hinge, svm.Logistic} {
		for _, bias := range []float64{0, 1, 10} {
			for _, classes := range []int{1, 2, 3, 5} {
				r := recipes[len(all)%len(recipes)]
				s := protocol.Settings{C: 4, Loss: loss, Bias: bias}
				all = append(all, exportCase(t, fmt.Sprintf("%v, bias %g, %d classes", loss, bias, classes), r, classes, s, false))
			}
		}
	}
	for _, classes := range []int{2, 3, 5} {
		s := protocol.Settings{C: 4, Loss: svm.Softmax, Standardise: classes == 3}
		all = append(all, exportCase(t, fmt.Sprintf("softmax, %d classes", classes), recipes[classes%len(recipes)], classes, s, false))
	}
	return all
}

// exportCase trains a head on made rows, of one class each: of a single one the others are its negatives. With several,
// a row may be of any of the classes, and of none.
func exportCase(t *testing.T, name string, r protocol.Recipe, classes int, s protocol.Settings, several bool) exported {
	t.Helper()
	const n = 120
	random := rand.New(rand.NewPCG(uint64(classes), 7))
	e := exported{name: name, dir: t.TempDir()}
	d := protocol.Data{}
	for k := range classes {
		d.Classes = append(d.Classes, fmt.Sprintf("class %d", k+1))
	}
	var blocks []svm.Block
	parts := r.Parts
	if parts == nil {
		parts = []protocol.Recipe{r}
	}
	var tables []Table
	for _, p := range parts {
		table := Table{}
		for i, w := range p.Widths {
			table.Columns = append(table.Columns, fmt.Sprintf("fc7_q%d", p.Scales[i]))
			rows := make([][]float32, n)
			for i := range rows {
				for range w {
					rows[i] = append(rows[i], float32(random.NormFloat64()))
				}
			}
			rows[n-1] = make([]float32, w) // a descriptor of zeros
			blocks = append(blocks, protocol.Block(rows, w))
		}
		tables = append(tables, table)
	}
	for i := range n {
		d.IDs = append(d.IDs, strconv.Itoa(i))
		var labels []string
		for k, c := range d.Classes {
			if several && random.IntN(2) == 0 || !several && i%max(2, classes) == k {
				labels = append(labels, c)
				blocks[0].Rows[i][k%len(blocks[0].Rows[i])] += 1
			}
		}
		d.Labels, d.None = append(d.Labels, labels), append(d.None, labels == nil)
		d.Splits = append(d.Splits, []string{[]string{"train", "val", "test"}[i/40]})
	}
	var err error
	if d.X, d.Recipe, err = r.Matrix(blocks, n); err != nil {
		t.Fatal(err)
	}
	p, err := protocol.Find("voc2007")
	if err != nil {
		t.Fatal(err)
	}
	o, err := p.Options(protocol.Options{Settings: s}, d)
	if err != nil {
		t.Fatal(err)
	}
	result, err := p.Run(t.Context(), d, o)
	if err != nil {
		t.Fatal(name, err)
	}
	if err := saveHead(filepath.Join(e.dir, headFile), result.Head(), tables, fileDigests{}); err != nil {
		t.Fatal(err)
	}
	if e.h, err = load(e.dir); err != nil {
		t.Fatal(err)
	}
	e.inputs = make([][][]float32, len(blocks))
	for i := n * 2 / 3; i < n; i++ {
		one := make([][]float32, len(blocks))
		for b := range blocks {
			one[b] = blocks[b].Rows[i]
			e.inputs[b] = append(e.inputs[b], one[b])
		}
		scores, err := e.h.Scores(one)
		if err != nil {
			t.Fatal(err)
		}
		var x []float64
		for _, b := range d.X.Blocks {
			for _, v := range b.Rows[i] {
				if x = append(x, float64(v)); b.Scale != nil {
					x[len(x)-1] *= b.Scale[i]
				}
			}
		}
		e.scores, e.final = append(e.scores, scores), append(e.final, x)
	}
	return e
}

// export writes the head in a format and returns the text.
func (e exported) export(t *testing.T, format string) (path string, text []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "h."+format)
	if err := Export(e.dir, format, path, false); err != nil {
		t.Fatal(e.name, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, text
}

// predicted is the label that LIBLINEAR gives to scores, and their probabilities as it tells them: of two labels those
// of both sides, of more those of the classes divided by their sum.
func (e exported) predicted(scores []float64) (label int, probabilities []float64) {
	label, sum := 1, 0.0
	for k, s := range scores {
		if s > scores[label-1] {
			label = k + 1
		}
		probabilities = append(probabilities, 1/(1+math.Exp(-s)))
		sum += probabilities[k]
	}
	switch len(scores) {
	case 1:
		if scores[0] <= 0 {
			label = -1
		}
		return label, append(probabilities, 1-probabilities[0])
	case 2:
		return label, probabilities
	}
	for k := range probabilities {
		probabilities[k] /= sum
	}
	return label, probabilities
}

// graphInputs are row i as the graph wants it: named after the columns.
func (e exported) graphInputs() map[string][][]float32 {
	in, b := map[string][][]float32{}, 0
	for i, table := range e.h.tables {
		for _, c := range table.Columns {
			if len(e.h.tables) > 1 {
				c = fmt.Sprintf("part%d_%s", i+1, c)
			}
			in[c] = e.inputs[b]
			b++
		}
	}
	return in
}

// TestExportedHeads: by the formats' definitions, an exported head gives fc7's own numbers.
func TestExportedHeads(t *testing.T) {
	fixture.SkipShort(t)
	for _, e := range exportCases(t) {
		_, text := e.export(t, FormatLIBLINEAR)
		m := readLIBLINEAR(t, string(text))
		_, graph := e.export(t, FormatONNX)
		g := readONNX(t, graph)
		for i, want := range e.scores {
			values, label := m.values(e.final[i])
			wantLabel, wantShares := e.predicted(want)
			if label != wantLabel {
				t.Errorf("%s: LIBLINEAR's label %d, want %d", e.name, label, wantLabel)
			}
			for k, v := range values {
				if math.Abs(v-want[k]) > 1e-5 {
					t.Errorf("%s: LIBLINEAR's value %g, want %g", e.name, v, want[k])
				}
			}
			for k, v := range m.probabilities(values) {
				if e.h.Settings.Loss == svm.Logistic && math.Abs(v-wantShares[k]) > 1e-5 {
					t.Errorf("%s: LIBLINEAR's probability %g, want %g", e.name, v, wantShares[k])
				}
			}
			in := map[string][]float64{}
			for name, rows := range e.graphInputs() {
				for _, v := range rows[i] {
					in[name] = append(in[name], float64(v))
				}
			}
			e.sameGraph(t, g.run(t, in), i, "the graph")
		}
	}
}

// sameGraph compares the outputs of the graph for row i with the head's own.
func (e exported) sameGraph(t *testing.T, out map[string][]float64, i int, who string) {
	t.Helper()
	probabilities := e.h.Probabilities(e.scores[i])
	if len(out["scores"]) != len(e.scores[i]) || len(out["probabilities"]) != len(probabilities) {
		t.Fatalf("%s: %s: %d scores and %d probabilities", e.name, who, len(out["scores"]), len(out["probabilities"]))
	}
	for k, v := range out["scores"] {
		if math.Abs(v-e.scores[i][k]) > 1e-5 {
			t.Errorf("%s: %s: score %g, want %g", e.name, who, v, e.scores[i][k])
		}
	}
	for k, v := range out["probabilities"] {
		if math.Abs(v-probabilities[k]) > 1e-5 {
			t.Errorf("%s: %s: probability %g, want %g", e.name, who, v, probabilities[k])
		}
	}
}

// TestExportRefuses: two classes that are not each other's opposites do not fit into LIBLINEAR's one weight vector:
// where images have both or neither, where the sides weigh differently.
func TestExportRefuses(t *testing.T) {
	fixture.SkipShort(t)
	r := protocol.Recipe{Aggregate: protocol.Mean, Scales: []int{256}, Widths: []int{4}}
	for _, e := range []exported{
		exportCase(t, "several labels", r, 2, protocol.Settings{C: 1}, true),
		exportCase(t, "a weight", r, 2, protocol.Settings{C: 1, PositiveWeight: 3}, false),
		exportCase(t, "a weight, with a constant", r, 2, protocol.Settings{C: 1, Bias: 1, NegativeWeight: 3}, false),
	} {
		path := filepath.Join(t.TempDir(), "h.model")
		err := Export(e.dir, FormatLIBLINEAR, path, false)
		if err == nil || !strings.Contains(err.Error(), "class 1 and class 2 are not each other's opposites: export the head as ONNX") {
			t.Errorf("%s: %v", e.name, err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file was left", e.name)
		}
		e.export(t, FormatONNX)
	}
	e := exportCase(t, "several labels of three", r, 3, protocol.Settings{C: 1}, true)
	e.export(t, FormatLIBLINEAR)
}

// TestLIBLINEARReadsHeads: LIBLINEAR's own predict reads the exported models and gives fc7's labels and probabilities.
// Of other losses, whose values it does not print, the same weights are read as a logistic model's.
func TestLIBLINEARReadsHeads(t *testing.T) {
	fixture.SkipShort(t)
	predict, err := exec.LookPath("liblinear-predict")
	if err != nil {
		t.Skip("there is no liblinear-predict here (Debian's liblinear-tools)")
	}
	for _, e := range exportCases(t) {
		path, text := e.export(t, FormatLIBLINEAR)
		var rows bytes.Buffer
		for _, x := range e.final {
			rows.WriteString("1")
			for i, v := range x {
				fmt.Fprintf(&rows, " %d:%v", i+1, v)
			}
			rows.WriteByte('\n')
		}
		dir := t.TempDir()
		data, out := filepath.Join(dir, "x"), filepath.Join(dir, "out")
		logistic := filepath.Join(dir, "logistic")
		_, after, _ := bytes.Cut(text, []byte("\n"))
		for file, b := range map[string][]byte{data: rows.Bytes(), logistic: append([]byte("solver_type L2R_LR\n"), after...)} {
			if err := os.WriteFile(file, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		run := func(args ...string) []string {
			t.Helper()
			if b, err := exec.Command(predict, args...).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", e.name, err, b)
			}
			b, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Split(strings.TrimSpace(string(b)), "\n")
		}
		labels := run(data, path, out)
		var shares []string // of softmax heads it tells none
		if e.h.Settings.Loss != svm.Softmax {
			shares = run("-b", "1", data, logistic, out)[1:]
		}
		for i, scores := range e.scores {
			label, want := e.predicted(scores)
			if labels[i] != strconv.Itoa(label) {
				t.Errorf("%s: LIBLINEAR says %s, want %d", e.name, labels[i], label)
			}
			if shares == nil {
				continue
			}
			for k, f := range strings.Fields(shares[i])[1:] {
				if v, err := strconv.ParseFloat(f, 64); err != nil || math.Abs(v-want[k]) > 1e-4 {
					t.Errorf("%s: LIBLINEAR's probability %g, want %g (%v)", e.name, v, want[k], err)
				}
			}
		}
	}
}

// runGraphs is ONNX Runtime on [[model, inputs], …], in one process.
const runGraphs = `
const ort = require(process.argv[1] + '/onnxruntime-node'), jobs = JSON.parse(require('fs').readFileSync(0))
const run = async () => {
  const all = []
  for (const [model, input] of jobs) {
    const s = await ort.InferenceSession.create(model), feeds = {}
    for (const [k, v] of Object.entries(input)) feeds[k] = new ort.Tensor('float32', Float32Array.from(v.flat()), [v.length, v[0].length])
    const out = {}
    for (const [k, t] of Object.entries(await s.run(feeds))) out[k] = {data: Array.from(t.data), width: t.dims[1]}
    all.push(out)
  }
  console.log(JSON.stringify(all))
}
run()`

// TestONNXRuntimeReadsHeads: ONNX Runtime gives the scores and probabilities of fc7 from the columns of the tables. npm
// install --prefix DIR --ignore-scripts onnxruntime-node, and FC7_NODE_MODULES=DIR/node_modules.
func TestONNXRuntimeReadsHeads(t *testing.T) {
	modules := os.Getenv("FC7_NODE_MODULES")
	if modules == "" {
		t.Skip("FC7_NODE_MODULES does not name a node_modules with onnxruntime-node")
	}
	if _, err := os.Stat(filepath.Join(modules, "onnxruntime-node")); err != nil {
		t.Skip("there is no onnxruntime-node in FC7_NODE_MODULES")
	}
	cases := exportCases(t)
	var jobs [][]any
	for _, e := range cases {
		path, _ := e.export(t, FormatONNX)
		jobs = append(jobs, []any{path, e.graphInputs()})
	}
	in, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "-e", runGraphs, modules)
	cmd.Stdin = bytes.NewReader(in)
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]struct {
		Data  []float64
		Width int
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for n, e := range cases {
		for i := range e.scores {
			row := map[string][]float64{}
			for name, m := range all[n] {
				row[name] = m.Data[i*m.Width : (i+1)*m.Width]
			}
			e.sameGraph(t, row, i, "ONNX Runtime")
		}
	}
}
