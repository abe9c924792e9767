package protocol

// Paper is what Simonyan and Zisserman, arXiv 1409.1556v6, tables 11 and 12, say of a task.
type Paper struct {
	Task        string // as fc7 reproduce names it
	Title       string
	Scored      string // the split of the figures; "": random ones
	Competition int    // in the names of result files, of nets trained on other data; 0: there are none
	Recipe      Recipe // the scales and the aggregation that served
	Silent      bool   // the paper does not say Recipe of this task
	Note        string // on our figure beside the paper's
	Figures     map[string]PaperFigure
	Others      []PaperOther // of other authors, which its table has above its own
}

// PaperOther is a figure of others that the paper compares its own with.
type PaperOther struct {
	Of string
	PaperFigure
}

// PaperFigure is a figure of the paper, in percent. Deviation is 0 where none is given.
type PaperFigure struct {
	Mean, Deviation float64
	Table           int    // of the paper
	Measure         string // what the figure is
}

// Nets of the paper's tables 11 and 12, the names of Paper.Figures; of tasks with objects with what the descriptor is
// of.
const (
	PaperD  = "D"
	PaperE  = "E"
	PaperDE = "D and E"

	PaperImage = ", image"
	PaperBox   = ", box"
	PaperBoth  = ", image and box"
)

var (
	fiveScales  = Recipe{Aggregate: Mean, Scales: []int{256, 384, 512, 640, 768}}
	threeScales = Recipe{Aggregate: Stack, Scales: []int{256, 384, 512}}
)

var paperVOC2007 = Paper{
	Task: "voc2007", Title: "VOC-2007 classification", Scored: "test", Competition: 2, Recipe: fiveScales,
	Note: "Ours is the 11-point figure, that of VOC 2007's development kit.",
	Figures: map[string]PaperFigure{
		PaperD: {89.3, 0, 11, "mean AP"}, PaperE: {89.3, 0, 11, "mean AP"}, PaperDE: {89.7, 0, 11, "mean AP"},
	},
	Others: others("mean AP", none, [2]float64{82.4}, [2]float64{82.4}, [2]float64{81.5}, [2]float64{85.2}),
}

var paperVOC2012 = Paper{
	Task: "voc2012", Title: "VOC-2012 classification", Scored: "test", Competition: 2, Recipe: fiveScales,
	Figures: map[string]PaperFigure{
		PaperD: {89.0, 0, 11, "mean AP"}, PaperE: {89.0, 0, 11, "mean AP"}, PaperDE: {89.3, 0, 11, "mean AP"},
	},
	Others: others("mean AP", [2]float64{79.0}, [2]float64{83.2}, none, [2]float64{81.7}, [2]float64{90.3}),
}

var paperAction = Paper{
	Task: "action", Title: "VOC-2012 action classification", Scored: "test", Competition: 10, Recipe: fiveScales, Silent: true,
	Figures: map[string]PaperFigure{
		PaperDE + PaperImage: {79.2, 0, 12, "mean AP"}, PaperDE + PaperBoth: {84.0, 0, 12, "mean AP"},
	},
}

var paperCaltech101 = Paper{
	Task: "caltech101", Title: "Caltech-101", Recipe: threeScales,
	Figures: map[string]PaperFigure{
		PaperD: {91.8, 1.0, 11, "mean class recall"}, PaperE: {92.3, 0.5, 11, "mean class recall"}, PaperDE: {92.7, 0.5, 11, "mean class recall"},
	},
	Others: others("mean class recall", [2]float64{86.5, 0.5}, [2]float64{88.4, 0.6}, [2]float64{93.4, 0.5}, none, none),
}

var paperCaltech256 = Paper{
	Task: "caltech256", Title: "Caltech-256", Recipe: threeScales,
	Figures: map[string]PaperFigure{
		PaperD: {85.0, 0.2, 11, "mean class recall"}, PaperE: {85.1, 0.3, 11, "mean class recall"}, PaperDE: {86.2, 0.3, 11, "mean class recall"},
	},
	Others: others("mean class recall", [2]float64{74.2, 0.3}, [2]float64{77.6, 0.1}, none, none, none),
}

// others are the rows of table 11 that are not the paper's own, of those of one's figure, in their order: Zeiler and
// Fergus (ZFNet), Chatfield et al. (CNN-S), He et al. (SPP), Wei et al. (HCP), and the last with nets of 2000 classes.
func others(measure string, zeiler, chatfield, he, wei, more [2]float64) (all []PaperOther) {
	for i, f := range [][2]float64{zeiler, chatfield, he, wei, more} {
		of := []string{"Zeiler and Fergus 2013", "Chatfield et al. 2014", "He et al. 2014", "Wei et al. 2014", "Wei et al. 2014, trained on 2000 classes"}[i]
		if f[0] > 0 {
			all = append(all, PaperOther{of, PaperFigure{f[0], f[1], 11, measure}})
		}
	}
	return all
}

// none is no figure.
var none [2]float64

// Tasks are the paper's, as they are named there.
func Tasks() []string {
	var names []string
	for _, p := range Protocols() {
		if p.Paper != nil {
			names = append(names, p.Paper.Task)
		}
	}
	return names
}

// OfTask returns the protocol of a task of the paper; false for none.
func OfTask(task string) (Protocol, bool) {
	for _, p := range Protocols() {
		if p.Paper != nil && p.Paper.Task == task {
			return p, true
		}
	}
	return Protocol{}, false
}
