package outputs

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
)

// TestArrowFile reads an Arrow file by the library's own reader: every value is there to the last bit, in batches.
func TestArrowFile(t *testing.T) {
	for _, dtype := range []string{Float32, Float16} {
		for _, required := range []bool{false, true} {
			t.Run(fmt.Sprint(dtype, required), func(t *testing.T) {
				n := 100
				cols := mapColumns(dtype)
				if required {
					n = 3 // of which none fails
					cols = []Column{{Name: "descriptor", Width: 33, Dtype: dtype, Required: true}}
				}
				rows := testRows(n, cols)
				path := filepath.Join(t.TempDir(), "t.arrow")
				w, err := CreateArrow(path, cols, testIdentity(n), false)
				if err != nil {
					t.Fatal(err)
				}
				for i, r := range rows {
					if err := w.Write(r); err != nil {
						t.Fatal(err)
					}
					if i%40 == 39 { // several batches
						if err := w.flush(); err != nil {
							t.Fatal(err)
						}
					}
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				checkArrow(t, path, cols, rows, (n+39)/40)
			})
		}
	}
}

func checkArrow(t *testing.T, path string, cols []Column, rows []Row, batches int) {
	t.Helper()
	r, err := ipc.NewFileReader(bytes.NewReader(mustRead(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if id, _ := r.Schema().Metadata().GetValue(keyIdentity); !strings.Contains(id, "ab12cd34") {
		t.Errorf("identity %q", id)
	}
	if r.NumRecords() != batches {
		t.Errorf("%d batches, expected %d", r.NumRecords(), batches)
	}
	at := 0
	for i := range r.NumRecords() {
		rec, err := r.Record(i)
		if err != nil {
			t.Fatal(err)
		}
		for k := range int(rec.NumRows()) {
			checkArrowRow(t, rec, k, cols, rows[at])
			at++
		}
	}
	if at != len(rows) {
		t.Errorf("%d rows, expected %d", at, len(rows))
	}
}

func checkArrowRow(t *testing.T, rec arrow.Record, k int, cols []Column, want Row) {
	t.Helper()
	col := func(i int) arrow.Array { return rec.Column(i) }
	texts := func(i int) string { return col(i).ValueStr(k) }
	if col(colImage).(*array.String).Value(k) != want.Image || col(colPath).(*array.String).Value(k) != want.Path ||
		texts(colWidth) != fmt.Sprint(want.Width) || col(colObject).IsNull(k) != (want.Object == 0) ||
		col(colError).IsNull(k) != (want.Error == "") || col(colStatus).(*array.String).Value(k) != want.Status {
		t.Fatalf("row %s differs", want.Image)
	}
	l := col(colLabels).(*array.List)
	from, to := l.ValueOffsets(k)
	if int(to-from) != len(want.Labels) {
		t.Fatalf("row %s has %d labels, expected %d", want.Image, to-from, len(want.Labels))
	}
	for i, c := range cols {
		d := col(firstDescriptor + i).(array.ListLike)
		if d.IsNull(k) != (want.Descriptors == nil) {
			t.Fatalf("row %s: column %s null: %v", want.Image, c.Name, d.IsNull(k))
		}
		if want.Descriptors == nil {
			continue
		}
		from, to := d.ValueOffsets(k)
		got := make([]float32, 0, c.Width)
		for j := from; j < to; j++ {
			switch v := d.ListValues().(type) {
			case *array.Float32:
				got = append(got, v.Value(int(j)))
			case *array.Float16:
				got = append(got, v.Value(int(j)).Float32())
			case *array.Int32:
				got = append(got, float32(v.Value(int(j))))
			}
		}
		if !sameBits(got, stored(c.Dtype, want.Descriptors[i])) {
			t.Fatalf("row %s: column %s differs", want.Image, c.Name)
		}
	}
}

// Nothing stands under the final name after a refusal, a failure or an abort, and nothing is replaced.
func TestArrowFileFailures(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "t.arrow")
	cols := testColumns(Float32)
	rows := testRows(5, cols)
	start := func() *ArrowWriter {
		w, err := CreateArrow(path, cols, testIdentity(5), false)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := start()
	bad := rows[0]
	bad.Descriptors = bad.Descriptors[:1]
	if err := w.Write(bad); err == nil || !strings.Contains(err.Error(), "expected one for each") {
		t.Errorf("%v", err)
	}
	if err := w.Abort(); err != nil || len(leftovers(t, dir)) > 0 {
		t.Errorf("%v, left %v", err, leftovers(t, dir))
	}
	w = start()
	w.file = &fullFile{outFile: w.file, commits: true}
	if err := w.Write(rows[0]); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err == nil || len(leftovers(t, dir)) > 0 {
		t.Errorf("%v, left %v", err, leftovers(t, dir))
	}
	if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := CreateArrow(path, cols, testIdentity(5), false); err == nil || string(mustRead(t, path)) != "mine" {
		t.Errorf("replaced: %v", err)
	}
	for name, create := range map[string]func() (io.Closer, error){
		"arrow":   func() (io.Closer, error) { return CreateArrow(path, cols, testIdentity(5), true) },
		"parquet": func() (io.Closer, error) { return CreateParquet(path, cols, testIdentity(5), true) },
	} {
		w, err := create()
		if err != nil {
			t.Fatal(err)
		}
		before := mustRead(t, path)
		if err := w.Close(); err != nil || bytes.Equal(mustRead(t, path), before) {
			t.Errorf("%s: not replaced: %v", name, err)
		}
	}
}
