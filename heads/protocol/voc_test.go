package protocol

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fc7/heads/metrics"
)

func TestVOC(t *testing.T) {
	d := multiLabel(600)
	r, err := run(t, voc2007, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Trained != "trainval" || r.Scored != "test" || r.Splits[0].Choice.On != "val" || len(r.Notes) > 0 {
		t.Errorf("%+v", r)
	}
	if r.Splits[0].Images != (Images{Train: 300, Test: 300}) || r.Splits[0].Choice.Trained != 150 || r.Splits[0].Choice.Held != 150 {
		t.Errorf("%+v, %+v", r.Splits[0].Images, r.Splits[0].Choice)
	}
	sum := 0.0
	for k, c := range r.Classes {
		ap, err := metrics.AP11(r.Splits[0].Scores[k], r.Splits[0].True[k])
		if err != nil || ap != c.Figures.Get("ap_11") || c.Figures.Get("ap_11") < 0.5 || c.Figures.Get("ap") < 0.5 {
			t.Errorf("%+v: 11-point AP %v, %v", c, ap, err)
		}
		if c.Counts.Get("test")+c.Counts.Get("negatives")+c.Counts.Get("ignored") != 300 || c.Counts.Get("ignored") == 0 || c.Counts.Get("train") == 0 || !c.Solver.Converged {
			t.Errorf("%+v", c)
		}
		sum += float64(c.Figures.Get("ap")) / 4
	}
	if math.Abs(sum-float64(r.Figures.Get("mean_ap"))) > 1e-12 {
		t.Errorf("mean AP %v, expected %v", r.Figures.Get("mean_ap"), sum)
	}
	b, err := json.Marshal(r)
	if err != nil || !bytes.Contains(b, []byte(`"mean_ap_11"`)) || !bytes.Contains(b, []byte(`"squared hinge"`)) {
		t.Errorf("%s, %v", b, err)
	}
}

// Devkit result files, written and read back, give the same figures.
func TestVOCResultFiles(t *testing.T) {
	d := multiLabel(200)
	d.Missing = make([]bool, 200)
	d.Missing[2], d.Missing[7] = true, true // both test
	r, err := run(t, voc2007, d, Options{Settings: Settings{C: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Splits[0].Images.TestMissing != 2 || r.Splits[0].Images.Test != 100 || !math.IsInf(r.Splits[0].Scores[0][0], -1) {
		t.Errorf("%+v", r.Splits[0].Images)
	}
	var list []metrics.Key
	for _, id := range r.Splits[0].IDs {
		list = append(list, metrics.Key{Image: id})
	}
	for k, c := range r.Classes {
		var b bytes.Buffer
		if err := metrics.WriteResults(&b, r.Splits[0].Results(k)); err != nil {
			t.Fatal(err)
		}
		results, err := metrics.ReadResults(&b, c.Name)
		if err != nil || len(results) != 98 {
			t.Fatal(len(results), err)
		}
		scores, err := metrics.Align(results, list)
		if err != nil {
			t.Fatal(err)
		}
		if ap, err := metrics.AP11(scores, r.Splits[0].True[k]); err != nil || ap != c.Figures.Get("ap_11") {
			t.Errorf("%s: AP %v from the file, %v in the table (%v)", c.Name, ap, c.Figures.Get("ap_11"), err)
		}
		if curve, err := r.Splits[0].curve(k); err != nil || curve.AP11() != c.Figures.Get("ap_11") {
			t.Error(err)
		}
	}
}

// Whatever the test images and their labels are, the choice of C and the heads are the same.
func TestVOCChoiceDoesNotSeeTestImages(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than other tests have")
	}
	d := multiLabel(400)
	o := Options{Settings: Settings{PerClass: true}}
	clean, err := run(t, voc2007, d, o)
	if err != nil {
		t.Fatal(err)
	}
	d.X, d.Labels, d.Ignored = copied(d.X), slices.Clone(d.Labels), slices.Clone(d.Ignored)
	for i := range d.IDs {
		if d.in(i, "test") {
			for j := range d.row(i) {
				d.row(i)[j] *= -50
			}
			d.Labels[i], d.Ignored[i] = d.Classes[i%4:i%4+1], nil
		}
	}
	poisoned, err := run(t, voc2007, d, o)
	if err != nil {
		t.Fatal(err)
	}
	if clean.Figures.Get("mean_ap") == poisoned.Figures.Get("mean_ap") {
		t.Fatal("the poison did nothing")
	}
	if !reflect.DeepEqual(clean.Splits[0].Choice, poisoned.Splits[0].Choice) || !reflect.DeepEqual(clean.Head(), poisoned.Head()) {
		t.Error("test images had a part in training")
	}
}

// The same for val where it is what is scored.
func TestVOCWithoutTest(t *testing.T) {
	d := multiLabel(400)
	d.Splits = slices.Clone(d.Splits)
	for i, s := range d.Splits {
		if s[0] == "test" {
			d.Splits[i] = nil
		}
	}
	clean, err := run(t, voc2007, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(clean.Notes, "\n")
	if clean.Trained != "train" || clean.Scored != "val" || !strings.Contains(notes, "no test images") || !strings.Contains(notes, "a random fifth of train") {
		t.Errorf("%+v", clean)
	}
	if clean.Splits[0].Images != (Images{Train: 100, Test: 100}) || clean.Splits[0].Choice.Trained != 80 || clean.Splits[0].Choice.Held != 20 {
		t.Errorf("%+v %+v", clean.Splits[0].Images, clean.Splits[0].Choice)
	}
	d.X = copied(d.X)
	for i := range d.IDs {
		if d.in(i, "val") {
			d.row(i)[i%3] += 30
		}
	}
	poisoned, err := run(t, voc2007, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(clean.Splits[0].Choice, poisoned.Splits[0].Choice) || clean.Figures.Get("mean_ap") == poisoned.Figures.Get("mean_ap") {
		t.Error("val had a part in training")
	}
}

func TestVOCSplits(t *testing.T) {
	trainvalOnly := multiLabel(400)
	for i, s := range trainvalOnly.Splits {
		if s[0] != "test" {
			trainvalOnly.Splits[i] = []string{"trainval"}
		}
	}
	r, err := run(t, voc2007, trainvalOnly, Options{})
	if err != nil || r.Trained != "trainval" || r.Splits[0].Choice.On != "a random fifth of trainval" || r.Splits[0].Choice.Held != 40 {
		t.Errorf("%+v, %v", r, err)
	}
	for name, c := range map[string]struct {
		splits []string
		want   string
	}{
		"test only":      {[]string{"test"}, "0 trainval and 100 test"},
		"train only":     {[]string{"train"}, "100 train, 0 val, 100 trainval and 0 test"},
		"none":           {nil, "0 test images"},
		"train and test": {[]string{"trainval", "test"}, "1000 is in splits trainval, test"},
		"train and val":  {[]string{"train", "val"}, "must not share"},
	} {
		d := multiLabel(100)
		for i := range d.Splits {
			d.Splits[i] = c.splits
		}
		if _, err := run(t, voc2007, d, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, expected %q", name, err, c.want)
		}
	}
}

func TestVOCDifficultInTraining(t *testing.T) {
	d := multiLabel(200)
	positives := map[Difficult]int{}
	rows := map[Difficult]int{}
	for _, difficult := range []Difficult{"", DifficultOut, DifficultPositive, DifficultNegative} {
		r, err := run(t, voc2007, d, Options{Difficult: difficult, Settings: Settings{C: 1}})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Classes {
			positives[difficult] += c.Counts.Get("train")
			rows[difficult] += c.Solver.Rows
		}
	}
	ignored := 0
	for i := range d.IDs {
		if d.in(i, "trainval") {
			ignored += len(d.Ignored[i])
		}
	}
	out := DifficultOut
	if positives[""] != positives[out] || positives[DifficultNegative] != positives[out] || positives[DifficultPositive] != positives[out]+ignored {
		t.Errorf("positives %v, %d difficult", positives, ignored)
	}
	if rows[out] != 400-ignored || rows[DifficultPositive] != 400 || rows[DifficultNegative] != 400 {
		t.Errorf("rows %v, %d difficult", rows, ignored)
	}
	if _, err := run(t, voc2007, d, Options{Difficult: "maybe"}); err == nil {
		t.Error("an unknown choice passed")
	}
	if _, err := run(t, voc2007, d, Options{ChooseBy: "maybe"}); err == nil {
		t.Error("an unknown rule passed")
	}
}

// A class without positives to train on or to score is undefined, named, and not in the mean.
func TestVOCUndefinedClasses(t *testing.T) {
	d := multiLabel(200)
	d.Classes = append(d.Classes, "never", "only in test")
	d.Labels = slices.Clone(d.Labels)
	for i := range d.IDs {
		if d.in(i, "test") {
			d.Labels[i] = append(slices.Clone(d.Labels[i]), "only in test")
		}
	}
	r, err := run(t, voc2007, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Undefined, []string{"never", "only in test"}) || !r.Figures.Get("mean_ap_11").Defined() || r.Figures.Get("mean_ap_11") < 0.5 {
		t.Errorf("undefined %v, mean %v", r.Undefined, r.Figures.Get("mean_ap_11"))
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
	for i := range d.Labels {
		d.Labels[i] = nil
	}
	if _, err := run(t, voc2007, d, Options{}); err == nil || !strings.Contains(err.Error(), "none of 6 classes has images among the") {
		t.Error(err)
	}
}

func TestVOCCostPerClass(t *testing.T) {
	d := multiLabel(400)
	r, err := run(t, voc2007, d, Options{Settings: Settings{PerClass: true}, ChooseBy: metrics.ElevenPoint})
	if err != nil {
		t.Fatal(err)
	}
	for k, c := range r.Classes {
		cost := r.Head().C[k]
		if cost != r.Splits[0].Choice.PerClass[k] {
			t.Errorf("%+v", c)
		}
		for _, p := range r.Splits[0].Choice.Curve {
			if at := slices.IndexFunc(r.Splits[0].Choice.Curve, func(q Point) bool { return q.C == cost }); p.PerClass[k] > r.Splits[0].Choice.Curve[at].PerClass[k] {
				t.Errorf("%s: C %v has AP %v, chosen was %v", c.Name, p.C, p.PerClass[k], cost)
			}
		}
		// Each class is as if it were trained alone at its cost.
		alone, err := run(t, voc2007, d, Options{Settings: Settings{C: cost}})
		if err != nil || !reflect.DeepEqual(alone.Head().Weights[k], r.Head().Weights[k]) {
			t.Errorf("%s: other weights alone (%v)", c.Name, err)
		}
	}
}

func TestVOCCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := voc2007.Run(ctx, multiLabel(100), voc2007.Defaults()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
