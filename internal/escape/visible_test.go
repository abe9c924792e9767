package escape

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"plain\tand\nlines":           "plain\tand\nlines",
		"a\x1b[2J\u009b\r":            "a\ufffd[2J\ufffd\ufffd",
		"gpj.\u202egnp\u2066x\u2069":  "gpj.\ufffdgnp\ufffdx\ufffd", // overrides and isolates
		"c\u200bat\ufeff\u2060\u00ad": "c\ufffdat\ufffd\ufffd\ufffd",
		"c\u200dat":                   "c\ufffdat", // looks like cat
		"\u0645\u06cc\u200c\u062e":    "\u0645\u06cc\u200c\u062e",
		"\U0001f469\u200d\U0001f4bb":  "\U0001f469\u200d\U0001f4bb",
		"\u2764\ufe0f":                "\u2764\ufe0f",
		"a\ufe0f\u034f\u3164":         "a\ufffd\ufffd\ufffd",
		"a\u2028b\U000e0041":          "a\ufffdb\ufffd",
		"cat\u2800":                   "cat\ufffd",
		"8 bits \x9b2J":               "8 bits \ufffd2J",
	} {
		if got := Visible(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestLine(t *testing.T) {
	if got := Line("a\nb\tc\x1b]8;;x\x07d"); got != "a\ufffdb\ufffdc\ufffd]8;;x\ufffdd" {
		t.Errorf("%q", got)
	}
}

func TestJSON(t *testing.T) {
	const evil = "a\x1b[2J\u009b\u202e\u200b\x7f\u2028\U000e0041\u200d\ufeff é \"\\ "
	raw, err := json.MarshalIndent(map[string]string{evil: evil}, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	safe := JSON(raw)
	var back map[string]string
	if err := json.Unmarshal(safe, &back); err != nil || back[evil] != evil || len(back) != 1 {
		t.Errorf("%s: %q, %v", safe, back, err)
	}
	if text := string(safe); Visible(text) != text || !strings.Contains(text, "é") {
		t.Errorf("%q", text)
	}
}

func TestError(t *testing.T) {
	const evil = "a/\x1b[2J\nfc7: done.jpg"
	path := &fs.PathError{Op: "stat", Path: evil, Err: fs.ErrNotExist}
	link := &os.LinkError{Op: "rename", Old: evil, New: "b\r", Err: fs.ErrExist}
	for want, err := range map[string]error{
		`stat a/\x1b[2J\x0afc7: done.jpg: file does not exist`:               path,
		`open image: stat a/\x1b[2J\x0afc7: done.jpg: file does not exist`:   fmt.Errorf("open image: %w", path),
		"x\nrename a/\\x1b[2J\\x0afc7: done.jpg b\\x0d: file already exists": errors.Join(errors.New("x"), link),
		`two stat a/\x1b[2J\x0afc7: done.jpg: file does not exist and x`:     fmt.Errorf("two %w and %w", path, errors.New("x")),
		`open C:\photos\1.jpg: file does not exist`:                          &fs.PathError{Op: "open", Path: `C:\photos\1.jpg`, Err: fs.ErrNotExist},
		"of no path": errors.New("of no path"),
	} {
		if got := Error(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
