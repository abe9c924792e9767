package extract

import (
	"fmt"
	"strings"
)

// ColumnKind is what a column of descriptors holds.
type ColumnKind int

// DescribeAll gives one KindVector a layer and scale; with PoolMap it gives a KindMap and, behind it, a KindShape.
const (
	KindVector ColumnKind = iota // Width values
	KindMap                      // a whole map [H,W,C] row by row, C = Width; H and W depend on the image
	KindShape                    // H, W and C of the map in the column before
)

// Column describes one of the slices that DescribeAll returns of an image.
type Column struct {
	Name  string // fc7_q256, fc7_crops_q256, pool5_centre_map_q256, pool5_map_q256_shape
	Layer string
	Scale int
	Width int
	Kind  ColumnKind
}

// shapeSuffix ends the name of a KindShape column.
const shapeSuffix = "_shape"

// columnName names the column of a layer at a scale: the layer, the views unless dense, map if it is one, the scale.
func (o Options) columnName(layer string, scale int) string {
	parts := []string{layer}
	if o.Views != ViewsDense {
		parts = append(parts, o.Views.String())
	}
	if o.Pool == PoolMap {
		parts = append(parts, "map")
	}
	return strings.Join(append(parts, fmt.Sprintf("q%d", scale)), "_")
}

// columns lists what DescribeAll returns: all scales of the first layer, then of the next.
func (o Options) columns(widths []int) []Column {
	var out []Column
	for i, l := range o.Layers {
		for _, q := range o.Scales {
			c := Column{Name: o.columnName(l, q), Layer: l, Scale: q, Width: widths[i]}
			if o.Pool != PoolMap {
				out = append(out, c)
				continue
			}
			c.Kind = KindMap
			out = append(out, c, Column{Name: c.Name + shapeSuffix, Layer: l, Scale: q, Width: 3, Kind: KindShape})
		}
	}
	return out
}
