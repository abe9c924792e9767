package explore

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/atomicfile"
	"fc7/internal/escape"
	"fc7/internal/usage"
)

// Corrected is a written file of labels.
type Corrected struct {
	File    string `json:"file"`
	Rows    int    `json:"rows"`
	Changed int    `json:"changed"`
	Unknown int    `json:"unknown"` // rows of which nothing is known, which it leaves out
}

// Correct writes the labels of the table as the file that fc7 svm takes as --labels, with those of the accepted rows,
// by name, as the heads say. A row that is no suspect is refused.
func (s *Suspects) Correct(path string, accepted []string, replace bool) (*Corrected, error) {
	labels := make(map[string][]string, len(accepted))
	at := map[string]int{}
	for i, id := range s.data.IDs {
		at[id] = i
	}
	of := map[string][]Suspect{}
	for _, d := range s.List {
		of[d.Image] = append(of[d.Image], d)
	}
	for _, name := range accepted {
		i, ok := at[name]
		if !ok {
			return nil, usage.Errorf("%s is no row of the table", escape.Short(name))
		}
		if len(of[name]) == 0 {
			return nil, usage.Errorf("%s is no suspect: heads say of it what its labels do", escape.Short(name))
		}
		labels[name] = corrected(s.data.Labels[i], of[name])
	}
	c := &Corrected{File: path, Changed: len(labels)}
	err := atomicfile.Write(path, replace, func(w io.Writer) error { return s.writeLabels(w, labels, c) })
	return c, err
}

// corrected are labels with what is doubtful of them as the heads say.
func corrected(labels []string, doubts []Suspect) []string {
	labels = slices.Clone(labels)
	for _, d := range doubts {
		i := slices.Index(labels, d.Label)
		switch {
		case d.Instead != d.Label && i >= 0:
			labels[i] = d.Instead
		case d.Instead != d.Label:
			labels = append(labels, d.Instead)
		case d.Has:
			labels = slices.Delete(labels, i, i+1)
		default:
			labels = append(labels, d.Label)
		}
	}
	return labels
}

// between divides the labels of a row.
const between = ";"

func (s *Suspects) writeLabels(to io.Writer, changed map[string][]string, c *Corrected) error {
	w := csv.NewWriter(to)
	if err := w.Write([]string{"id", "object", "labels", "ignored"}); err != nil {
		return err
	}
	d := s.data
	for i, id := range d.IDs {
		image, object, labels, ignored := id, "", d.Labels[i], []string(nil)
		if d.Images != nil {
			image = d.Images[i]
		}
		if d.Objects != nil && d.Objects[i] > 0 {
			object = strconv.Itoa(d.Objects[i])
		}
		if d.Ignored != nil {
			ignored = d.Ignored[i]
		}
		if len(labels)+len(ignored) == 0 && !(d.None != nil && d.None[i]) {
			c.Unknown++
			continue
		}
		if now, ok := changed[id]; ok {
			labels = now
		}
		for _, name := range slices.Concat(labels, ignored) {
			if strings.ContainsAny(name, ";|") {
				return fmt.Errorf("class %s: a file of labels divides them by ; and |, so that none can be in a name", escape.Short(name))
			}
		}
		if err := w.Write([]string{image, object, strings.Join(labels, between), strings.Join(ignored, between)}); err != nil {
			return err
		}
		c.Rows++
	}
	w.Flush()
	return w.Error()
}
