package datasets

import (
	"fmt"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/usage"
)

// NoColumn in place of a column's name says that there is no such column.
const NoColumn = "-"

// ColumnsHelp explains Options.LabelColumn, ImageColumn and SplitColumn, for help texts.
const (
	LabelColumnHelp = "column of the classes in csv: and parquet: (-: none)"
	ImageColumnHelp = "column of the images in parquet:, or of their paths in csv:, or a pattern such as train/{id}.jpg"
	SplitColumnHelp = "column of the splits in csv: and parquet: (-: none)"
)

// checkColumns refuses names of columns for kinds that have none.
func (o Options) checkColumns(spec string, k kind) error {
	for _, c := range []struct{ flag, name string }{{"label", o.LabelColumn}, {"image", o.ImageColumn}, {"split", o.SplitColumn}} {
		switch {
		case c.name == "":
		case !HasColumns(k.Name + ":"):
			return &SpecError{spec, fmt.Sprintf("--%s-column %s would do nothing: the kind %s has no columns; it is for %s: and %s:", c.flag, c.name, k.Name, csvKind, parquetKind)}
		case c.flag == "image" && c.name == NoColumn:
			return &SpecError{spec, usage.Unfit("", c.name, "the name of a column: there is no data set without images").Error()}
		}
	}
	return nil
}

// HasColumns tells whether a data set KIND:PATH is of a kind that the options of columns are for.
func HasColumns(spec string) bool {
	return strings.HasPrefix(spec, csvKind+":") || strings.HasPrefix(spec, parquetKind+":")
}

// Columns tells whether a column is named.
func (o Options) Columns() bool {
	return o.LabelColumn != "" || o.ImageColumn != "" || o.SplitColumn != ""
}

// readSplitNames reads names of splits, as people write them.
func readSplitNames(names []string) (bits splitBits, err error) {
	for _, n := range names {
		bit := splitWords[strings.ToLower(n)]
		if bit == 0 {
			bit, _ = splitBitsOf(strings.ToLower(n))
		}
		if bit == 0 {
			return 0, fmt.Errorf("want a split of %s, found %q", strings.Join(vocSplits, ", "), escape.Short(n))
		}
		var ok bool
		if bits, ok = bits.with(bit); !ok {
			return 0, fmt.Errorf("in two splits of one division: %s", escape.Short(strings.Join(names, ", ")))
		}
	}
	return bits, nil
}
