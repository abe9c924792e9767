package outputs

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
)

// arrowSchema is the table's schema as Arrow sees it. The type of a descriptor column follows from what readers
// survive:
//
//   - A column that may hold nulls is list<element>. A fixed-size list with null rows cannot be read by pyarrow ("Expected all
//     lists to be of size=…"), and arrow-go v15 returns its values as nulls without a word.
//   - A map is such a list too, of a length that differs from row to row.
//   - A column without nulls (Column.Required) is fixed_size_list<element>[width], which pyarrow turns into a matrix without a copy.
//
// The width, of a map its channels, stands in the field's metadata. Elements are not null, and are named "element" as
// in the Parquet schema. With none, labels may be null, as there.
func arrowSchema(cols []Column, none bool) *arrow.Schema {
	list := arrow.ListOfField(arrow.Field{Name: "element", Type: arrow.BinaryTypes.String})
	types := []arrow.Field{
		colImage:   {Type: arrow.BinaryTypes.String},
		colObject:  {Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		colPath:    {Type: arrow.BinaryTypes.String},
		colWidth:   {Type: arrow.PrimitiveTypes.Int32},
		colHeight:  {Type: arrow.PrimitiveTypes.Int32},
		colLabels:  {Type: list, Nullable: none},
		colIgnored: {Type: list},
		colSplits:  {Type: list},
		colStatus:  {Type: arrow.BinaryTypes.String},
		colError:   {Type: arrow.BinaryTypes.String, Nullable: true},
	}
	for i := range types {
		types[i].Name = rowColumns[i]
	}
	for _, c := range cols {
		types = append(types, arrowField(c))
	}
	return arrow.NewSchema(types, nil)
}

func arrowField(c Column) arrow.Field {
	element := arrow.Field{Name: "element", Type: arrow.PrimitiveTypes.Float32}
	switch c.Dtype {
	case Float16:
		element.Type = arrow.FixedWidthTypes.Float16
	case Int32:
		element.Type = arrow.PrimitiveTypes.Int32
	}
	f := arrow.Field{
		Name:     c.Name,
		Type:     arrow.ListOfField(element),
		Nullable: !c.Required,
		Metadata: arrow.NewMetadata([]string{"width"}, []string{strconv.Itoa(c.Width)}),
	}
	if c.Required {
		f.Type = arrow.FixedSizeListOfField(int32(c.Width), element)
	}
	return f
}

// arrowSchemaText is the value of the footer key "ARROW:schema": the base64 of an IPC stream that consists of the
// schema alone.
func arrowSchemaText(cols []Column, none bool) (string, error) {
	var buf bytes.Buffer
	w := ipc.NewWriter(&buf, ipc.WithSchema(arrowSchema(cols, none)))
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("building the Arrow schema: %w", err)
	}
	return base64.StdEncoding.EncodeToString(buf.Bytes()), nil
}
