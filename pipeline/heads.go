package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/outputs"
)

// HeadsJob says which heads to train on a feature table, and by which protocol to score them.
type HeadsJob struct {
	Features string // run folder, folder of shards, or file
	Protocol string // one of Protocols
	Choice   FeatureChoice
	Settings protocol.Settings

	Difficult     protocol.Difficult // VOC, in training
	TrainPerClass int                // Caltech; 0: 30, of Caltech-256 60
	TestPerClass  int                // Caltech; 0: 50 at most, of Caltech-256 all others
	Seeds         []uint32           // Caltech; nil: 0, 1, 2

	Out     string // folder of the heads; empty: "heads" in the run's folder
	Replace bool   // heads that stand there already
}

// HeadsResult is what training gave; one of VOC and Caltech is set.
type HeadsResult struct {
	Out     string                  `json:"-"`
	VOC     *protocol.VOCResult     `json:"voc,omitempty"`
	Caltech *protocol.CaltechResult `json:"caltech,omitempty"`
	Table   *outputs.Table          `json:"-"`
	Failed  int                     `json:"failed_images"`

	layer string // of the descriptors
}

// Protocols names the protocols of HeadsJob.
func Protocols() []string { return []string{"voc2007", "voc2012", "caltech101", "caltech256"} }

// Heads trains linear heads on a feature table, scores them by the protocol, and writes
// heads, scores and, for VOC, the devkit's result files. Nothing that stands at the
// target is replaced unless the job says so.
func Heads(ctx context.Context, j HeadsJob, ev Events) (*HeadsResult, error) {
	if j.Out == "" {
		j.Out = filepath.Join(runFolder(j.Features), "heads")
	}
	if _, err := os.Stat(j.Out); err == nil && !j.Replace {
		return nil, fmt.Errorf("%s exists already and is not replaced: choose another folder, or allow it", j.Out)
	}
	data, table, layer, err := openFeatures(j.Features, j.Choice)
	if err != nil {
		return nil, err
	}
	if len(data.Classes) == 0 {
		return nil, fmt.Errorf("%s: no row has a label: heads need a labelled data set", j.Features)
	}
	r := &HeadsResult{Out: j.Out, Table: table, layer: layer}
	for _, m := range data.Missing {
		if m {
			r.Failed++
		}
	}
	if r.Failed > 0 {
		ev.note(fmt.Sprintf("%d of %d images failed in extraction: left out of training, and counted as misses in scoring", r.Failed, len(data.IDs)))
	}
	if err := r.train(ctx, j, data); err != nil {
		return nil, fmt.Errorf("%s: %w", j.Features, err)
	}
	if err := r.write(j); err != nil {
		return nil, err
	}
	return r, nil
}

// runFolder is the folder of a run, for the ways to name its table.
func runFolder(features string) string {
	features = filepath.Clean(features)
	if filepath.Ext(features) == ".parquet" {
		features = filepath.Dir(features)
	}
	if filepath.Base(features) == outputs.FeaturesDir {
		features = filepath.Dir(features)
	}
	return features
}

func (r *HeadsResult) train(ctx context.Context, j HeadsJob, data protocol.Data) (err error) {
	switch j.Protocol {
	case "voc2007", "voc2012":
		r.VOC, err = protocol.VOC(ctx, data, protocol.VOCOptions{Settings: j.Settings, Difficult: j.Difficult})
	case "caltech101", "caltech256":
		data.Ignored, data.Splits = nil, nil
		if j.Protocol == "caltech256" {
			j.TrainPerClass, j.TestPerClass = cmp.Or(j.TrainPerClass, 60), cmp.Or(j.TestPerClass, protocol.AllOthers)
		}
		r.Caltech, err = protocol.Caltech(ctx, data, protocol.CaltechOptions{
			Settings: j.Settings, TrainPerClass: j.TrainPerClass, TestPerClass: j.TestPerClass, Seeds: j.Seeds,
		})
	default:
		err = fmt.Errorf("there is no protocol %q; there are %v", j.Protocol, Protocols())
	}
	return err
}

// Head is the head that predictions use: VOC's, or that of Caltech's first split.
func (r *HeadsResult) Head() *protocol.Head {
	if r.VOC != nil {
		return r.VOC.Head
	}
	return r.Caltech.Splits[0].Head
}

// write puts everything into a new folder beside the target and renames it when complete.
func (r *HeadsResult) write(j HeadsJob) error {
	if err := os.MkdirAll(filepath.Dir(j.Out), 0o755); err != nil {
		return fmt.Errorf("writing heads: %w", err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(j.Out), "."+filepath.Base(j.Out)+"-")
	if err != nil {
		return fmt.Errorf("writing heads: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fmt.Errorf("writing heads: %w", err)
	}
	if err := r.fill(tmp, j); err != nil {
		return fmt.Errorf("writing heads: %w", err)
	}
	return publish(tmp, j.Out, j.Replace)
}

// publish renames a complete folder to its final name.
func publish(tmp, final string, replace bool) error {
	if replace {
		old := tmp + ".old"
		if err := os.Rename(final, old); err == nil {
			defer os.RemoveAll(old)
		}
	}
	if err := os.Rename(tmp, final); err != nil {
		return fmt.Errorf("writing %s: %w", final, err)
	}
	return nil
}

func (r *HeadsResult) fill(dir string, j HeadsJob) error {
	if err := saveHead(filepath.Join(dir, HeadFile), r.Head(), r.Table.Identity, r.layer); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, ScoresFile), r); err != nil {
		return err
	}
	if r.VOC != nil {
		return writeDevkit(filepath.Join(dir, "results"), r.VOC)
	}
	return nil
}

// ScoresFile holds the scores and settings of a head, beside HeadFile.
const ScoresFile = "scores.json"

// writeDevkit writes the devkit's result file of each class.
func writeDevkit(dir string, v *protocol.VOCResult) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for k, c := range v.Classes {
		f, err := os.Create(filepath.Join(dir, metrics.ClassificationFile(1, v.Scored, c.Name)))
		if err != nil {
			return err
		}
		err = metrics.WriteResults(f, v.Results(k))
		if e := f.Close(); err == nil {
			err = e
		}
		if err != nil {
			return err
		}
	}
	return nil
}
