package outputs

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"fc7/internal/parquetguard"
	"fc7/internal/readjson"
)

// footer is what a shard says of itself.
type footer struct {
	meta    format.FileMetaData
	mark    shardMark
	cols    []Column
	id      Identity
	own     string // digest of the file that it states; "": none
	sum     string // SHA-256 of the footer itself
	schema  *parquet.Schema
	columns []leaf
}

// leaf is a column as Parquet stores it.
type leaf struct {
	path           string
	kind           format.Type
	maxRep, maxDef int
}

// readFooter reads and checks the footer of a file of size bytes. It trusts none of its figures.
func readFooter(r io.ReaderAt, size int64) (*footer, error) {
	raw, err := parquetguard.Footer(r, size)
	if err != nil {
		return nil, err
	}
	f := &footer{sum: footerDigest(raw)}
	if err := f.decode(raw); err != nil {
		return nil, fmt.Errorf("reading the Parquet footer: %w", err)
	}
	if err := f.readKeys(); err != nil {
		return nil, err
	}
	f.schema = schemaOf(f.cols, f.id.Inputs.None > 0)
	if err := f.checkSchema(); err != nil {
		return nil, err
	}
	return f, f.checkGroups(size)
}

// decode lets the library build a footer that was checked.
func (f *footer) decode(raw []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the file is damaged: %v", p)
		}
	}()
	return thrift.Unmarshal(new(thrift.CompactProtocol), raw, &f.meta)
}

// readKeys reads fc7's own keys. A file without them is some other program's.
func (f *footer) readKeys() error {
	values := map[string]string{}
	for _, kv := range f.meta.KeyValueMetadata {
		values[kv.Key] = kv.Value
	}
	text, ok := values[keyIdentity]
	if !ok {
		return fmt.Errorf("not a feature table of fc7 (no %s in its footer; written by %q)", keyIdentity, f.meta.CreatedBy)
	}
	f.own = values[keyDigest]
	var err error
	if f.id, err = decodeIdentity(text); err != nil {
		return err
	}
	if err := readjson.Text([]byte(values[keyColumns]), &f.cols); err != nil {
		return fmt.Errorf("footer key %s: %w", keyColumns, err)
	}
	if err := readjson.Text([]byte(values[keyShard]), &f.mark); err != nil {
		return fmt.Errorf("footer key %s: %w", keyShard, err)
	}
	return errors.Join(checkShard(f.mark.Index, f.mark.Count), checkColumns(f.cols))
}

// checkSchema compares the file's schema with the one that its columns ask for, element by element.
func (f *footer) checkSchema() error {
	want := appendElements(nil, f.schema.Name(), f.schema)
	if len(f.meta.Schema) != len(want) {
		return fmt.Errorf("schema of %d elements, expected %d: the file is damaged, or changed by another program", len(f.meta.Schema), len(want))
	}
	for i, w := range want {
		if got := elementText(&f.meta.Schema[i]); got != w {
			return fmt.Errorf("schema element %d is %s, expected %s: the file is damaged, or changed by another program", i, got, w)
		}
	}
	f.columns = appendLeaves(nil, "", f.schema, 0, 0)
	return nil
}

// appendElements flattens a schema as the footer does, depth first.
func appendElements(out []string, name string, n parquet.Node) []string {
	e := format.SchemaElement{Name: name}
	if n.Leaf() {
		e.Type.Set(format.Type(n.Type().Kind()))
		e.TypeLength.Set(int32(n.Type().Length()))
	} else {
		e.NumChildren.Set(int32(len(n.Fields())))
	}
	switch {
	case n.Optional():
		e.RepetitionType.Set(format.Optional)
	case n.Repeated():
		e.RepetitionType.Set(format.Repeated)
	}
	if t := n.Type().LogicalType(); t != nil {
		e.LogicalType = *t
	}
	out = append(out, elementText(&e))
	for _, child := range n.Fields() {
		out = appendElements(out, child.Name(), child)
	}
	return out
}

// elementText writes what matters of a schema element: "image required BYTE_ARRAY STRING".
func elementText(e *format.SchemaElement) string {
	parts := []string{fmt.Sprintf("%q", e.Name)}
	if e.RepetitionType.Valid {
		parts = append(parts, strings.ToLower(e.RepetitionType.V.String()))
	} else {
		parts = append(parts, "required")
	}
	if e.Type.Valid {
		parts = append(parts, e.Type.V.String())
	} else {
		parts = append(parts, fmt.Sprintf("group of %d", e.NumChildren.V))
	}
	if e.Type.V == format.FixedLenByteArray { // the library states a length for others too, which means nothing
		parts = append(parts, fmt.Sprintf("of %d bytes", e.TypeLength.V))
	}
	if e.LogicalType.Value != nil {
		parts = append(parts, e.LogicalType.String())
	} else if e.ConvertedType.Valid {
		parts = append(parts, fmt.Sprintf("converted type %d", e.ConvertedType.V))
	}
	return strings.Join(parts, " ")
}

// appendLeaves lists the stored columns with their greatest levels.
func appendLeaves(out []leaf, path string, n parquet.Node, rep, def int) []leaf {
	for _, child := range n.Fields() {
		r, d := rep, def
		switch {
		case child.Optional():
			d++
		case child.Repeated():
			r, d = r+1, d+1
		}
		name := strings.TrimPrefix(path+"."+child.Name(), ".")
		if child.Leaf() {
			out = append(out, leaf{name, format.Type(child.Type().Kind()), r, d})
		} else {
			out = appendLeaves(out, name, child, r, d)
		}
	}
	return out
}

// minRow is the least that a row takes in a file: three strings with their lengths, and two numbers.
const minRow = 16

// checkGroups holds the row groups against the size of the file.
func (f *footer) checkGroups(size int64) error {
	rows := int64(0)
	for g := range f.meta.RowGroups {
		group := &f.meta.RowGroups[g]
		if len(group.Columns) != len(f.columns) {
			return fmt.Errorf("row group %d has %d columns, expected %d", g, len(group.Columns), len(f.columns))
		}
		if group.NumRows < 0 || group.NumRows > size/minRow {
			return fmt.Errorf("row group %d claims %d rows in a file of %d bytes", g, group.NumRows, size)
		}
		rows += group.NumRows
		for i := range group.Columns {
			if err := checkChunk(&group.Columns[i], f.columns[i], size); err != nil {
				return fmt.Errorf("row group %d, column %s: %w", g, f.columns[i].path, err)
			}
		}
	}
	if rows != f.meta.NumRows || rows > size/minRow {
		return fmt.Errorf("row groups of %d rows in all, the footer says %d", rows, f.meta.NumRows)
	}
	return nil
}

func checkChunk(c *format.ColumnChunk, l leaf, size int64) error {
	m := &c.MetaData
	if m.Codec != format.Uncompressed || m.DictionaryPageOffset != 0 || slices.ContainsFunc(m.Encoding, func(e format.Encoding) bool {
		return e != format.Plain && e != format.RLE
	}) {
		return fmt.Errorf("stored as %v with encodings %v: fc7 writes uncompressed PLAIN columns, so another program changed the file", m.Codec, m.Encoding)
	}
	if m.Type != l.kind {
		return fmt.Errorf("type %v, expected %v", m.Type, l.kind)
	}
	if m.DataPageOffset < 4 || m.TotalCompressedSize < 0 || m.DataPageOffset > size || m.TotalCompressedSize > size-m.DataPageOffset {
		return fmt.Errorf("pages at %d, %d bytes, in a file of %d", m.DataPageOffset, m.TotalCompressedSize, size)
	}
	return nil
}
