package explorer

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// hostile are names that would be more than text in a page that does not take care.
var hostile = []string{
	`</script><script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, "a\x00b\x1b[31m\nc", "\u202egpj.exe", `"'&<!--`, "`${alert(1)}`", "\u2028", "=cmd|' /C calc'!A0", "#1",
}

// made is a page of n points around as many centres as there are classes; the first images have hostile names.
func made(n, classes int, pictures bool) *Page {
	r := rand.New(rand.NewPCG(1, 2))
	p := &Page{
		Title: "drawn: a < b & c", Subtitle: "fc7 of vgg11/32", Notes: []string{"A map is not the space."}, Own: n, K: 3, Splits: []string{"train", "test"},
		Figures: []Figure{{"trustworthiness", "0.980", "of 15"}}, Failed: []Failure{{"broken.jpg", "not an image"}}, Failures: 1,
		Without:  Without{Leaks: "Run fc7 audit."},
		Suspects: &Suspects{Note: "Suspects, not errors."}, Outliers: []Outlier{{1, 1 % classes, 3.5}},
	}
	for k := range classes {
		p.Classes = append(p.Classes, fmt.Sprintf("class %d", k))
	}
	p.Classes[0] = hostile[0]
	for i := range n {
		k := i % classes
		name := fmt.Sprintf("c%d/%06d.jpg", k, i)
		if i < len(hostile) {
			name = hostile[i]
		}
		angle := 2 * math.Pi * float64(k) / float64(classes)
		p.Names = append(p.Names, name)
		p.XY = append(p.XY, 30*math.Cos(angle)+3*r.NormFloat64(), 20*math.Sin(angle)+3*r.NormFloat64())
		p.Labels = append(p.Labels, []int32{int32(k)})
		p.Split = append(p.Split, uint8(i%2))
		margin := float32(r.NormFloat64() + 1)
		if i%50 == 0 {
			margin = float32(math.NaN())
		}
		p.Margin = append(p.Margin, margin)
		for m := range 3 {
			p.Near, p.Far = append(p.Near, int32((i+(m+1)*classes)%n)), append(p.Far, float32(m)*.1)
		}
		if margin < -1 && len(p.Suspects.List) < 200 {
			p.Suspects.List = append(p.Suspects.List, Suspect{i, k, (k + 1) % classes, true, float64(margin), 2, 8})
		}
	}
	if n >= 20 {
		p.Leaks, p.Heads, p.Evidence = drawnLeaks(p), drawnHeads(p), drawnEvidence(p)
	}
	if pictures {
		p.Sheets = drawnSheets(p, 1)
	}
	return p
}

// drawnLeaks are a copy that is mirrored and across splits, a group of three, and a pair that looks alike.
func drawnLeaks(p *Page) *Leaks {
	one := func(row, twin int, grade string) GroupImage {
		return GroupImage{Row: row, Twin: twin, Grade: grade, Distance: -1, Correlation: .999}
	}
	g := []Group{
		{Grade: "certain", Leaks: true, Differ: true, Images: []GroupImage{one(0, 11, "certain"), one(11, 0, "certain")}},
		{Grade: "certain", Images: []GroupImage{one(12, 13, "certain"), one(13, 12, "certain"), one(14, 12, "likely")}},
		{Grade: "look-alike", Images: []GroupImage{one(15, 16, "look-alike"), one(16, 15, "look-alike")}},
	}
	g[0].Images[1].Leaks, g[0].Images[1].Mirrored, g[0].Images[1].Distance = [][2]string{{"test", "certain"}}, true, .00003
	return &Leaks{Note: "Of the last audit.", Splits: []LeakSplit{{Name: "test", Certain: 1}}, Groups: g}
}

// drawnHeads are scores of which those of every seventh row are wrong, and those of the first row not known.
func drawnHeads(p *Page) *Heads {
	h := &Heads{Note: "Scores of drawn heads.", Top: 2, Roles: []string{"", "learned from", "tested"}}
	for i := range p.Names {
		k := p.Labels[i][0]
		best, score := k, float32(1.5)
		if i%7 == 6 {
			best, score = (k+1)%int32(len(p.Classes)), -.5
		}
		h.Class, h.Score = append(h.Class, best, -1), append(h.Score, 1.5, float32(math.NaN()))
		h.Own, h.Margin, h.Role = append(h.Own, score), append(h.Margin, score-.25), append(h.Role, uint8(1+i%2))
	}
	h.Class[0], h.Own[0], h.Margin[0], h.Role[0] = -1, float32(math.NaN()), float32(math.NaN()), 0
	return h
}

// drawnEvidence is that of two rows, of two scales.
func drawnEvidence(p *Page) *Evidence {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 60, 40)), nil); err != nil {
		panic(err)
	}
	e := &Evidence{Words: "Vermilion speaks for the class, blue against it.", Scales: []string{"Q256", "Q384"}}
	for _, row := range []int{17, 19} {
		k := int(p.Labels[row][0])
		e.List = append(e.List, RowEvidence{Row: row, Limit: 2, Classes: []ClassEvidence{
			{Class: k, Score: 1.25, Bias: -.5, Sums: []float64{1, .75}, JPEG: b.Bytes()}, {Class: 0, Score: -1, Bias: -.75, Sums: []float64{-.5, .25}, JPEG: b.Bytes()},
		}})
	}
	return e
}

// drawnSheets are thumbnails of one colour a class, of every so manyth row.
func drawnSheets(p *Page, every int) Sheets {
	const side, row = 16, 8
	s := Sheets{Side: side, Row: row}
	var sheet *image.RGBA
	keep := func() {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, sheet, nil); err != nil {
			panic(err)
		}
		s.JPEG = append(s.JPEG, b.Bytes())
	}
	for i := range p.Names {
		if i%every != 0 {
			s.Of = append(s.Of, -1)
			continue
		}
		n := i / every
		at := n % (row * row)
		if at == 0 {
			if sheet != nil {
				keep()
			}
			sheet = image.NewRGBA(image.Rect(0, 0, row*side, row*side))
		}
		k := uint8(p.Labels[i][0])
		for y := range side {
			for x := range side {
				sheet.Set(at%row*side+x, at/row*side+y, color.RGBA{k * 40, 200 - k*20, uint8(y) * 10, 255})
			}
		}
		s.Of = append(s.Of, int32(n))
	}
	keep()
	return s
}

// written writes the page into a file and returns its path and its text.
func written(t *testing.T, p *Page) (path, text string) {
	t.Helper()
	var b, again bytes.Buffer
	m, err := Make(p)
	if err == nil {
		err = errors.Join(m.Write(&b), m.Write(&again))
	}
	if err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Fatalf("the page twice: %v", err)
	}
	if d := b.Len() - m.Size(); d < 0 || d > 3000 {
		t.Errorf("the page has %d bytes, Size says %d", b.Len(), m.Size())
	}
	path = filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path, b.String()
}
