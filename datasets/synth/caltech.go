package synth

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"

	"fc7/datasets"
)

// caltechClasses is the number of class folders, background included.
const caltechClasses = 102

const caltechFolder = "101_ObjectCategories"

// generateCaltech writes the layout of Caltech-101 into dir.
func generateCaltech(ctx context.Context, dir string, o Options) (Summary, error) {
	classes := datasets.Caltech101Classes()[:o.Classes]
	for _, c := range classes {
		if err := os.MkdirAll(filepath.Join(dir, caltechFolder, c), 0o755); err != nil {
			return Summary{}, err
		}
	}
	scenes := planCaltech(classes, o)
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

// planCaltech shares the images out among the classes as evenly as can be; the first classes have one more. Class 0 is
// the background, without objects.
func planCaltech(classes []string, o Options) []scene {
	r := rand.New(rand.NewPCG(o.Seed, caltechStream))
	var scenes []scene
	for c, class := range classes {
		n := o.Images / len(classes)
		if c < o.Images%len(classes) {
			n++
		}
		for i := range n {
			s := scene{
				path:    path.Join(caltechFolder, class, fmt.Sprintf("image_%04d.jpg", i+1)),
				w:       o.Size,
				h:       scaled(200+r.IntN(101), o.Size, 300),
				seed:    o.Seed,
				stream:  caltechStream + uint64(len(scenes)+1),
				gray:    r.IntN(22) == 0, // 411 of 9,145
				clutter: 6 + r.IntN(8),
			}
			switch {
			case c > 0:
				s.things = []thing{within(r, cell{0, 0, float64(s.w), float64(s.h)}, c, 0.6, 0.95)}
			case i == n-1 && n > 1: // the real set has this oddity, too
				s.path = path.Join(caltechFolder, class, "tmp")
				fallthrough
			default:
				s.clutter += 10
			}
			scenes = append(scenes, s)
		}
	}
	return scenes
}
