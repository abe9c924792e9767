package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestMemoryOfRows: what is kept of a row of a large set is its item and its key, whatever the kind, and a tar is
// opened without a map for each of its members.
func TestMemoryOfRows(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector drops what pools keep")
	}
	const rows = 4000
	dir := t.TempDir()
	var list, table, jsonl strings.Builder
	var members []member
	table.WriteString("path,labels,split\n")
	for i := range rows {
		name := fmt.Sprintf("d/%08d.png", i)
		fmt.Fprintln(&list, name)
		fmt.Fprintf(&table, "%s,c%d,train\n", name, i%100)
		fmt.Fprintf(&jsonl, "{\"file_name\": %q, \"label\": \"c%d\"}\n", name, i%100)
		members = append(members, member{name, "x"}, member{fmt.Sprintf("d/%08d.cls", i), fmt.Sprint(i % 100)})
	}
	for name, text := range map[string]string{"l.txt": list.String(), "t.csv": table.String(), "t.jsonl": jsonl.String(), "t.tar": string(tarBytes(t, members...))} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	members = nil
	for _, c := range []struct {
		spec string
		kept int // beside the item, of a path of 14 bytes and its folder, and what opening leaves
		made int // allocated in all, also what is dropped again
	}{
		{"list:l.txt", 48, 600}, {"csv:t.csv", 48, 800}, {"csv:t.jsonl", 48, 4000}, {"tar:t.tar", 48, 4000},
	} {
		kind, name, _ := strings.Cut(c.spec, ":")
		kept, made := memoryOf(t, kind+":"+filepath.Join(dir, name), rows)
		if most := 72 + c.kept + len(dir); kept > most {
			t.Errorf("%s keeps %d bytes a row, want at most %d", c.spec, kept, most)
		}
		if made > c.made+4*len(dir) {
			t.Errorf("%s allocates %d bytes a row, want at most %d", c.spec, made, c.made)
		}
	}
}

// memoryOf opens a set and tells how many bytes a row it keeps, and allocated.
func memoryOf(t *testing.T, spec string, rows int) (kept, made int) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := mustOpen(t, spec, Options{})
	runtime.GC()
	runtime.ReadMemStats(&after)
	if len(s.Items) != rows {
		t.Fatalf("%s: %d items", spec, len(s.Items))
	}
	kept, made = (int(after.HeapAlloc)-int(before.HeapAlloc))/rows, int(after.TotalAlloc-before.TotalAlloc)/rows
	runtime.KeepAlive(s)
	return kept, made
}
