package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"fc7/extract"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/extraction"
)

const viewsHelp = `--layer takes several layers, which come out of one pass; fc8 are the class scores, prob their
softmax by the paper's rule: scores averaged over space, posteriors over the flip or the crops.
--views says what the net sees of an image whose smallest side is Q:
  dense   the whole of it; columns fc7_q256 and so on
  crops   a regular grid of 5x5 crops of 224x224 pixels and their mirrors, 50 in all (section
          3.2), whose descriptors are averaged; fc7_crops_q256
  centre  the crop of 224x224 pixels in the middle, not mirrored, as torchvision evaluates;
          fc7_centre_q256
Crops of a predecessor of VGG are of its own size: 227x227 for alexnet.
--pool map keeps the maps: conv5_3_map_q256 holds the values row by row, channels last, and
conv5_3_map_q256_shape height, width and channels. It is the image's own map; with --flip the
mean with the mirror's, turned back.
`

const netsHelp = `Several --weights share one pass over the images: read, decoded and scaled once. Each net has
a run folder of its own below OUT, named after it (OUT/vgg16, OUT/vgg19), with the table that it
would have alone, and goes on from where it stands. All nets are in memory: a whole VGG takes
about 1 GB, each further one 0.9 GB.
`

// howFlags say how descriptors are made.
func howFlags(cmd *cobra.Command, o *extract.Options) {
	f := cmd.Flags()
	o.Layers = []string{extract.DefaultLayer}
	listFlag(f, &o.Layers, "layer", "strings", layerName, "layers: fc7, fc6, pool5, conv5_3, …; fc8: class scores; prob: posteriors")
	flag(f, &o.Views, "views", "string", extract.ViewsDense.String(), extract.ParseViews, "what the net sees of an image: dense, crops or centre")
	optionalWhole(f, &o.CropSize, "crop-size", "side of the crops", "that of the net's images, 224")
	flag(f, &o.Pool, "pool", "string", extract.PoolMean.String(), extract.ParsePooling, "pooling over positions: mean, max, or map: none")
	f.BoolVar(&o.NoFlip, "no-flip", false, "leave the mirror images out")
	f.BoolVar(&o.Flip, "flip", false, "take the mirror images also with --views centre and --pool map")
}

// netFlags name the nets of an extraction.
type netFlags struct {
	nets, weights []string
	as            readingFlags
}

func (n *netFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&n.weights, "weights", nil, "weights file"+weightsHelp+"; several: one table each"+smallHelp)
	f.Var(&list[string]{to: &n.nets, kind: "strings", parse: netName, repeats: true}, "net", "net that the weights must hold: vgg16, vgg19_bn, D, …; one for each of several; default: whatever they hold")
	n.as.add(cmd)
}

// pairs joins the two flags in their order.
func (n *netFlags) pairs() ([]extraction.NetFile, error) {
	if len(n.nets) != 0 && len(n.nets) != len(n.weights) {
		return nil, usage.Errorf("--net is given %d times, --weights %d times: want a net for each file, in their order, or none", len(n.nets), len(n.weights))
	}
	as, err := n.as.readings(len(n.weights))
	if err != nil {
		return nil, err
	}
	var out []extraction.NetFile
	for i, w := range n.weights {
		f := extraction.NetFile{Weights: w, As: as.Of(i)}
		if len(n.nets) > 0 {
			f.Net = n.nets[i]
		}
		out = append(out, f)
	}
	return out, nil
}

// extractNets extracts with one net into the job's folder, or with several below it.
func extractNets(ctx context.Context, c *console, j extraction.Job, files []extraction.NetFile) error {
	var results []*extraction.Result
	var err error
	if len(files) == 1 {
		j.Net, j.Weights, j.As = files[0].Net, files[0].Weights, files[0].As
		var r *extraction.Result
		if r, err = extraction.Extract(ctx, j, c.events()); r != nil {
			results = append(results, r)
		}
	} else {
		results, err = extraction.ExtractNets(ctx, j, files, c.events())
	}
	return c.extracted(results, err)
}

// extracted prints what became of tables.
func (c *console) extracted(results []*extraction.Result, err error) error {
	if c.json != nil {
		c.json.end.results(results)
	}
	if len(results) == 0 {
		return err
	}
	return errors.Join(err, c.result(extractJSON(results), func() error {
		for _, r := range results {
			if len(results) > 1 {
				c.printf("%s\n", r.Manifest.Identity.Net)
			}
			printExtract(c, r)
		}
		return nil
	}))
}

// tableJSON is a finished table with what its columns are.
type tableJSON struct {
	tableLine
	Net     string           `json:"net"`
	Trained bool             `json:"trained"`
	Columns []outputs.Column `json:"columns"`
}

func extractJSON(all []*extraction.Result) any {
	var tables []tableJSON
	for _, r := range all {
		tables = append(tables, tableJSON{tableLineOf(r), r.Manifest.Identity.Net, r.Trained, r.Manifest.Columns})
	}
	return map[string]any{"tables": tables}
}

// columnText is a column in short: its name, and what a row holds.
func columnText(c outputs.Column) string {
	if c.Map {
		return fmt.Sprintf("%s (height x width x %d x %s)", c.Name, c.Width, c.Dtype)
	}
	return fmt.Sprintf("%s (%d x %s)", c.Name, c.Width, c.Dtype)
}
