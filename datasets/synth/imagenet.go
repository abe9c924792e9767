package synth

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"fc7/datasets"
)

const (
	imagenetKit   = "ILSVRC2012_devkit_t12" // the folder of the development kit
	imagenetBoxes = "Annotations"           // that of the localisation challenge
)

var imagenetFolders = []string{datasets.SplitTrain, datasets.SplitVal, datasets.SplitTest, imagenetKit, imagenetBoxes}

// generateImageNet writes the layout of ILSVRC-2012 into dir: half of the images to train, in a folder a class; a
// quarter to validate, whose classes the development kit has; a quarter to test, whose classes nobody is told.
func generateImageNet(ctx context.Context, dir string, o Options) (Summary, error) {
	plan := planImageNet(o)
	folders := []string{datasets.SplitVal, datasets.SplitTest, path.Join(imagenetKit, "data")}
	for _, wnid := range plan.classes {
		folders = append(folders, path.Join(datasets.SplitTrain, wnid))
	}
	for _, f := range folders {
		if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(f)), 0o755); err != nil {
			return Summary{}, err
		}
	}
	traces, bytes, err := drawAll(ctx, dir, plan.scenes, o)
	if err == nil && o.Boxes {
		err = plan.writeBoxes(dir, traces)
	}
	if err != nil {
		return Summary{}, err
	}
	sum := Summary{Images: len(plan.scenes), Classes: len(plan.classes), objects: len(plan.scenes), bytes: bytes}
	return sum, plan.writeKit(filepath.Join(dir, imagenetKit, "data"))
}

// imagenetPlan is a set before it is drawn.
type imagenetPlan struct {
	classes []string // WordNet ids
	numbers []int    // ILSVRC2012_ID of each class of ILSVRC-2012, drawn anew
	truth   []int    // of each validation image: its place in classes
	scenes  []scene
}

// planImageNet spreads the classes evenly over the 1000, and the images of each split over the classes.
func planImageNet(o Options) *imagenetPlan {
	all := datasets.ILSVRC2012()
	r := rand.New(rand.NewPCG(o.Seed, imagenetStream))
	p := &imagenetPlan{numbers: r.Perm(len(all))}
	for c := range o.Classes {
		p.classes = append(p.classes, all[c*len(all)/o.Classes].WNID)
	}
	val, test := o.Images/4, o.Images/4
	for i := range o.Images - val - test {
		wnid := p.classes[i%o.Classes]
		p.add(r, path.Join(datasets.SplitTrain, wnid, fmt.Sprintf("%s_%d.JPEG", wnid, i/o.Classes+1)), i%o.Classes, o)
	}
	for i, c := range p.shuffled(r, val) {
		p.truth = append(p.truth, c)
		p.add(r, path.Join(datasets.SplitVal, fmt.Sprintf("ILSVRC2012_val_%08d.JPEG", i+1)), c, o)
	}
	for i, c := range p.shuffled(r, test) {
		p.add(r, path.Join(datasets.SplitTest, fmt.Sprintf("ILSVRC2012_test_%08d.JPEG", i+1)), c, o)
	}
	return p
}

// shuffled are the classes of n images, each as often as can be.
func (p *imagenetPlan) shuffled(r *rand.Rand, n int) []int {
	of := make([]int, n)
	for i := range of {
		of[i] = i % len(p.classes)
	}
	r.Shuffle(n, func(i, j int) { of[i], of[j] = of[j], of[i] })
	return of
}

// add plans an image of a class.
func (p *imagenetPlan) add(r *rand.Rand, name string, class int, o Options) {
	s := scene{
		path: name, w: o.Size, h: scaled(333+r.IntN(168), o.Size, 500),
		seed: o.Seed, stream: imagenetStream + uint64(len(p.scenes)+1), clutter: 6 + r.IntN(10),
	}
	s.things = []thing{within(r, cell{0, 0, float64(s.w), float64(s.h)}, class, 0.5, 0.95)}
	p.scenes = append(p.scenes, s)
}

// writeKit writes what the development kit tells: the number of each class, and the validation images' by that number.
func (p *imagenetPlan) writeKit(dir string) error {
	var mapping, truth strings.Builder
	number := map[string]int{}
	for i, s := range datasets.ILSVRC2012() {
		number[s.WNID] = p.numbers[i] + 1
	}
	for _, wnid := range slices.SortedFunc(maps.Keys(number), func(a, b string) int { return number[a] - number[b] }) {
		s, _ := datasets.ParseSynset(wnid)
		fmt.Fprintf(&mapping, "%s %d %s\n", wnid, number[wnid], strings.ReplaceAll(s.Short(), " ", "_"))
	}
	for _, c := range p.truth {
		fmt.Fprintln(&truth, number[p.classes[c]])
	}
	if err := os.WriteFile(filepath.Join(dir, "map_clsloc.txt"), []byte(mapping.String()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "ILSVRC2012_validation_ground_truth.txt"), []byte(truth.String()), 0o644)
}

// writeBoxes writes an annotation for each image of train and val: corners are counted from 0, both inside.
func (p *imagenetPlan) writeBoxes(dir string, traces [][]trace) error {
	for i, s := range p.scenes {
		split, rest, _ := strings.Cut(s.path, "/")
		if split == datasets.SplitTest {
			continue
		}
		stem := strings.TrimSuffix(rest, path.Ext(rest))
		name := filepath.Join(dir, imagenetBoxes, "CLS-LOC", split, filepath.FromSlash(stem)+".xml")
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		t := traces[i][0]
		text := fmt.Sprintf("<annotation>\n\t<folder>%s</folder>\n\t<filename>%s</filename>\n\t<source>\n\t\t<database>synthetic</database>\n\t</source>\n"+
			"\t<size>\n\t\t<width>%d</width>\n\t\t<height>%d</height>\n\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>\n"+
			"\t<object>\n\t\t<name>%s</name>\n\t\t<pose>Unspecified</pose>\n\t\t<truncated>0</truncated>\n\t\t<difficult>0</difficult>\n"+
			"\t\t<bndbox>\n\t\t\t<xmin>%d</xmin>\n\t\t\t<ymin>%d</ymin>\n\t\t\t<xmax>%d</xmax>\n\t\t\t<ymax>%d</ymax>\n\t\t</bndbox>\n\t</object>\n</annotation>\n",
			path.Base(path.Dir(s.path)), path.Base(stem), s.w, s.h, p.classes[s.things[0].class], t.xmin, t.ymin, t.xmax, t.ymax)
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
