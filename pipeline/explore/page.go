package explore

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"

	"fc7/heads/protocol"
	"fc7/heads/tsne"
	"fc7/internal/atomicfile"
	"fc7/internal/escape"
	"fc7/internal/mirror"
	"fc7/outputs"
	"fc7/outputs/explorer"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/table"
)

// PageJob says what a page shows, and where it goes.
type PageJob struct {
	Job
	Map        tsne.Options
	Doubts     protocol.DoubtOptions
	Add        string // folder of another run, whose images are placed on the map; "": none
	DataSet    string // KIND:PATH of the images where they are now; "": as the run named it
	Thumbnails int    // at most; 0: none
	Side       int    // of a thumbnail, pixels
	Paths      bool   // the page may name files and folders of this machine
	Out        string // file, .html
	Replace    bool
	Command    string // by which the page is made

	Evidence   int              // of so many rows that the run's heads know the worst, and so many suspects; 0: of none
	EvidenceOf []string         // and of these rows, by name
	Explain    heads.PredictJob // by which weights; the rest of it is the page's to say

	Thumbnailing func() // is told before the events' progress is that of thumbnails; nil: nobody
	Explaining   func() // and before it is that of evidence
}

// OwnFile is the name of the page in a run's folder.
const OwnFile = "explore.html"

// CheckOwn refuses to replace, unless it is asked for, what stands in the place of a run's own page and is no page of a
// map.
func CheckOwn(path string, replace bool) error {
	return table.CheckOwn(path, "explore", replace, explorer.Begin, explorer.Wrote)
}

// The limits of a page.
const (
	// DefaultThumbnails is how many images have one, if nobody says otherwise: more do not make a map clearer.
	DefaultThumbnails = 20_000
	// DefaultSide is six of JPEG's blocks, so that no picture of a sheet runs into the next one.
	DefaultSide = 48
	// oneFile is how large a page of one file may be, for browsers take long over larger ones.
	oneFile        = 150 << 20
	someSuspects   = 2000 // on a page, the most doubtful
	someNeighbours = 20   // of an image
	someFailures   = 500
)

// Page is a written page.
type Page struct {
	File       string `json:"file"` // what to open
	Bytes      int    `json:"bytes"`
	Images     int    `json:"images"` // on the map
	Added      int    `json:"added"`  // of them those of the other run
	Failed     int    `json:"failed"` // without a place
	Thumbnails int    `json:"thumbnails"`
	Explained  int    `json:"explained"` // images with evidence of their scores
	Folder     bool   `json:"folder"`    // the page is too large for one file
}

// WritePage writes a run as a page to look at: what is kept and fresh is read, and what is missing is computed and
// kept.
func WritePage(ctx context.Context, j PageJob, ev conveyor.Events) (*Page, error) {
	g, err := j.gather(ctx, ev)
	if err != nil {
		return nil, err
	}
	p, err := g.page(ctx, ev)
	if err != nil {
		return nil, err
	}
	made := &Page{File: j.Out, Images: len(p.Names), Added: len(p.Names) - p.Own, Failed: p.Failures}
	for _, c := range p.Sheets.Of {
		if c >= 0 {
			made.Thumbnails++
		}
	}
	if p.Evidence != nil {
		made.Explained = len(p.Evidence.List)
	}
	m, err := explorer.Make(p)
	if err != nil {
		return nil, err
	}
	made.Bytes = m.Size()
	return made, j.write(ctx, made, m)
}

// write writes the page as a file, or as a folder if it is too large for one.
func (j PageJob) write(ctx context.Context, made *Page, p *explorer.Made) error {
	if made.Folder = made.Bytes > oneFile; !made.Folder {
		err := atomicfile.Write(j.Out, j.Replace, p.Write)
		if err == nil { // of a run on a store, to the run
			err = mirror.Publish(j.Out)
		}
		return err
	}
	folder := strings.TrimSuffix(j.Out, filepath.Ext(j.Out)) + "-page"
	made.File = filepath.Join(folder, explorer.Index)
	ours := explorer.Entries()
	if strangers, err := atomicfile.Strangers(folder, ours...); err == nil && len(strangers) > 0 {
		return fmt.Errorf("%s has a file of others, %s, and is not replaced: move it away, or choose another --out", folder, escape.Name(strangers[0]))
	}
	err := atomicfile.Folder(ctx, folder, j.Replace, func(dir string) error { return writeFolder(dir, p) })
	if err == nil {
		err = mirror.PublishFolder(ctx, folder, explorer.Index, j.Replace, ours...)
	}
	return err
}

func writeFolder(dir string, p *explorer.Made) error {
	in := atomicfile.Under(dir)
	return p.WriteFolder(func(name string, fill func(io.Writer) error) error {
		name = filepath.FromSlash(name)
		if above := filepath.Dir(name); above != "." {
			if err := in.MkdirAll(above); err != nil {
				return err
			}
		}
		return in.Write(name, false, fill)
	})
}

// page puts what was gathered into columns.
func (g *gathered) page(ctx context.Context, ev conveyor.Events) (*explorer.Page, error) {
	p := &explorer.Page{Title: g.title(), Subtitle: g.subtitle(), Own: len(g.n.present), K: min(g.n.K, someNeighbours), Figures: figures(g.m.Quality)}
	if g.job.Paths {
		p.Command, p.Paths = g.job.Command, []string{}
	}
	switch q := g.m.Quality; {
	case q.Equal:
		p.Figures = nil
		p.Notes = append(p.Notes, "All images have one descriptor, and no map: where they stand says nothing.")
	case q.Empty():
		p.Figures = nil
		p.Notes = append(p.Notes, fmt.Sprintf("Fewer than %d images have no map: where they stand says nothing.", tsne.Fewest))
	default:
		p.Notes = append(p.Notes, "A map is not the space: distances between groups mean little, and sizes of groups nothing.")
	}
	classes := map[string]int32{}
	add := func(o *opened, points *Points) {
		p.Names, p.XY = append(p.Names, points.names...), append(p.XY, points.y...)
		for _, i := range o.present {
			p.Labels = append(p.Labels, g.numbers(o.Labels[i], classes, p))
			if g.job.Paths {
				p.Paths = append(p.Paths, o.Rows()[i].Path)
			}
		}
		addSplits(p, o)
		g.addFailed(p, o)
	}
	for _, name := range g.o.Classes {
		g.numbers([]string{name}, classes, p)
	}
	add(g.o, &g.m.Points)
	addNear(p, g.n.lists)
	g.addSuspects(p, classes)
	if q := g.added; q != nil {
		add(q, g.m.Added)
		addNear(p, g.others)
		for p.Margin != nil && len(p.Margin) < len(p.Names) {
			p.Margin = append(p.Margin, float32(math.NaN()))
		}
	}
	if len(p.Splits) == 1 && p.Splits[0] == "" {
		p.Splits, p.Split = nil, nil
	}
	g.addLeaks(p)
	if err := g.addHeads(ctx, p, classes, ev); err != nil {
		return nil, err
	}
	if err := g.addSheets(ctx, p, ev); err != nil {
		return nil, err
	}
	return p, g.addEvidence(ctx, p, classes, ev)
}

// headsFolder is where the run's heads stand.
func (g *gathered) headsFolder() string {
	return filepath.Join(table.RunFolder(g.job.Run), heads.Folder)
}

// numbers are those of classes, which a new name gets.
func (g *gathered) numbers(names []string, of map[string]int32, p *explorer.Page) []int32 {
	var out []int32
	for _, name := range names {
		k, ok := of[name]
		if !ok {
			k = int32(len(p.Classes))
			of[name] = k
			p.Classes = append(p.Classes, name)
		}
		out = append(out, k)
	}
	return out
}

// title is the data set's, without the folders that it is in.
func (g *gathered) title() string {
	if g.job.Paths || g.manifest.DataSet == "" {
		return cmp.Or(escape.Name(g.manifest.DataSet), "Images")
	}
	kind, path, ok := strings.Cut(g.manifest.DataSet, ":")
	if !ok {
		kind, path = "", kind
	}
	name := escape.Name(path[strings.LastIndexAny(path, `/\`)+1:])
	if kind == "" {
		return cmp.Or(name, "Images")
	}
	return kind + ":" + name
}

func (g *gathered) subtitle() string {
	id := g.manifest.Identity
	return fmt.Sprintf("%s of %s, %d images", g.o.Made.Layer, id.Net, len(g.o.IDs))
}

// figures say how true a map is.
func figures(q tsne.Quality) []explorer.Figure {
	f := []explorer.Figure{
		{Name: "trustworthiness", Value: fmt.Sprintf("%.3f", q.Trustworthiness), Note: "whether the 15 nearest on the map are near in the space"},
		{Name: "neighbours kept", Value: fmt.Sprintf("%.3f", q.Kept), Note: "of the 10 nearest in the space, the share that is among the 10 nearest on the map"},
	}
	if q.Labelled > 0 {
		f = append(f, explorer.Figure{Name: "accuracy", Value: fmt.Sprintf("%.3f", q.Accuracy), Note: "share of images of one class whose 10 nearest on the map are mostly of it"})
	}
	return f
}

// addSplits gives each row the number of its splits, of which there may be 255 kinds.
func addSplits(p *explorer.Page, o *opened) {
	for _, i := range o.present {
		name := ""
		if o.Splits != nil {
			name = strings.Join(o.Splits[i], " ")
		}
		k := 0
		for k < len(p.Splits) && p.Splits[k] != name {
			k++
		}
		if k == len(p.Splits) && k < math.MaxUint8 {
			p.Splits = append(p.Splits, name)
		}
		p.Split = append(p.Split, uint8(min(k, math.MaxUint8)))
	}
}

// addFailed tells the rows without a place, and why, in words without folders of this machine.
func (g *gathered) addFailed(p *explorer.Page, o *opened) {
	for i, r := range o.Rows() {
		if r.Status != outputs.StatusFailed {
			continue
		}
		if p.Failures++; len(p.Failed) >= someFailures {
			continue
		}
		why := r.Error
		if !g.job.Paths && r.Path != "" {
			why = strings.ReplaceAll(why, r.Path, r.Image)
		}
		p.Failed = append(p.Failed, explorer.Failure{Name: o.IDs[i], Reason: why})
	}
}
