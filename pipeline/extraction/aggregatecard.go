package extraction

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"fc7/internal/atomicfile"
	"fc7/internal/escape"
	"fc7/outputs"
)

// writeCard writes what the descriptors are; of a data set of the hub with the head that the hub reads.
func (f *vectorFolder) writeCard(dir string) error {
	var b strings.Builder
	if f.job.Format == FormatHub {
		size, err := sizeOf(filepath.Join(dir, hubData))
		if err != nil {
			return err
		}
		b.WriteString(hubHead(f.aggregator.columns[0].Width, f.counts.ok, size))
	}
	fmt.Fprintf(&b, "# Image descriptors of %s\n\n", code(f.identity.Net))
	fmt.Fprintf(&b, "%s\n\n", f.what())
	b.WriteString("| property | value |\n| --- | --- |\n")
	for _, p := range f.properties() {
		fmt.Fprintf(&b, "| %s | %s |\n", p[0], code(p[1]))
	}
	if n := f.counts.failed; n > 0 {
		fmt.Fprintf(&b, "\n%d of %d images failed and are not among the rows: `%s` has their keys and reasons.\n", n, n+f.counts.ok, failedName)
	}
	return atomicfile.WriteBytes(filepath.Join(dir, cardName), []byte(b.String()), false)
}

// what says what there is to read and how.
func (f *vectorFolder) what() string {
	width := f.aggregator.columns[0].Width
	if f.job.Format == FormatNumPy {
		return fmt.Sprintf("`%s` is a matrix of %d rows and %d columns, float32 in C order: `numpy.load(\"%s\", mmap_mode=\"r\")`. Line i of `%s`, a JSON object "+
			"(image, object of a box row, path, labels, splits), names row i. Labels are null where they are not known.",
			matrixName, f.counts.ok, width, matrixName, namesName)
	}
	return fmt.Sprintf("%d rows, one an image or a box of one. The column `%s` is the descriptor, %d values of float32; `image` (with `object`, the number of "+
		"a box) is the key, `labels` are the classes, `ignored` those that are not to be scored, `splits` the official splits of the source. "+
		"All rows stand in the one split of the files, `train`.", f.counts.ok, embedding, width)
}

// properties are the lines of the table: how the descriptors were computed.
func (f *vectorFolder) properties() [][2]string {
	id, from := f.identity, f.scanner.Identity
	rows := [][2]string{
		{"net", id.Net},
		{"weights, SHA-256 of the file", id.WeightsSHA256},
		{"layer", strings.Join(id.Layers, ", ")},
		{"scales (smallest image side, pixels)", strings.Trim(fmt.Sprint(id.Scales), "[]")},
		{"descriptor", id.Aggregate},
		{"pooling over positions", id.Pooling},
		{"views", views(id)},
		{"mean with the mirrored image", yesNo(id.Flip)},
		{"preprocessing", id.Preprocessing.String()},
		{"resize", id.Resize},
		{"arithmetic", id.Arithmetic},
		{"type of the table's values", from.Dtype},
		{"inputs", fmt.Sprintf("%d of %s", from.Inputs.Count, from.Inputs.Kind)},
		{"SHA-256 of the list of inputs", from.Inputs.SHA256},
	}
	if id.WeightsPrefix != "" {
		rows = append(rows, [2]string{"prefix of the weights' tensors", id.WeightsPrefix})
	}
	if id.PoolRounding != "" {
		rows = append(rows, [2]string{"rounding of the net's max-pooling", id.PoolRounding})
	}
	if id.LRN != "" {
		rows = append(rows, [2]string{"local response normalisation", id.LRN})
	}
	if id.BoxContext != 0 {
		rows = append(rows, [2]string{"boxes enlarged by", fmt.Sprint(id.BoxContext)})
	}
	return rows
}

func views(id outputs.Identity) string {
	if id.CropSize == 0 {
		return "dense: the whole image"
	}
	return fmt.Sprintf("%s, %d x %d pixels", id.Views, id.CropSize, id.CropSize)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// code is a text of a table, which may be anybody's, as one cell of Markdown that nothing in it ends.
func code(s string) string {
	if s == "" {
		return "not known"
	}
	return "`" + strings.NewReplacer("`", "'", "|", "¦", "\r", " ").Replace(escape.Line(s)) + "`"
}

// hubHead is the head of the card, in YAML: numbers and names of this package alone.
func hubHead(width, rows int, size int64) string {
	var b strings.Builder
	b.WriteString("---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: " + hubData + "/" + hubPattern + "\ndataset_info:\n  features:\n")
	for _, c := range []struct{ name, kind string }{
		{"image", "dtype: string"},
		{"object", "dtype: int32"},
		{"path", "dtype: string"},
		{"width", "dtype: int32"},
		{"height", "dtype: int32"},
		{"labels", "sequence: string"},
		{"ignored", "sequence: string"},
		{"splits", "sequence: string"},
		{"status", "dtype: string"},
		{"error", "dtype: string"},
		{embedding, fmt.Sprintf("sequence: float32\n    length: %d", width)},
	} {
		fmt.Fprintf(&b, "  - name: %s\n    %s\n", c.name, c.kind)
	}
	fmt.Fprintf(&b, "  splits:\n  - name: train\n    num_bytes: %d\n    num_examples: %d\n  download_size: %d\n  dataset_size: %d\n---\n\n", size, rows, size, size)
	return b.String()
}

// sizeOf is how many bytes the files of a folder have.
func sizeOf(dir string) (n int64, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return 0, err
		}
		n += info.Size()
	}
	return n, nil
}
