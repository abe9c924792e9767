package datasets

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestParseClassList(t *testing.T) {
	lines, err := parseClassList("x", strings.NewReader("\xef\xbb\xbf000012 -1\r\n\r\n  000017  1 \n000023\t0"))
	want := []classLine{{"000012", vocNegative, 1}, {"000017", vocPositive, 3}, {"000023", vocDifficult, 4}}
	if err != nil || !slices.Equal(lines, want) {
		t.Errorf("lines %v, %v", lines, err)
	}
}

// spaces is an endless file of blank lines.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
		if i%512 == 0 {
			p[i] = '\n'
		}
	}
	return len(p), nil
}

func TestListSizeIsBounded(t *testing.T) {
	_, err := parseImageList("endless.txt", spaces{})
	wantError(t, err, "endless.txt: larger than")
	_, err = parseImageList("broken.txt", io.MultiReader(strings.NewReader("a\nb\n"), failing{}))
	wantError(t, err, "broken.txt:3: disk on fire")
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, fmt.Errorf("disk on fire") }

func FuzzImageList(f *testing.F) {
	for _, s := range []string{"000012\r\n000017\r\n", "a\n\na", "a b", "\xef\xbb\xbfx", "..", "\xef\xbb\xbf\xef\xbb\xbf0", "\xff", strings.Repeat("y", 1030)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ids, err := parseImageList("list", strings.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "list:") {
				t.Errorf("error %q names no place", err)
			}
			return
		}
		for _, id := range ids {
			if id == "" || strings.ContainsAny(id, "/\\\x00") || strings.Trim(id, ".") == "" {
				t.Errorf("id %q", id)
			}
		}
		again, err := parseImageList("list", strings.NewReader(strings.Join(ids, "\r\n")))
		if err != nil || !slices.Equal(again, ids) {
			t.Errorf("%q written and read again is %q, %v", ids, again, err)
		}
	})
}

func FuzzClassList(f *testing.F) {
	for _, s := range []string{"000012 -1\r\n000017  1\r\n", "a 0", "a 2", "a", "a 1\na 1", "a 1 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := parseClassList("list", strings.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "list:") {
				t.Errorf("error %q names no place", err)
			}
			return
		}
		var b strings.Builder
		for i, l := range lines {
			fmt.Fprintf(&b, "%s %2s\n", l.id, l.value)
			lines[i].number = i + 1
		}
		again, err := parseClassList("list", strings.NewReader(b.String()))
		if err != nil || !slices.Equal(again, lines) {
			t.Errorf("%v written and read again is %v, %v", lines, again, err)
		}
	})
}
