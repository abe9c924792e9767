package paper

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/internal/catalogue"
	"fc7/outputs/report"
	"fc7/pipeline/heads"
)

// Figure is a figure of Simonyan and Zisserman, arXiv 1409.1556v6, tables 11 and 12, in percent. Deviation is 0 where none is given.
type Figure struct {
	Mean, Deviation float64
	Table           int    // of the paper
	Measure         string // what the figure is
}

// Nets of the paper's tables 11 and 12.
const (
	D  = "D"
	E  = "E"
	DE = "D and E"
)

// figures are by task, as fc7 reproduce names it, and by net; the action task's also by what the descriptor is of.
var figures = map[string]map[string]Figure{
	"voc2007": {
		D: {89.3, 0, 11, "mean AP"}, E: {89.3, 0, 11, "mean AP"}, DE: {89.7, 0, 11, "mean AP"},
	},
	"voc2012": {
		D: {89.0, 0, 11, "mean AP"}, E: {89.0, 0, 11, "mean AP"}, DE: {89.3, 0, 11, "mean AP"},
	},
	"caltech101": {
		D: {91.8, 1.0, 11, "mean class recall"}, E: {92.3, 0.5, 11, "mean class recall"}, DE: {92.7, 0.5, 11, "mean class recall"},
	},
	"caltech256": {
		D: {85.0, 0.2, 11, "mean class recall"}, E: {85.1, 0.3, 11, "mean class recall"}, DE: {86.2, 0.3, 11, "mean class recall"},
	},
	"action": {
		DE + ", image": {79.2, 0, 12, "mean AP"}, DE + ", image and box": {84.0, 0, 12, "mean AP"},
	},
}

// taskOf is the task whose figures a protocol's are compared with; empty: none.
func taskOf(protocol string) string {
	if protocol == "voc2012-action" {
		return "action"
	}
	if figures[protocol] != nil {
		return protocol
	}
	return ""
}

// Line is a figure of ours with what it is compared to.
type Line struct {
	Task      string        `json:"task"`
	Net       string        `json:"net"`  // D, E, DE; of the action task with ", image" and the like
	Nets      string        `json:"nets"` // what was used: "vgg16/8"
	Ours      metrics.Value `json:"ours"` // between 0 and 1; null: not known
	Deviation metrics.Value `json:"deviation"`
	Reasons   []string      `json:"not_comparable,omitempty"` // why the figures are not comparable
}

// Paper is the paper's figure; false if it gives none.
func (l Line) Paper() (Figure, bool) {
	f, ok := figures[l.Task][l.Net]
	return f, ok
}

func (l Line) ours() string {
	if !l.Ours.Defined() {
		return ""
	}
	s := fmt.Sprintf("%.1f", 100*float64(l.Ours))
	if l.Deviation.Defined() {
		s += fmt.Sprintf(" ± %.1f", 100*float64(l.Deviation))
	}
	return s
}

// Recipe is how the paper made the descriptors of a task; false if it does not say.
func Recipe(task string) (protocol.Recipe, bool) {
	r, ok := recipes[task]
	return r, ok
}

// recipes are the scales and the aggregation that served in the paper.
var recipes = map[string]protocol.Recipe{
	"voc2007":    {Aggregate: protocol.Mean, Scales: []int{256, 384, 512, 640, 768}},
	"voc2012":    {Aggregate: protocol.Mean, Scales: []int{256, 384, 512, 640, 768}},
	"caltech101": {Aggregate: protocol.Stack, Scales: []int{256, 384, 512}},
	"caltech256": {Aggregate: protocol.Stack, Scales: []int{256, 384, 512}},
}

// LineOf is the line of these heads, nil where the paper has none of their task. random tells that the weights are.
func LineOf(r *heads.Result, random bool) *Line {
	task := taskOf(r.Protocol)
	if task == "" {
		return nil
	}
	l := &Line{Task: task, Ours: metrics.Value(math.NaN()), Deviation: metrics.Value(math.NaN())}
	switch {
	case r.VOC != nil && task == "voc2007":
		l.Ours = r.VOC.MeanAP11
	case r.VOC != nil:
		l.Ours = r.VOC.MeanAPAll
	case r.Caltech != nil:
		l.Ours, l.Deviation = r.Caltech.MeanRecall, r.Caltech.Deviation
	}
	letters, regions, nets := map[string]bool{}, map[heads.Region]bool{}, []string{}
	for _, t := range r.Tables {
		base, _, narrow := strings.Cut(t.Identity.Net, "/")
		letter := map[string]string{"vgg16": D, "vgg19": E}[base]
		letters[letter], regions[t.Region] = true, true
		if !slices.Contains(nets, t.Identity.Net) {
			nets = append(nets, t.Identity.Net)
			if narrow {
				l.Reasons = append(l.Reasons, t.Identity.Net+" is a narrow net")
			}
			if letter == "" {
				l.Reasons = append(l.Reasons, "the paper's table has no net "+t.Identity.Net)
			}
		}
	}
	l.Nets = strings.Join(nets, " and ")
	switch {
	case letters[D] && letters[E]:
		l.Net = DE
	case letters[E]:
		l.Net = E
	default:
		l.Net = D
	}
	if task == "action" {
		l.Net += map[bool]string{true: ", image", false: ", box"}[regions[heads.RegionImage]]
		if regions[heads.RegionImage] && regions[heads.RegionBox] {
			l.Net += " and box"
		}
	}
	if random {
		l.Reasons = append(l.Reasons, "the weights are random")
	}
	l.Reasons = append(l.Reasons, otherThanPaper(r, task)...)
	return l
}

// otherThanPaper says what of the data and the recipe is not the paper's.
func otherThanPaper(r *heads.Result, task string) (why []string) {
	in := r.Tables[0].Identity.Inputs
	if n := catalogue.PublishedCounts(task).Images; n > 0 && in.Count != n && in.Count != n-1 { // Caltech-101 has one image without extension
		why = append(why, fmt.Sprintf("%s images of the data set's %s", report.Grouped(in.Count), report.Grouped(n)))
	}
	if r.Failed > 0 {
		why = append(why, fmt.Sprintf("%s images have no descriptor", report.Grouped(r.Failed)))
	}
	if n := len(r.Excluded); n > 0 {
		why = append(why, fmt.Sprintf("%s rows are left out", report.Grouped(n)))
	}
	if r.VOC != nil && r.VOC.Scored != "test" {
		why = append(why, "scored on "+r.VOC.Scored+", not on test")
	}
	want, ok := Recipe(task)
	if !ok {
		return why
	}
	recipe := r.Recipe()
	parts := recipe.Parts
	if len(parts) == 0 {
		parts = []protocol.Recipe{recipe}
	}
	if got := parts[0]; got.Aggregate != want.Aggregate || !slices.Equal(got.Scales, want.Scales) {
		why = append(why, fmt.Sprintf("the descriptor is the %s of scales %s, the paper's the %s of %s", got.Aggregate, report.Numbers(got.Scales), want.Aggregate, report.Numbers(want.Scales)))
	}
	return why
}
