package synth

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"

	"fc7/datasets"
)

// caltechTree is what the layouts of the Caltech sets differ in.
type caltechTree struct {
	folder     string
	stream     uint64
	classes    func() []string // with the background
	background string
	name       func(class string, n int) string // of the n-th image of a class, from 1
	oddity     string                           // the name of the background's last image; "": as the others
}

var caltech101 = caltechTree{
	folder: "101_ObjectCategories", stream: caltechStream, classes: datasets.Caltech101Classes, background: "BACKGROUND_Google",
	name: func(_ string, n int) string { return fmt.Sprintf("image_%04d.jpg", n) }, oddity: "tmp",
}

var caltech256 = caltechTree{
	folder: "256_ObjectCategories", stream: caltech256Stream, classes: datasets.Caltech256Classes, background: "257.clutter",
	name: func(class string, n int) string { return fmt.Sprintf("%.3s_%04d.jpg", class, n) },
}

// chosen are the first n classes with the background, which stays where it stands.
func (t caltechTree) chosen(n int) []string {
	all := t.classes()
	at := slices.Index(all, t.background)
	if at < n {
		return all[:n]
	}
	return append(all[:n-1], t.background)
}

// generate writes the layout into dir.
func (t caltechTree) generate(ctx context.Context, dir string, o Options) (Summary, error) {
	classes := t.chosen(o.Classes)
	for _, c := range classes {
		if err := os.MkdirAll(filepath.Join(dir, t.folder, c), 0o755); err != nil {
			return Summary{}, err
		}
	}
	scenes := t.plan(classes, o)
	_, bytes, err := drawAll(ctx, dir, scenes, o)
	if err != nil {
		return Summary{}, err
	}
	sum := Summary{Images: len(scenes), Classes: len(classes), bytes: bytes}
	for _, s := range scenes {
		sum.objects += len(s.things)
	}
	return sum, nil
}

// plan shares the images out among the classes as evenly as can be; the first classes have one more. The background is
// without objects.
func (t caltechTree) plan(classes []string, o Options) []scene {
	r := rand.New(rand.NewPCG(o.Seed, t.stream))
	var scenes []scene
	for c, class := range classes {
		n := o.Images / len(classes)
		if c < o.Images%len(classes) {
			n++
		}
		for i := range n {
			s := scene{
				path:    path.Join(t.folder, class, t.name(class, i+1)),
				w:       o.Size,
				h:       scaled(200+r.IntN(101), o.Size, 300),
				seed:    o.Seed,
				stream:  t.stream + uint64(len(scenes)+1),
				gray:    r.IntN(22) == 0, // 411 of the 9,145 of Caltech-101
				clutter: 6 + r.IntN(8),
			}
			switch {
			case class != t.background:
				s.things = []thing{within(r, cell{0, 0, float64(s.w), float64(s.h)}, c, 0.6, 0.95)}
			case i == n-1 && n > 1 && t.oddity != "":
				s.path = path.Join(t.folder, class, t.oddity)
				fallthrough
			default:
				s.clutter += 10
			}
			scenes = append(scenes, s)
		}
	}
	return scenes
}
