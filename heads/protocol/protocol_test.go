package protocol

import (
	"slices"
	"strings"
	"testing"
)

// Every line of the table is whole: figures that are known, among them the one that counts, and options that there are.
func TestTableOfProtocols(t *testing.T) {
	names, kinds := map[string]bool{}, map[string]bool{}
	for _, p := range Protocols() {
		if p.Name == "" || names[p.Name] || p.Kind != "" && kinds[p.Kind] || p.help == "" || p.prepare == nil {
			t.Errorf("%q: named %v, help %q", p.Name, names[p.Name], p.help)
		}
		names[p.Name], kinds[p.Kind] = true, true
		for line := range strings.Lines(p.help) {
			if len(strings.TrimSpace(line)) > 72 {
				t.Errorf("%s: a line of help of %d characters", p.Name, len(line))
			}
		}
		for _, f := range slices.Concat(p.figures, p.Headline, p.summary) {
			if _, known := measureOf(f); !known || !slices.Contains(p.figures, f) {
				t.Errorf("%s has no figure %s", p.Name, f)
			}
		}
		for _, c := range p.columns {
			if !slices.Contains([]string{"train", "test", "ignored", "c"}, c) && !slices.Contains(p.figures, MeanOf(c)) {
				t.Errorf("%s has no column %s", p.Name, c)
			}
		}
		for _, name := range p.takes {
			if !slices.ContainsFunc(options(), func(o option) bool { return o.name == name }) {
				t.Errorf("%s takes %q, which is no option", p.Name, name)
			}
		}
		if f, err := Find(p.Name); err != nil || f.Name != p.Name || p.Kind != "" && For(p.Kind).Name != p.Name {
			t.Errorf("%s is found as %s (%v), of %s as %s", p.Name, f.Name, err, p.Kind, For(p.Kind).Name)
		}
		if !strings.Contains(Help(), p.Name) {
			t.Errorf("the help does not name %s", p.Name)
		}
		if p.Paper != nil {
			if q, ok := OfTask(p.Paper.Task); !ok || q.Name != p.Name || len(p.Paper.Figures) == 0 {
				t.Errorf("%s: the paper's task %s is %s", p.Name, p.Paper.Task, q.Name)
			}
		}
		if (p.file == nil) != (p.Defaults().Competition == 0) {
			t.Errorf("%s: result files of competition %d", p.Name, p.Defaults().Competition)
		}
	}
	if For("folder").Name != "set" || For("").Name != "set" || For("voc2012:action").Name != "voc2012-action" {
		t.Error("kinds of data sets have other protocols")
	}
	if _, err := Find("imagenet"); err == nil || !strings.Contains(err.Error(), "caltech256") {
		t.Error(err)
	}
}

// The numbers of the papers and devkits.
func TestDefaults(t *testing.T) {
	for _, c := range []struct {
		p           Protocol
		train, test int
		share       float64
		competition int
		seeds       int
	}{
		{voc2007, 0, 0, 0, 1, 0},
		{voc2012, 0, 0, 0, 1, 0},
		{action, 0, 0, 0, 9, 0},
		{caltech101, 30, 50, 0, 0, 3},
		{caltech256, 60, allOthers, 0, 0, 3},
		{set, 0, allOthers, 0.8, 0, 3},
	} {
		o := c.p.Defaults()
		if o.TrainPerClass != c.train || o.TestPerClass != c.test || o.TrainFraction != c.share || o.Competition != c.competition || len(o.Seeds) != c.seeds {
			t.Errorf("%s: %+v", c.p.Name, o)
		}
		if _, err := c.p.Options(Options{}, Data{}); err != nil {
			t.Errorf("%s with nothing asked for: %v", c.p.Name, err)
		}
	}
	for want, got := range map[string]string{
		"caltech101 30, caltech256 60":                         DefaultsText(func(o Options) int { return o.TrainPerClass }),
		"caltech101 50, caltech256 all others, set all others": DefaultsText(func(o Options) int { return o.TestPerClass }),
		"set 0.8": DefaultsText(func(o Options) float64 { return o.TrainFraction }),
	} {
		if got != want {
			t.Errorf("%q, expected %q", got, want)
		}
	}
	o := caltech101.Defaults()
	o.Seeds[0] = 9
	if caltech101.Defaults().Seeds[0] != 0 {
		t.Error("defaults were changed")
	}
}

// What would do nothing is refused, and says what it is for; what is asked for takes the place of the default.
func TestOptionsThatWouldDoNothing(t *testing.T) {
	own, none := Data{Splits: [][]string{{"train"}}}, Data{}
	for _, c := range []struct {
		p     Protocol
		d     Data
		asked Options
		want  string // "": it does something
	}{
		{voc2007, own, Options{Difficult: "out", Competition: 2}, ""},
		{action, own, Options{Difficult: "positive"}, ""},
		{caltech101, own, Options{Seeds: []uint32{1}, TrainPerClass: 5, TestPerClass: 2}, ""},
		{set, none, Options{Seeds: []uint32{1}, TrainFraction: 0.5, TestPerClass: 2}, ""},
		{set, own, Options{Settings: Settings{Folds: 3, PerClass: true}}, ""},
		{voc2007, own, Options{Seeds: []uint32{1}}, "seeds of splits would do nothing with protocol voc2007: it is for random splits"},
		{voc2007, own, Options{TrainPerClass: 1}, "images a class to train"},
		{voc2007, own, Options{TestPerClass: 1}, "images a class to test"},
		{voc2007, own, Options{TrainFraction: 0.5}, "a share to train"},
		{set, own, Options{Seeds: []uint32{1}}, "which the set's own leave no room for"},
		{set, own, Options{TrainFraction: 0.5}, "a share to train"},
		{set, none, Options{TrainFraction: 0.5, TrainPerClass: 3}, "without images a class to train"},
		{set, none, Options{Competition: 1}, "voc2007, voc2012 or voc2012-action"},
		{set, none, Options{Difficult: "out"}, "difficult images in training"},
		{caltech256, none, Options{TrainFraction: 0.5}, "random splits of protocol set"},
		{caltech256, none, Options{Settings: Settings{C: 1, Folds: 3}}, "folds would do nothing with protocol caltech256: it is for a C that is not fixed"},
		{set, own, Options{Settings: Settings{C: 1, PerClass: true}}, "C for each class"},
	} {
		o, err := c.p.Options(c.asked, c.d)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s, %+v: error %v, expected %q", c.p.Name, c.asked, err, c.want)
		}
		if c.asked.TestPerClass != 0 && c.want == "" && o.TestPerClass != c.asked.TestPerClass {
			t.Errorf("%s: %+v of %+v", c.p.Name, o, c.asked)
		}
	}
}

// A protocol of one's own is a value: flowers by the set's splits, judged by mean class recall.
func TestProtocolOfOnesOwn(t *testing.T) {
	p := Protocol{Name: "flowers", figures: []string{"mean_recall", "accuracy"}, Headline: []string{"mean_recall"}, prepare: setTask}
	d := clusters(4, 12, 8, 0.3)
	for i := range d.IDs {
		d.Splits = append(d.Splits, [][]string{{"train"}, {"val"}, {"test"}}[i%3])
	}
	r, err := p.Run(t.Context(), d, p.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	value, deviation := r.Figure()
	if r.Protocol != "flowers" || r.Scored != "test" || value < 0.8 || deviation.Defined() || len(r.Figures) != 2 || len(r.Classes[3].Figures) != 1 {
		t.Errorf("%+v", r)
	}
	p.figures = []string{"beauty"}
	if _, err := p.Run(t.Context(), d, p.Defaults()); err == nil || !strings.Contains(err.Error(), "no measure beauty") {
		t.Error(err)
	}
}
