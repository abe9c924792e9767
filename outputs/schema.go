package outputs

import (
	"reflect"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// rowColumns are the columns before the descriptors, in the order of the file. Each is one leaf, so its place here is
// its column index.
var rowColumns = []string{"image", "object", "path", "width", "height", "labels", "ignored", "splits", "status", "error"}

const (
	colImage = iota
	colObject
	colPath
	colWidth
	colHeight
	colLabels
	colIgnored
	colSplits
	colStatus
	colError
	firstDescriptor
)

// schemaOf builds the Parquet schema of a table with these descriptor columns; none tells whether it has rows that are
// known to be of none of the classes:
//
//	image    required UTF8          object   optional INT32
//	path     required UTF8          width, height  required INT32
//	labels, ignored, splits         required LIST of required UTF8; with none, labels is optional: null is not known
//	status   required UTF8          error    optional UTF8
//	<column> optional LIST of required FLOAT, or of FLOAT16 in FIXED_LEN_BYTE_ARRAY(2), or of INT32
func schemaOf(cols []Column, none bool) *parquet.Schema {
	text := parquet.Encoded(parquet.String(), &parquet.Plain) // its own default, DELTA_LENGTH_BYTE_ARRAY, is less widely read
	number := parquet.Leaf(parquet.Int32Type)
	nodes := []parquet.Node{
		colImage: text, colObject: parquet.Optional(number), colPath: text, colWidth: number, colHeight: number,
		colLabels: parquet.List(text), colIgnored: parquet.List(text), colSplits: parquet.List(text),
		colStatus: text, colError: parquet.Optional(text),
	}
	if none {
		nodes[colLabels] = parquet.Optional(nodes[colLabels])
	}
	g := &group{}
	for i, n := range nodes {
		g.fields = append(g.fields, field{n, rowColumns[i]})
	}
	for _, c := range cols {
		element := parquet.Leaf(parquet.FloatType)
		switch c.Dtype {
		case Float16:
			element = parquet.Leaf(halfType{parquet.FixedLenByteArrayType(2)})
		case Int32:
			element = number
		}
		list := parquet.List(element)
		if !c.Required {
			list = parquet.Optional(list)
		}
		g.fields = append(g.fields, field{list, c.Name})
	}
	return parquet.NewSchema("fc7", g)
}

// group is a parquet.Group that keeps its fields in the order given; the library's sorts them by name.
type group struct {
	parquet.Group
	fields []parquet.Field
}

func (g *group) Fields() []parquet.Field { return g.fields }
func (g *group) String() string          { return "fc7 feature table" }

// GoType satisfies parquet.Node; rows are written by column, so no Go struct stands for them.
func (g *group) GoType() reflect.Type { return reflect.TypeFor[struct{}]() }

type field struct {
	parquet.Node
	name string
}

func (f field) Name() string { return f.name }

// Value satisfies parquet.Field; see group.GoType.
func (f field) Value(reflect.Value) reflect.Value { return reflect.Value{} }

// halfType is FIXED_LEN_BYTE_ARRAY(2) with the FLOAT16 annotation, which the library does not offer as a type.
type halfType struct{ parquet.Type }

func (halfType) LogicalType() *format.LogicalType {
	return &format.LogicalType{Value: new(format.Float16Type)}
}

func (halfType) String() string { return "FLOAT16" }

// NewColumnIndexer replaces the library's, which would compare float16 values as byte strings and so publish bounds
// that readers may skip pages by wrongly.
func (halfType) NewColumnIndexer(int) parquet.ColumnIndexer { return &unboundedIndexer{} }

// unboundedIndexer gives every page with values the bounds -Inf and +Inf: true of any page, and useless for skipping.
type unboundedIndexer struct {
	null  []bool
	nulls []int64
}

func (x *unboundedIndexer) Reset() { x.null, x.nulls = x.null[:0], x.nulls[:0] }

func (x *unboundedIndexer) IndexPage(values, nulls int64, _, _ parquet.Value) {
	x.null = append(x.null, values == nulls)
	x.nulls = append(x.nulls, nulls)
}

func (x *unboundedIndexer) ColumnIndex() format.ColumnIndex {
	index := format.ColumnIndex{NullPages: slices.Clone(x.null), NullCounts: slices.Clone(x.nulls), BoundaryOrder: format.Unordered}
	for _, null := range x.null {
		low, high := []byte{0x00, 0xfc}, []byte{0x00, 0x7c}
		if null {
			low, high = []byte{}, []byte{}
		}
		index.MinValues = append(index.MinValues, low)
		index.MaxValues = append(index.MaxValues, high)
	}
	return index
}
