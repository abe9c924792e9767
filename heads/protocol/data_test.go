package protocol

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fc7/heads/svm"
	"fc7/internal/npytest"
)

// run trains and scores by a protocol with what is asked for; the average precision that C is chosen by is no option of
// the tables.
func run(t *testing.T, p Protocol, d Data, asked Options) (*Result, error) {
	t.Helper()
	o, err := p.Options(asked, d)
	if err != nil {
		return nil, err
	}
	o.ChooseBy = cmp.Or(asked.ChooseBy, o.ChooseBy)
	return p.Run(t.Context(), d, o)
}

// lowShot makes a curve of any labelled set with the default options, but for the given settings, shots and draws.
func lowShot(t *testing.T, d Data, asked LowShotOptions) (*LowShotResult, error) {
	t.Helper()
	o := LowShotOptions{Options: set.Defaults(), Shots: asked.Shots, Draws: cmp.Or(asked.Draws, DefaultDraws), DrawSeeds: asked.DrawSeeds}
	o.Settings = asked.Settings
	return set.LowShot(t.Context(), d, o, nil)
}

// row is row i of data of one block without factors.
func (d Data) row(i int) []float32 { return d.X.Blocks[0].Rows[i] }

// copied is a matrix of one block with rows of its own.
func copied(m svm.Matrix) svm.Matrix { return svm.Dense(slices.Concat(m.Blocks[0].Rows...), m.D) }

// caltech101 is the shared features of Caltech-101.
func caltech(t *testing.T) Data {
	t.Helper()
	x, classes, files := npytest.Caltech101(t)
	d := Data{X: svm.Dense(x, 512), IDs: files}
	for i, class := range classes {
		if i == 0 || class != classes[i-1] {
			d.Classes = append(d.Classes, class)
		}
		d.Labels = append(d.Labels, []string{class})
	}
	return d
}

// clusters is a made multi-class data set: per class some rows around a centre of its own.
func clusters(classes, perClass, width int, noise float64) Data {
	r := rand.New(rand.NewPCG(1, 2))
	var d Data
	var x []float32
	for k := range classes {
		name := "class" + strconv.Itoa(k)
		d.Classes = append(d.Classes, name)
		centre := make([]float64, width)
		for j := range centre {
			centre[j] = r.NormFloat64()
		}
		for i := range perClass {
			row := make([]float32, width)
			for j := range row {
				row[j] = float32(centre[j] + noise*r.NormFloat64())
			}
			normalise(row)
			x = append(x, row...)
			d.IDs = append(d.IDs, name+"/"+strconv.Itoa(1000+i))
			d.Labels = append(d.Labels, []string{name})
		}
	}
	d.X = svm.Dense(x, width)
	return d
}

// multiLabel is a made data set in VOC's manner: several labels an image, some classes difficult only, all splits.
func multiLabel(images int) Data {
	const width, classes = 16, 4
	r := rand.New(rand.NewPCG(3, 4))
	var d Data
	var x []float32
	centre := make([]float64, width*classes)
	for j := range centre {
		centre[j] = r.NormFloat64()
	}
	for k := range classes {
		d.Classes = append(d.Classes, "class"+strconv.Itoa(k))
	}
	for i := range images {
		row := make([]float32, width)
		var labels, ignored []string
		for k, name := range d.Classes {
			strength := 0.0
			switch r.IntN(4) {
			case 0:
				labels, strength = append(labels, name), 1
			case 1:
				if r.IntN(4) == 0 {
					ignored, strength = append(ignored, name), 0.3
				}
			}
			for j := range row {
				row[j] += float32(strength * centre[k*width+j])
			}
		}
		for j := range row {
			row[j] += float32(r.NormFloat64())
		}
		normalise(row)
		x = append(x, row...)
		d.IDs = append(d.IDs, strconv.Itoa(1000+i))
		d.Labels, d.Ignored, d.None = append(d.Labels, labels), append(d.Ignored, ignored), append(d.None, len(labels)+len(ignored) == 0)
		d.Splits = append(d.Splits, [][]string{{"train", "trainval"}, {"val", "trainval"}, {"test"}, {"test"}}[i%4])
	}
	d.X = svm.Dense(x, width)
	return d
}

func TestBadData(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Data)
		want   string
	}{
		"no rows":        {func(d *Data) { d.IDs = nil }, "0 rows"},
		"no classes":     {func(d *Data) { d.Classes = nil }, "no row has a label"},
		"short X":        {func(d *Data) { d.X.N-- }, "X has 39 rows"},
		"no descriptor":  {func(d *Data) { d.X.Blocks[0].Rows[7] = nil }, "1007 has no descriptor of 16 values"},
		"overflow":       {func(d *Data) { d.X.Blocks[0].Squares = append(make([]float64, 39), math.Inf(1)) }, "norm of the descriptor of 1039 overflows"},
		"short labels":   {func(d *Data) { d.Labels = d.Labels[1:] }, "Labels has 39 rows"},
		"short ignored":  {func(d *Data) { d.Ignored = d.Ignored[1:] }, "Ignored has 39"},
		"short splits":   {func(d *Data) { d.Splits = d.Splits[1:] }, "Splits has 39"},
		"short missing":  {func(d *Data) { d.Missing = make([]bool, 3) }, "Missing has 3"},
		"repeated row":   {func(d *Data) { d.IDs[3] = d.IDs[7] }, "1007 is there twice"},
		"repeated class": {func(d *Data) { d.Classes[1] = d.Classes[0] }, `"class0" is there twice`},
		"unknown label":  {func(d *Data) { d.Labels[3] = []string{"zebra"} }, `1003 has label "zebra"`},
		"unknown ignore": {func(d *Data) { d.Ignored[3] = []string{"zebra"} }, `1003 has label "zebra"`},
		"NaN":            {func(d *Data) { d.row(5)[2] = float32(math.NaN()) }, "descriptor of 1005 has NaN at 2"},
	} {
		d := multiLabel(40)
		c.change(&d)
		if _, err := run(t, voc2007, d, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, expected %q", name, err, c.want)
		}
	}
}
