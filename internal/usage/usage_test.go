package usage

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for want, err := range map[string]error{
		`unknown loss "hing": expected squared-hinge, hinge or logistic; did you mean hinge?`:               Unknown("loss", "hing", "squared-hinge", "hinge", "logistic"),
		`unknown loss "cubic": expected squared-hinge, hinge or logistic`:                                   Unknown("loss", "cubic", "squared-hinge", "hinge", "logistic"),
		`unknown step "": expected heads`:                                                                   Unknown("step", "", "heads"),
		`unknown net "vgg61": expected vgg16 or vgg19, /N narrows; did you mean vgg16?`:                     &Error{"net", "vgg61", []string{"vgg16", "vgg19"}, "/N narrows"},
		`unknown kind "caltech": expected caltech101 or caltech256; did you mean caltech101 or caltech256?`: Unknown("kind", "caltech", "caltech101", "caltech256"),
		"--threads 1.5: want a whole number":                                                                Unfit("--threads", "1.5", "a whole number"),
		`--threads "1 2": want a whole number`:                                                              Unfit("--threads", "1 2", "a whole number"),
		`--threads "": want a whole number`:                                                                 Unfit("--threads", "", "a whole number"),
		"--a and --b exclude each other":                                                                    Errorf("--a and --b exclude each other"),
	} {
		if err.Error() != want {
			t.Errorf("%s\nwant %s", err, want)
		}
	}
	if text := Unknown("x", strings.Repeat("é", 1000), "y").Error(); len(text) > 250 || !strings.Contains(text, "…") {
		t.Error(text)
	}
}

func TestIs(t *testing.T) {
	word := Unknown("net", "x", "y")
	for _, err := range []error{
		word, fmt.Errorf("stage 2: %w", word), errors.Join(fs.ErrExist, word), Wrap(fs.ErrExist), fmt.Errorf("a %w b %w", fs.ErrExist, word),
	} {
		if !Is(err) {
			t.Errorf("%v is no wrong usage", err)
		}
	}
	for _, err := range []error{
		nil, fs.ErrExist, InFile(word), fmt.Errorf("m.json: %w", InFile(word)), errors.Join(fs.ErrExist, InFile(word)), Wrap(nil), InFile(nil),
	} {
		if Is(err) {
			t.Errorf("%v is wrong usage", err)
		}
	}
	if !errors.Is(InFile(fs.ErrNotExist), fs.ErrNotExist) || !errors.Is(Wrap(fs.ErrExist), fs.ErrExist) || InFile(word).Error() != word.Error() {
		t.Error("the cause is lost")
	}
}

func TestNearest(t *testing.T) {
	words := []string{"dense", "crops", "centre", "both", "voc2012-action", "vgg16_bn", "vgg11", "vgg19", "vgg16", "vgg13"}
	for given, want := range map[string]string{
		"dense": "dense", "denze": "dense", "Dense": "dense", "corps": "crops", "center": "centre", "bot": "both", "action": "voc2012-action",
		"voc2012": "voc2012-action", "vgg61_bn": "vgg16_bn", "vgg17": "vgg16", "vgg61": "vgg16", "vgg18": "vgg19", "": "", "x": "", "quadratic": "", "thoroughly-wrong": "", strings.Repeat("dense", 30): "",
	} {
		if got := Nearest(given, words); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
	if got := Nearest("a", []string{"b"}); got != "" { // everything of a word may not be a slip
		t.Error(got)
	}
}

func TestSlips(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"abc", "abc", 0},
		{"abc", "acb", 1},
		{"abc", "bc", 1},
		{"abc", "abcd", 1},
		{"abcd", "abc", 1},
		{"abxc", "abc", 1},
		{"abc", "xbc", 1},
		{"kitten", "sitting", 3},
		{"ca", "abc", 3},
	} {
		if got := slips([]rune(c.a), []rune(c.b)); got != c.want {
			t.Errorf("%q, %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
