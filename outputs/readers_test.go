package outputs

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestOtherReaders compares what DuckDB, Polars, parquet-wasm (arrow-rs) and hyparquet read with what was written, to
// the last bit; testdata/readers.mjs says how to install them. TestArrowReadsTheSameBits needs none of that and always
// runs.
func TestOtherReaders(t *testing.T) {
	modules := os.Getenv("FC7_NODE_MODULES")
	if modules == "" {
		t.Skip("FC7_NODE_MODULES is not set: see testdata/readers.mjs")
	}
	for _, engine := range []string{"duckdb", "polars", "parquet-wasm", "hyparquet"} {
		for _, dtype := range []string{Float32, Float16} {
			for _, n := range []int{3, 100} {
				t.Run(fmt.Sprintf("%s/%s/%d", engine, dtype, n), func(t *testing.T) {
					cols := append(mapColumns(dtype), NewColumn("fc7", 512, 4096, dtype))
					if n == 3 { // no row fails, so a column without nulls is possible
						cols = append(cols, Column{Name: "descriptor", Width: 7, Dtype: dtype, Required: true})
					}
					rows := testRows(n, cols)
					path := writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(n), rows, 300_000)
					cmd := exec.Command("node", "testdata/readers.mjs", engine, modules, path)
					var stderr bytes.Buffer
					cmd.Stderr = &stderr
					out, err := cmd.Output()
					if err != nil {
						t.Fatalf("%v\n%s", err, stderr.String())
					}
					lines := strings.Split(strings.TrimSpace(string(out)), "\n")
					if len(lines) != n {
						t.Fatalf("%d rows, want %d", len(lines), n)
					}
					for i, line := range lines {
						if want := readersLine(t, rows[i], cols); line != want {
							t.Fatalf("row %d: %s\nwant %s", i, line, want)
						}
					}
				})
			}
		}
	}
}

// readersLine is the line that readers.mjs prints for a row.
func readersLine(t *testing.T, r Row, cols []Column) string {
	t.Helper()
	null := func(isNull bool, v any) any {
		if isNull {
			return nil
		}
		return v
	}
	list := func(s []string) []string { return append([]string{}, s...) }
	line := []any{
		r.Image, null(r.Object == 0, r.Object), r.Path, r.Width, r.Height, list(r.Labels), list(r.Ignored), list(r.Splits),
		r.Status, null(r.Error == "", r.Error),
	}
	for k, c := range cols {
		if r.Descriptors == nil {
			line = append(line, nil)
			continue
		}
		var b []byte
		for _, v := range stored(c.Dtype, r.Descriptors[k]) {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		sum := sha256.Sum256(b)
		line = append(line, hex.EncodeToString(sum[:]))
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(line); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out.String())
}
