package heads

import (
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/outputs"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
)

// finalRow is the final descriptor of row i, put together; zeros where there is none.
func finalRow(d protocol.Data, i int) []float32 {
	var out []float32
	for _, b := range d.X.Blocks {
		part := make([]float32, b.Width)
		for k, v := range b.Rows[i] {
			x := float64(v)
			if b.Scale != nil {
				x *= b.Scale[i]
			}
			part[k] = float32(x)
		}
		out = append(out, part...)
	}
	return out
}

// near allows for the rounding of a normalisation.
func near(a, b float32) bool {
	return math.Abs(float64(a-b)) <= 2e-7*max(math.Abs(float64(a)), math.Abs(float64(b)))
}

// twoClasses labels the first and the last row with one class, and the others with another.
func twoClasses(d protocol.Data) protocol.Data {
	d.Classes, d.Labels, d.Ignored, d.Splits = []string{"a", "b"}, nil, nil, nil
	for i := range d.IDs {
		k := 1
		if i == 0 || i == len(d.IDs)-1 {
			k = 0
		}
		d.Labels = append(d.Labels, d.Classes[k:k+1])
	}
	return d
}

// Heads of mapped tables are those of tables in memory, to the last bit, for one scale and several.
func TestHeadsOfMappedTables(t *testing.T) {
	run := fixture.Failing(t)
	for _, choice := range []extraction.FeatureChoice{{Aggregate: protocol.Stack}, {}, {Scales: []int{256}}, {Aggregate: protocol.Stack, L2: protocol.L2Before}} {
		p, err := openFeatures(run, choice, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer p.table.Close()
		read := p.data
		table, err := outputs.OpenTable(run, outputs.ReadOptions{Columns: p.Columns})
		if err != nil {
			t.Fatal(err)
		}
		var blocks []svm.Block
		for _, name := range p.Columns {
			m, err := table.Descriptors(name)
			if err != nil {
				t.Fatal(err)
			}
			blocks = append(blocks, protocol.Block(m.Rows(), m.Column.Width))
		}
		if read.X, _, err = read.Recipe.Matrix(blocks, len(table.Rows)); err != nil {
			t.Fatal(err)
		}
		var results [][]protocol.Split
		for _, d := range []protocol.Data{p.data, read} {
			d = twoClasses(d)
			r, err := halves(t, d)
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, r.Splits)
		}
		for i, s := range results[0] {
			if w := results[1][i]; !reflect.DeepEqual(s.Head, w.Head) || !reflect.DeepEqual(s.Scores, w.Scores) || len(s.Scores) != 2 {
				t.Errorf("%+v: mapped and read tables gave different heads", choice)
			}
		}
	}
}

// A shard that is cut short while heads are trained is an error that names it, and no crash.
func TestHeadsOfACutTable(t *testing.T) {
	fixture.SkipShort(t)
	run := fixture.Failing(t)
	p, err := openFeatures(run, extraction.FeatureChoice{Aggregate: protocol.Stack}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.table.Close()
	shard := p.table.Shards[0]
	if _, mapped := p.table.MappedAt(uintptr(unsafe.Pointer(&p.data.X.Blocks[0].Rows[0][0]))); !mapped {
		t.Skip("files are not mapped on this machine")
	}
	if err := os.Truncate(shard, 0); err != nil {
		t.Fatal(err)
	}
	_, err = halves(t, twoClasses(p.data))
	err = nameFault(err, p.table)
	if err == nil || !strings.Contains(err.Error(), shard+" was cut short") {
		t.Error(err)
	}
}

// halves trains on half of the images and scores the others, by the protocol of any labelled set.
func halves(t *testing.T, d protocol.Data) (*protocol.Result, error) {
	t.Helper()
	p, err := protocol.Find("set")
	if err != nil {
		t.Fatal(err)
	}
	o := p.Defaults()
	o.TrainFraction = 0.5
	return p.Run(t.Context(), d, o)
}
