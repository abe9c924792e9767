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

// imagenetKit is the folder of the development kit.
const imagenetKit = "ILSVRC2012_devkit_t12"

var imagenetFolders = []string{datasets.SplitTrain, datasets.SplitVal, datasets.SplitTest, imagenetKit}

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
	_, bytes, err := drawAll(ctx, dir, plan.scenes, o)
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
