package datasets

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

func TestExpandBraces(t *testing.T) {
	for pattern, want := range map[string]string{
		"a.tar":              "a.tar",
		"a-{08..11}.tar":     "a-08.tar a-09.tar a-10.tar a-11.tar",
		"a-{8..11}.tar":      "a-8.tar a-9.tar a-10.tar a-11.tar",
		"{train,,val}{0..1}": "train0 train1 0 1 val0 val1",
		"x{000..000}":        "x000",
	} {
		got, err := expandBraces(pattern)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s is %q, %v, want %s", pattern, got, err, want)
		}
	}
	for _, pattern := range []string{"{1..", "{a{b,c}}", "{a}", "{}", "{3..1}", "{a..b}", "{-1..2}", "{0..100000}", "{0..9999}{0..9999}", "{1..99999999999999999999}"} {
		if got, err := expandBraces(pattern); err == nil {
			t.Errorf("%s is %d names, want an error", pattern, len(got))
		}
	}
}

func TestTarPatterns(t *testing.T) {
	files := make(map[string]string)
	for _, name := range []string{"train-000", "train-001", "train-010", "val", "odd{1}"} {
		files["d/"+name+".tar"] = string(tarBytes(t, member{name + ".jpg", "x"}))
	}
	root := tree(t, files)
	for pattern, want := range map[string]string{
		"train-*.tar":          "train-000 train-001 train-010",
		"train-{000..001}.tar": "train-000 train-001",
		"{val,train-0?0}.tar":  "val train-000 train-010",
		"train-00[01].tar":     "train-000 train-001",
		"odd{1}.tar":           "odd{1}",
		"val.tar":              "val",
	} {
		s := mustOpen(t, "tar:"+filepath.Join(root, "d", pattern), Options{})
		if ids(s) != want || s.Root != filepath.Join(root, "d") {
			t.Errorf("%s: items %s, root %s, want %s", pattern, ids(s), s.Root, want)
		}
	}
	for pattern, words := range map[string][]string{
		"train-{000..002}.tar": {"no shard", "train-002.tar", "expected:"},
		"none-*.tar":           {"no shard", "none-*.tar"},
		"none.tar":             {"cannot be opened"},
	} {
		_, err := Open(t.Context(), "tar:"+filepath.Join(root, "d", pattern), Options{})
		wantError(t, err, words...)
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v is not fs.ErrNotExist", pattern, err)
		}
	}
	for pattern, words := range map[string][]string{
		"{val,val}.tar": {"val.tar twice"},
		"{val.tar":      {"closed by }"},
		"val[.tar":      {"no shard", "syntax error in pattern"},
	} {
		_, err := Open(t.Context(), "tar:"+filepath.Join(root, "d", pattern), Options{})
		wantError(t, err, words...)
	}
}

// Compressed shards in a folder are refused, not passed over.
func TestTarFolderOfCompressed(t *testing.T) {
	root := tree(t, map[string]string{
		"gz/a.tar":    string(tarBytes(t, member{"a.jpg", "x"})),
		"gz/b.tar.gz": "\x1f\x8b\x08\x00xxxxxx",
		"tgz/b.TGZ":   "\x1f\x8b\x08\x00xxxxxx",
		"dir/x.tar/":  "",
		"none/a.jpg":  "x",
		"none/b.zip":  "x",
	})
	for name, words := range map[string][]string{
		"gz":   {"b.tar.gz: is compressed by gzip", "gunzip -k"},
		"tgz":  {"b.TGZ: is compressed by gzip"},
		"dir":  {"no .tar file here", "1 folder (x.tar)"},
		"none": {"no .tar file here: found 2 files (a.jpg, b.zip)"},
	} {
		_, err := Open(t.Context(), "tar:"+filepath.Join(root, name), Options{})
		wantError(t, err, words...)
	}
}

func FuzzExpandBraces(f *testing.F) {
	for _, s := range []string{"a-{000..146}.tar", "{a,b}{c,d}", "{", "}{", "{1..2}{,}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		names, err := expandBraces(pattern)
		if err == nil && (len(names) == 0 && pattern != "" || len(names) > maxShards) {
			t.Errorf("%q is %d names", pattern, len(names))
		}
	})
}
