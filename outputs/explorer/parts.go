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
	name    string
	text    []byte // JSON
	n, each int    // numbers, and the bytes of one
	put     func(b []byte, i int)
}

// size is how many bytes the part takes in a page.
func (p *part) size() int {
	if p.text != nil {
		return len(p.text)
	}
	return base64.StdEncoding.EncodedLen(p.n * p.each)
}

// write writes the part as one text without what ends a script or a string.
func (p *part) write(w io.Writer) error {
	if p.text != nil {
		_, err := w.Write(p.text)
		return err
	}
	e := base64.NewEncoder(base64.StdEncoding, w)
	b := make([]byte, 48<<10)
	for i := 0; i < p.n; {
		k := 0
		for ; i < p.n && k+p.each <= len(b); k += p.each {
			p.put(b[k:], i)
			i++
		}
		if _, err := e.Write(b[:k]); err != nil {
			return err
		}
	}
	return e.Close()
}

// numbers is a part of n numbers of so many bytes each, of which put puts one.
func numbers(name string, n, each int, put func(b []byte, i int)) part {
	return part{name: name, n: n, each: each, put: put}
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
	Heads    *aboutHeads `json:"heads"`
	Without  Without     `json:"without"`
	Failed   [][2]string `json:"failed"`
	Failures int         `json:"failures"`
	Sheets   sheets      `json:"sheets"`
}

type suspects struct {
	Note string   `json:"note"`
	List [][7]any `json:"list"`
}

type aboutHeads struct {
	Note  string   `json:"note"`
	Top   int      `json:"top"`
	Roles []string `json:"roles"`
}

type sheets struct {
	Side int `json:"side"`
	Row  int `json:"row"`
}

func (p *Page) about() about {
	a := about{
		Own: p.Own, K: p.K, Command: p.Command, Notes: some(p.Notes), Figures: some(p.Figures), Classes: some(p.Classes), Splits: some(p.Splits),
		Without: p.Without, Failed: [][2]string{}, Failures: p.Failures, Sheets: sheets{p.Sheets.Side, p.Sheets.Row},
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
	if h := p.Heads; h != nil {
		a.Heads = &aboutHeads{h.Note, h.Top, h.Roles}
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

// texts are the parts of JSON, and the evidence.
func (p *Page) texts() ([]part, error) {
	var out []part
	for _, one := range []struct {
		name  string
		there bool
		v     func() any
	}{
		{"about", true, func() any { return p.about() }},
		{"names", true, func() any { return p.Names }},
		{"paths", p.Paths != nil, func() any { return p.Paths }},
		{"leaks", p.Leaks != nil, func() any { return p.Leaks.json() }},
	} {
		if !one.there {
			continue
		}
		t, err := text(one.name, one.v())
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	if p.Evidence == nil {
		return out, nil
	}
	e, err := p.Evidence.parts()
	return append(out, e...), err
}

// parts are all but the sheets.
func (p *Page) parts() ([]part, error) {
	out, err := p.texts()
	if err != nil {
		return nil, err
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
	columns := []part{raw("split", p.Split), floats("margin", p.Margin), whole("near", p.Near), floats("far", p.Far), whole("thumb", p.Sheets.Of)}
	if h := p.Heads; h != nil {
		columns = append(columns, whole("head-class", h.Class), floats("head-score", h.Score), floats("head-own", h.Own), floats("head-margin", h.Margin), raw("head-role", h.Role))
	}
	for _, c := range columns {
		if c.n > 0 {
			out = append(out, c)
		}
	}
	return out, nil
}
