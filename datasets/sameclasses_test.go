package datasets

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// TestSameClasses: a class has one name, escaped once, whatever form its images come in.
func TestSameClasses(t *testing.T) {
	names := []string{`a\b`, "x\ty", `c\\d`, "été", `"q"`, "plain"}
	want := []string{`"q"`, `a\\b`, `c\\\\d`, "plain", `x\x09y`, "été"}
	root := t.TempDir()
	specs := classForms(t, root, names)
	if runtime.GOOS != "windows" { // whose names cannot be these
		for i, n := range names {
			put(t, filepath.Join(root, "folder", n, fmt.Sprintf("%d.png", i)), []byte("x"))
		}
		specs["folder"] = "folder:" + filepath.Join(root, "folder")
	}
	for form, spec := range specs {
		if s := mustOpen(t, spec, Options{}); !slices.Equal(s.Classes, want) {
			t.Errorf("%s: classes %q, want %q", form, s.Classes, want)
		}
	}
}

// classForms writes an image of each class in every form but folders, and names the data sets.
func classForms(t *testing.T, root string, names []string) map[string]string {
	type row struct {
		Image []byte `parquet:"image"`
		Label string `parquet:"label"`
	}
	var table bytes.Buffer
	sheet := csv.NewWriter(&table)
	sheet.Write([]string{"path", "label"})
	var one, list []byte
	var cls, inJSON []member
	var rows []row
	for i, n := range names {
		file := fmt.Sprintf("%d.png", i)
		put(t, filepath.Join(root, file), []byte("x"))
		sheet.Write([]string{file, n})
		label := marshalled(t, map[string]any{"label": n})
		one = append(append(one, marshalled(t, map[string]any{"path": file, "label": n})...), '\n')
		list = append(append(list, marshalled(t, map[string]any{"path": file, "labels": []string{n}})...), '\n')
		cls = append(cls, member{file, "x"}, member{fmt.Sprintf("%d.cls", i), n})
		inJSON = append(inJSON, member{file, "x"}, member{fmt.Sprintf("%d.json", i), string(label)})
		rows = append(rows, row{[]byte("x"), n})
	}
	sheet.Flush()
	meta := fmt.Sprintf(`{"info":{"features":{"label":{"_type":"ClassLabel","names":%s}}}}`, marshalled(t, slices.Sorted(slices.Values(names))))
	writeTable(t, filepath.Join(root, "text.parquet"), rows, 6, parquet.KeyValueMetadata("huggingface", ""))
	writeTable(t, filepath.Join(root, "named.parquet"), rows, 6, parquet.KeyValueMetadata("huggingface", meta))
	put(t, filepath.Join(root, "x.csv"), table.Bytes())
	put(t, filepath.Join(root, "one.jsonl"), one)
	put(t, filepath.Join(root, "list.jsonl"), list)
	put(t, filepath.Join(root, "cls.tar"), tarBytes(t, cls...))
	put(t, filepath.Join(root, "json.tar"), tarBytes(t, inJSON...))
	specs := map[string]string{}
	for file, kind := range map[string]string{
		"x.csv": "csv", "one.jsonl": "csv", "list.jsonl": "csv", "cls.tar": "tar", "json.tar": "tar", "text.parquet": "parquet", "named.parquet": "parquet",
	} {
		specs[file] = kind + ":" + filepath.Join(root, file)
	}
	return specs
}

func put(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func marshalled(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
