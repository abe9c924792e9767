package extraction

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fc7/heads/protocol"
	"fc7/internal/usage"
	"fc7/outputs"
)

// FeatureChoice says which descriptors of a table heads are made of, and how.
type FeatureChoice struct {
	Layer     string       // empty: the table's only layer
	Scales    []int        // empty: all of the layer
	Aggregate protocol.How // empty: mean
	L2        protocol.L2  // empty: after
}

// Columns picks the table's columns in the order of the scales that were asked for.
func (f FeatureChoice) Columns(t *outputs.Table) ([]outputs.Column, error) {
	layer, err := f.layer(t)
	if err != nil {
		return nil, err
	}
	var out []outputs.Column
	var have []string
	for _, c := range t.Columns {
		if c.Layer != layer {
			continue
		}
		if c.Map {
			return nil, fmt.Errorf("%s: column %s holds whole maps, not descriptors: extract with pooling mean or max", t.Path, c.Name)
		}
		have = append(have, strconv.Itoa(c.Scale))
		if len(f.Scales) == 0 {
			out = append(out, c)
		}
	}
	for n, q := range f.Scales {
		if slices.Contains(f.Scales[:n], q) {
			return nil, usage.Errorf("the scale %d is given twice: its descriptors would count double", q)
		}
		i := slices.IndexFunc(t.Columns, func(c outputs.Column) bool { return c.Layer == layer && c.Scale == q })
		if i < 0 {
			return nil, usage.Errorf("%s has no descriptors of %s at scale %d; it has scales %s", t.Path, layer, q, strings.Join(have, ", "))
		}
		out = append(out, t.Columns[i])
	}
	return out, nil
}

// layer is the chosen layer, or the table's only one.
func (f FeatureChoice) layer(t *outputs.Table) (string, error) {
	var have []string
	for _, c := range t.Columns {
		if !slices.Contains(have, c.Layer) {
			have = append(have, c.Layer)
		}
	}
	switch {
	case f.Layer == "" && len(have) > 1:
		return "", fmt.Errorf("%s has descriptors of several layers: choose %s", t.Path, strings.Join(have, " or "))
	case f.Layer == "":
		return have[0], nil
	case !slices.Contains(have, f.Layer):
		return "", usage.Errorf("%s has no descriptors of layer %s; it has %s", t.Path, f.Layer, strings.Join(have, ", "))
	}
	return f.Layer, nil
}
