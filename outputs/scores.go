package outputs

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"fc7/internal/atomicfile"
)

// keyScores is the footer's key for what made the scores, and keyClasses that for the JSON list of the classes.
const (
	keyScores  = "fc7.scores"
	keyClasses = "fc7.classes"
)

// maxClasses bounds the classes of a score table, each of which is a column or two.
const maxClasses = 1 << 15

// ScoreRow is what a head says about an image, or an object of it.
type ScoreRow struct {
	Image         string
	Object        int // 1-based; 0, stored as null: the whole image
	Labels        []string
	Status        string // StatusOK or StatusFailed
	Error         string
	Best          string    // the class of the highest score; null in a failed row
	Scores        []float64 // one a class; nil in a failed row, which stores nulls
	Probabilities []float64 // likewise, where the table has them
}

// ScoreWriter writes a table of scores as one Parquet file: the columns image, object, labels, status, error and best, then
// score_CLASS and, where asked for, probability_CLASS as doubles. It is for one goroutine. The file appears under its final name
// only when Close succeeds.
type ScoreWriter struct {
	final         string
	file          outFile
	table         *parquet.GenericWriter[any]
	classes       int
	probabilities bool
	row           parquet.Row
	err           error
	closed        bool
}

// ScoreOptions of a score table.
type ScoreOptions struct {
	Probabilities bool // a column of them for each class
	Replace       bool // a file that is there already; otherwise it is an error
	Source        any  // what made the scores, written to the footer as JSON
}

// CreateScores starts a table of the scores of classes at path.
func CreateScores(path string, classes []string, o ScoreOptions) (*ScoreWriter, error) {
	w, err := createScores(path, classes, o)
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}
	return w, nil
}

func createScores(path string, classes []string, o ScoreOptions) (*ScoreWriter, error) {
	if err := checkClasses(classes); err != nil {
		return nil, err
	}
	source, err := json.Marshal(o.Source)
	if err != nil {
		return nil, err
	}
	names, err := json.Marshal(classes)
	if err != nil {
		return nil, err
	}
	f, err := atomicfile.Create(path, o.Replace)
	if err != nil {
		return nil, err
	}
	w := &ScoreWriter{final: path, file: f, classes: len(classes), probabilities: o.Probabilities}
	w.table = parquet.NewGenericWriter[any](f,
		scoreSchema(classes, o.Probabilities),
		parquet.CreatedBy("fc7", fmt.Sprint(FormatVersion), "0"),
		parquet.DataPageVersion(1),
		parquet.Compression(&parquet.Snappy),
		parquet.KeyValueMetadata(keyScores, string(source)),
		parquet.KeyValueMetadata(keyClasses, string(names)),
	)
	return w, nil
}

func checkClasses(classes []string) error {
	if len(classes) == 0 || len(classes) > maxClasses {
		return fmt.Errorf("%d classes, expected 1 to %d", len(classes), maxClasses)
	}
	seen := map[string]bool{}
	for _, c := range classes {
		if c == "" || !utf8.ValidString(c) || seen[c] {
			return fmt.Errorf("class %q is empty, not UTF-8, or there twice", c)
		}
		seen[c] = true
	}
	return nil
}

// The columns of a score table before the scores, one leaf each.
const (
	scoreImage = iota
	scoreObject
	scoreLabels
	scoreStatus
	scoreError
	scoreBest
	firstScore
)

func scoreSchema(classes []string, probabilities bool) *parquet.Schema {
	text := parquet.Encoded(parquet.String(), &parquet.Plain)
	number := parquet.Optional(parquet.Leaf(parquet.DoubleType))
	g := &group{fields: []parquet.Field{
		scoreImage:  field{text, "image"},
		scoreObject: field{parquet.Optional(parquet.Leaf(parquet.Int32Type)), "object"},
		scoreLabels: field{parquet.List(text), "labels"},
		scoreStatus: field{text, "status"},
		scoreError:  field{parquet.Optional(text), "error"},
		scoreBest:   field{parquet.Optional(text), "best"},
	}}
	for _, c := range classes {
		g.fields = append(g.fields, field{number, "score_" + c})
	}
	if probabilities {
		for _, c := range classes {
			g.fields = append(g.fields, field{number, "probability_" + c})
		}
	}
	return parquet.NewSchema("fc7_scores", g)
}

// Write appends a row; it keeps no part of it.
func (w *ScoreWriter) Write(r ScoreRow) error {
	if w.closed {
		return fmt.Errorf("writing %s: the table is closed", w.final)
	}
	if w.err != nil {
		return w.err
	}
	if err := w.check(r); err != nil {
		return fmt.Errorf("writing %s: image %q: %w", w.final, r.Image, err)
	}
	w.row = w.row[:0]
	w.text(scoreImage, r.Image)
	w.optional(scoreObject, r.Object != 0, parquet.Int32Value(int32(r.Object)))
	if len(r.Labels) == 0 {
		w.row = append(w.row, parquet.Value{}.Level(0, 0, scoreLabels))
	}
	for i, l := range r.Labels {
		w.row = append(w.row, parquet.ValueOf(l).Level(min(i, 1), 1, scoreLabels))
	}
	w.text(scoreStatus, r.Status)
	w.optional(scoreError, r.Error != "", parquet.ValueOf(r.Error))
	w.optional(scoreBest, r.Best != "", parquet.ValueOf(r.Best))
	w.numbers(firstScore, r.Scores)
	if w.probabilities {
		w.numbers(firstScore+w.classes, r.Probabilities)
	}
	if _, err := w.table.WriteRows([]parquet.Row{w.row}); err != nil {
		w.err = fmt.Errorf("writing %s: %w", w.final, err)
	}
	return w.err
}

func (w *ScoreWriter) check(r ScoreRow) error {
	want, wantP := w.classes, 0
	if w.probabilities {
		wantP = w.classes
	}
	if r.Status != StatusOK {
		want, wantP = 0, 0
	}
	if len(r.Scores) != want || len(r.Probabilities) != wantP {
		return fmt.Errorf("status %q with %d scores and %d probabilities, expected %d and %d", r.Status, len(r.Scores), len(r.Probabilities), want, wantP)
	}
	if bad := slices.IndexFunc(append([]string{r.Image, r.Error, r.Best, r.Status}, r.Labels...), func(s string) bool { return !utf8.ValidString(s) }); bad >= 0 {
		return errors.New("a text is not valid UTF-8: escape it first")
	}
	return nil
}

func (w *ScoreWriter) text(column int, s string) {
	w.row = append(w.row, parquet.ValueOf(s).Level(0, 0, column))
}

func (w *ScoreWriter) optional(column int, present bool, v parquet.Value) {
	if present {
		w.row = append(w.row, v.Level(0, 1, column))
	} else {
		w.row = append(w.row, parquet.Value{}.Level(0, 0, column))
	}
}

// numbers adds one value a class, or nulls.
func (w *ScoreWriter) numbers(first int, values []float64) {
	for k := range w.classes {
		if values == nil {
			w.optional(first+k, false, parquet.Value{})
		} else {
			w.optional(first+k, true, parquet.DoubleValue(values[k]))
		}
	}
}

// Close completes the file under its final name. After an error nothing stands there, or what stood there before.
func (w *ScoreWriter) Close() error {
	if w.closed {
		return w.err
	}
	w.closed = true
	if w.err == nil {
		w.err = w.table.Close()
	}
	if w.err == nil {
		w.err = w.file.Commit()
	} else {
		w.err = errors.Join(w.err, w.file.Abort())
	}
	if w.err != nil {
		w.err = fmt.Errorf("completing %s: %w", w.final, w.err)
	}
	return w.err
}

// Abort gives the file up and removes its temporary one. After Close it does nothing.
func (w *ScoreWriter) Abort() error {
	if w.closed {
		return nil
	}
	w.closed = true
	return w.file.Abort()
}
