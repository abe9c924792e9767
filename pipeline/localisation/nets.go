package localisation

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"fc7/datasets"
	"fc7/extract"
	"fc7/heads/localise"
	"fc7/internal/atomicfile"
	"fc7/internal/filename"
	"fc7/internal/usage"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/evaluation"
	"fc7/pipeline/extraction"
)

// layer is what the nets are asked for: boxes, or the scores of classes.
const layer = "fc8"

// mapsDir is the folder of the tables in that of the run.
const mapsDir = "maps"

// Net is one of the nets of a result.
type Net struct {
	Net     string `json:"net"`
	Weights string `json:"weights"`
	SHA256  string `json:"sha256"`
	Regress string `json:"regress,omitempty"` // of one that predicts boxes
	Side    int    `json:"side,omitempty"`    // S that it was validated at
}

// boxNet is a net that predicts boxes, with its tables.
type boxNet struct {
	Net
	head          *localise.Head
	place         []int // of each class of the system that of the head; -1: it has none
	scales        []int // of dense
	centre, dense tables
}

// tables are the folders of those of the images and, where they are looked at, of the mirror images.
type tables []string

// classNet is one that tells classes.
type classNet struct {
	Net
	dense tables
}

// system are all nets, and what they are asked of.
type system struct {
	j       Job
	set     *datasets.Set
	ev      conveyor.Events
	centred bool // the middles of images are looked at, too
	boxes   []boxNet
	tellers []classNet
	classes []string
	scales  []int // of all nets of boxes, rising: those at which classes are told

	annotated map[string]bool // annotations that were written
}

// newSystem loads the nets one after the other and makes their tables.
func newSystem(ctx context.Context, j Job, set *datasets.Set, centred bool, ev conveyor.Events) (*system, error) {
	s := &system{j: j, set: set, centred: centred, ev: ev.WarnOnce(), annotated: map[string]bool{}}
	if err := atomicfile.NotOurs(j.Out, []string{mapsDir}, resultName, csvName, linesName, annotationsDir); err != nil {
		return nil, err
	}
	for _, path := range j.Boxes {
		if err := s.addBoxes(ctx, path); err != nil {
			return nil, err
		}
	}
	for i, path := range j.Weights {
		if err := s.addClasses(ctx, path, j.As.Of(i)); err != nil {
			return nil, err
		}
	}
	if len(j.Weights) == 0 {
		s.classes = s.boxes[0].head.Classes
	}
	return s, s.match()
}

// match finds the class of each in the nets of boxes.
func (s *system) match() error {
	for i := range s.boxes {
		b := &s.boxes[i]
		for _, c := range s.classes {
			at := slices.Index(b.head.Classes, c)
			if at < 0 && c != evaluation.Background && b.head.Regress == localise.PerClass {
				return fmt.Errorf("%s predicts no boxes of class %s: it was trained on %d others; a net of one box for all classes (scr) would", b.Weights, c, len(b.head.Classes))
			}
			b.place = append(b.place, max(at, 0))
		}
	}
	return nil
}

func (s *system) dense(scales []int) extract.Options {
	return extract.Options{Layers: []string{layer}, Scales: scales, Pool: extract.PoolMap}
}

func (s *system) middle(b *boxNet) extract.Options {
	return extract.Options{Layers: []string{layer}, Scales: []int{b.head.Side}, Views: extract.ViewsCentre, CropSize: b.head.Crop, Pool: extract.PoolMap}
}

// addBoxes makes the tables of a net that predicts boxes.
func (s *system) addBoxes(ctx context.Context, path string) error {
	var as backbone.Reading // as the file says, which fc7 wrote
	net, err := backbone.LoadFor(ctx, backbone.Wanted{Weights: path, As: as, Threads: s.j.Threads}, s.dense([]int{extract.DefaultCropSize}))
	if err != nil {
		return err
	}
	net.Tell(s.ev.TellNote)
	if net.Boxes == "" {
		return fmt.Errorf("%s: the net tells classes, and predicts no boxes: fc7 localise train makes one of it that does", net.Path)
	}
	head, err := localise.ParseHead(net.Boxes)
	if err == nil && head.Outputs() != net.Config.Classes {
		err = fmt.Errorf("boxes of %d outputs, of a net that has %d", head.Outputs(), net.Config.Classes)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", net.Path, err)
	}
	b := boxNet{Net: Net{net.Config.Name, path, net.SHA256, head.Regress, head.Side}, head: head, scales: s.j.Scales}
	if len(b.scales) == 0 {
		b.scales = []int{head.Side}
	}
	if s.centred {
		if b.centre, err = s.tables(ctx, net, path, as, s.middle(&b)); err != nil {
			return err
		}
	}
	if b.dense, err = s.tables(ctx, net, path, as, s.dense(b.scales)); err != nil {
		return err
	}
	for _, q := range b.scales {
		if !slices.Contains(s.scales, q) {
			s.scales = append(s.scales, q)
		}
	}
	slices.Sort(s.scales)
	s.boxes = append(s.boxes, b)
	return nil
}

// addClasses makes the table of a net that tells classes, which must be those of the nets before.
func (s *system) addClasses(ctx context.Context, path string, as backbone.Reading) error {
	o := s.dense(s.scales)
	net, err := backbone.LoadFor(ctx, backbone.Wanted{Weights: path, As: as, Threads: s.j.Threads}, o)
	if err != nil {
		return err
	}
	net.Tell(s.ev.TellNote)
	classes, err := evaluation.ClassesOf(net, "")
	if err != nil {
		return err
	}
	var labels []string
	for _, c := range classes {
		labels = append(labels, c.Label)
	}
	if len(s.tellers) > 0 && !slices.Equal(labels, s.classes) {
		return fmt.Errorf("%s and %s have different classes: their posteriors cannot be averaged", s.j.Weights[0], path)
	}
	s.classes = labels
	if !net.Config.VGG() { // its maps have other windows than those of the boxes
		return usage.Errorf("%s holds %s: classes at the places of boxes are told by the nets of the paper alone", path, net.Config.Name)
	}
	t := classNet{Net: Net{Net: net.Config.Name, Weights: path, SHA256: net.SHA256}}
	if t.dense, err = s.tables(ctx, net, path, as, o); err != nil {
		return err
	}
	s.tellers = append(s.tellers, t)
	return nil
}

// tables makes or completes the tables of maps of images, and of their mirror images where these are looked at.
func (s *system) tables(ctx context.Context, net *backbone.Net, path string, as backbone.Reading, o extract.Options) (all tables, err error) {
	for _, mirror := range []bool{false, true}[:s.looks()] {
		o.Mirror = mirror
		dir, err := s.table(ctx, net, path, as, o)
		if err != nil {
			return nil, err
		}
		all = append(all, dir)
	}
	return all, nil
}

// looks is how often an image is looked at: once, or as its mirror image, too.
func (s *system) looks() int {
	if s.j.Flip {
		return 2
	}
	return 1
}

// table makes or completes a table of maps, and returns its folder.
func (s *system) table(ctx context.Context, net *backbone.Net, path string, as backbone.Reading, o extract.Options) (string, error) {
	seen := o.Views.String()
	if o.Mirror {
		seen += "-mirrored"
	}
	name := strings.NewReplacer("/", "-", ":", "-").Replace(net.Config.Name)
	q := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(o.Scales)), "-"), "[]")
	dir, err := atomicfile.Under(filepath.Join(s.j.Out, mapsDir)).Entry(filename.Of(fmt.Sprintf("%s-%s-%s-%s", name, net.Tag(), seen, q), ""))
	if err != nil {
		return "", err
	}
	if s.j.forecast == nil {
		s.ev.TellNote(fmt.Sprintf("maps of %s, %s, at %v", net.Config.Name, seen, o.Scales))
	}
	j := extraction.Job{
		DataSet: s.j.DataSet, Choice: s.j.Choice, Weights: path, As: as, Describe: o, Decode: s.j.Decode,
		Out: dir, Threads: s.j.Threads, ShardRows: s.j.ShardRows, Command: s.j.Command,
	}
	if s.j.forecast != nil {
		return dir, extraction.EstimateSet(ctx, s.j.forecast, j, s.set, net)
	}
	_, err = extraction.ExtractSet(ctx, j, s.set, net, s.ev)
	if errors.Is(err, conveyor.ErrSomeFailed) {
		err = nil
	}
	return dir, err
}

// asked are the nets of a result.
func (s *system) asked() (boxes, classes []Net) {
	for _, b := range s.boxes {
		boxes = append(boxes, b.Net)
	}
	for _, c := range s.tellers {
		classes = append(classes, c.Net)
	}
	return boxes, classes
}
