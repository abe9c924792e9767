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
