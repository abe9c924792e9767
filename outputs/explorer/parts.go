package explorer

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// part is a piece of what the script reads: text of JSON, or numbers, little-endian, in base64.
type part struct {
	name  string
	text  []byte             // JSON
	bytes int                // of numbers
	put   func(b []byte) int // fills b with the next numbers
}

// size is how many bytes the part takes in a page.
func (p *part) size() int {
	if p.text != nil {
		return len(p.text)
	}
	return base64.StdEncoding.EncodedLen(p.bytes)
}

// write writes the part as one text without what ends a script or a string.
func (p *part) write(w io.Writer) error {
	if p.text != nil {
		_, err := w.Write(p.text)
		return err
	}
	e := base64.NewEncoder(base64.StdEncoding, w)
	b := make([]byte, 48<<10)
	for done := 0; done < p.bytes; {
		n := p.put(b)
		if _, err := e.Write(b[:n]); err != nil {
			return err
		}
		done += n
	}
	return e.Close()
}

// numbers is a part of n numbers of so many bytes each, which one puts.
func numbers(name string, n, each int, one func(b []byte, i int)) part {
	at := 0
	return part{name: name, bytes: n * each, put: func(b []byte) int {
		k := 0
		for ; at < n && k+each <= len(b); k += each {
			one(b[k:], at)
			at++
		}
		return k
	}}
}

func whole(name string, of []int32) part {
	return numbers(name, len(of), 4, func(b []byte, i int) { binary.LittleEndian.PutUint32(b, uint32(of[i])) })
}

func floats(name string, of []float32) part {
	return numbers(name, len(of), 4, func(b []byte, i int) { binary.LittleEndian.PutUint32(b, math.Float32bits(of[i])) })
}

func raw(name string, of []byte) part {
	return numbers(name, len(of), 1, func(b []byte, i int) { b[0] = of[i] })
}

// text is a part of JSON, in which no < stands for itself.
func text(name string, v any) (part, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return part{}, fmt.Errorf("%s of a page: %w", name, err)
	}
	return part{name: name, text: b}, nil
}

// about is what the script reads of a page that is no column.
type about struct {
	Own      int         `json:"own"`
	K        int         `json:"k"`
	Command  string      `json:"command"`
	Notes    []string    `json:"notes"`
	Figures  []Figure    `json:"figures"`
	Classes  []string    `json:"classes"`
	Splits   []string    `json:"splits"`
	Suspects *suspects   `json:"suspects"`
	Outliers [][3]any    `json:"outliers"`
	Without  Without     `json:"without"`
	Failed   [][2]string `json:"failed"`
	Failures int         `json:"failures"`
	Sheets   sheets      `json:"sheets"`
}

type suspects struct {
	Note string   `json:"note"`
	List [][7]any `json:"list"`
}

type sheets struct {
	Side  int      `json:"side"`
	Row   int      `json:"row"`
	Files []string `json:"files,omitempty"` // of sheets that stand beside the page
}

func (p *Page) about(files []string) about {
	a := about{
		Own: p.Own, K: p.K, Command: p.Command, Notes: some(p.Notes), Figures: some(p.Figures), Classes: some(p.Classes), Splits: some(p.Splits),
		Without: p.Without, Failed: [][2]string{}, Failures: p.Failures, Sheets: sheets{p.Sheets.Side, p.Sheets.Row, files},
	}
	for _, f := range p.Failed {
		a.Failed = append(a.Failed, [2]string{f.Name, f.Reason})
	}
	if s := p.Suspects; s != nil {
		a.Suspects = &suspects{Note: s.Note, List: [][7]any{}}
		for _, d := range s.List {
			a.Suspects.List = append(a.Suspects.List, [7]any{d.Row, d.Label, d.Instead, d.Has, d.Margin, d.For, d.Against})
		}
	}
	if p.Outliers != nil {
		a.Outliers = [][3]any{}
		for _, o := range p.Outliers {
			a.Outliers = append(a.Outliers, [3]any{o.Row, o.Class, o.Times})
		}
	}
	return a
}

// some is a list that JSON writes as one where it is empty, too.
func some[T any](of []T) []T {
	if of == nil {
		return []T{}
	}
	return of
}

// parts are all but the sheets; files are those of sheets that stand beside the page.
func (p *Page) parts(files []string) ([]part, error) {
	out := make([]part, 2)
	var err error
	if out[0], err = text("about", p.about(files)); err != nil {
		return nil, err
	}
	if out[1], err = text("names", p.Names); err != nil {
		return nil, err
	}
	if p.Paths != nil {
		paths, err := text("paths", p.Paths)
		if err != nil {
			return nil, err
		}
		out = append(out, paths)
	}
	coordinate := func(name string, k int) part {
		return numbers(name, len(p.Names), 4, func(b []byte, i int) { binary.LittleEndian.PutUint32(b, math.Float32bits(float32(p.XY[2*i+k]))) })
	}
	ends, labels := make([]int32, 1, len(p.Labels)+1), []int32(nil)
	for _, l := range p.Labels {
		labels = append(labels, l...)
		ends = append(ends, int32(len(labels)))
	}
	if p.Labels == nil {
		ends = make([]int32, len(p.Names)+1)
	}
	out = append(out, coordinate("x", 0), coordinate("y", 1), whole("label-at", ends), whole("label-of", labels))
	for _, c := range []part{
		raw("split", p.Split), floats("margin", p.Margin), whole("near", p.Near), floats("far", p.Far),
		whole("thumb", p.Sheets.Of),
	} {
		if c.bytes > 0 {
			out = append(out, c)
		}
	}
	return out, nil
}
