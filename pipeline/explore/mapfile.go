package explore

import (
	"bufio"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"fc7/internal/atomicfile"
	"fc7/outputs"
	"fc7/pipeline/extraction"
)

// write keeps the points of a table.
func (p *Points) write(o *opened, k kept, began time.Time) (err error) {
	p.sum, err = k.write(mapColumns, func(yield func([]any) bool) {
		at := 0
		for i, name := range o.IDs {
			row := []any{name, nil, nil}
			if !o.Missing[i] {
				row[1], row[2] = p.y[2*at], p.y[2*at+1]
				at++
			}
			if !yield(row) {
				return
			}
		}
	})
	p.Seconds = time.Since(began).Seconds()
	return err
}

// read takes kept points back, the digest of whose file is sum.
func (p *Points) read(o *opened, sum string, began time.Time) error {
	i := 0
	err := outputs.ReadResults(p.File, sum, mapColumns, func(values []any) error {
		if i >= len(o.IDs) || values[0] != o.IDs[i] || (values[1] == nil || values[2] == nil) != o.Missing[i] {
			return fmt.Errorf("%s: row %d is not that of the table: remove the file", p.File, i)
		}
		i++
		if o.Missing[i-1] {
			return nil
		}
		x, y := as[float64](values[1]), as[float64](values[2])
		if math.IsNaN(x+y) || math.IsInf(x+y, 0) {
			return fmt.Errorf("%s: row %d is at no place: remove the file", p.File, i-1)
		}
		p.y = append(p.y, x, y)
		return nil
	})
	if err == nil && i != len(o.IDs) {
		err = fmt.Errorf("%s has %d rows, expected %d: remove the file", p.File, i, len(o.IDs))
	}
	p.sum, p.Kept, p.Seconds = sum, true, time.Since(began).Seconds()
	return err
}

// MapEndings are those of the files that Save writes.
var MapEndings = []string{".csv", ".npy"}

// Save writes the points that have a place, in the table's order, to a .csv file of image, x and y, or as an .npy file,
// [N,2] of float32. replace lets it take the place of a file that is there.
func (p *Points) Save(path string, replace bool) error {
	write := p.numPy
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		write = p.csv
	}
	return atomicfile.Write(path, replace, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		if err := write(b); err != nil {
			return err
		}
		return b.Flush()
	})
}

func (p *Points) numPy(w io.Writer) error {
	if _, err := io.WriteString(w, extraction.NumPyHeader("f4", len(p.names), 2)); err != nil {
		return err
	}
	var b [4]byte
	for _, v := range p.y {
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(float32(v)))
		if _, err := w.Write(b[:]); err != nil {
			return err
		}
	}
	return nil
}

func (p *Points) csv(w io.Writer) error {
	c := csv.NewWriter(w)
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	_ = c.Write([]string{"image", "x", "y"}) // Error tells
	for i, name := range p.names {
		_ = c.Write([]string{name, number(p.y[2*i]), number(p.y[2*i+1])})
	}
	c.Flush()
	return c.Error()
}
