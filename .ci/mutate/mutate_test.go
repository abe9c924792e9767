package main

import (
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const source = `package room

import "fmt"

func Clip(x, most int) (int, error) {
	if x < 0 || most < 0 {
		return 0, fmt.Errorf("%d and %d: want no less than %d", x, most, 0)
	}
	if x > most {
		x = most
	}
	return x, nil
}
`

// Each change is told by the text that it makes.
func TestFind(t *testing.T) {
	found, err := find("room.go", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range found {
		got = append(got, fmt.Sprintf("%d %s: %s", m.line, m.kind, m.text))
		if _, err := format.Source(m.changed()); err != nil {
			t.Errorf("%s: %v", m, err)
		}
	}
	want := []string{
		"6 condition never: false && (x < 0 || most < 0)", "6 condition always: true || (x < 0 || most < 0)",
		"6 other operator: &&", "6 right side dropped: x < 0", "6 left side dropped: most < 0",
		"6 other operator: <=", "6 other operator: >=", "6 constant one more: (0+1)",
		"6 other operator: <=", "6 other operator: >=", "6 constant one more: (0+1)",
		"7 constant one more: (0+1)",
		"9 condition never: false && (x > most)", "9 condition always: true || (x > most)", "9 other operator: >=", "9 other operator: <=",
		"10 statement dropped: if false { x = most }",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Of two answers a test that looks at one lets changes of the other survive; one that looks at both lets none but what
// is the same.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a test for each mutant")
	}
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const room = "package room\n\nfunc Larger(a, b int) int {\n\tif a > b {\n\t\treturn a\n\t}\n\treturn b\n}\n"
	write("go.mod", "module room\n\ngo 1.26\n")
	write("room.go", room)
	for looks, want := range map[string]int{
		"Larger(1, 2) != 2":                      2, // never, >=
		"Larger(1, 2) != 2 || Larger(2, 1) != 2": 1, // >=, which is the same
	} {
		write("room_test.go", "package room\n\nimport \"testing\"\n\nfunc TestLarger(t *testing.T) {\n\tif "+looks+" {\n\t\tt.Fail()\n\t}\n}\n")
		if got, err := run(t.Context(), options{root: root, room: ".", n: 100, memory: 64}); err != nil || got != want {
			t.Errorf("%s: %d survived, want %d; %v", looks, got, want, err)
		}
	}
	if got, err := os.ReadFile(filepath.Join(root, "room.go")); err != nil || string(got) != room {
		t.Errorf("the room was touched: %v", err)
	}
}
