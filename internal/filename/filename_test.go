package filename

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fc7/internal/hostile"
)

func TestOf(t *testing.T) {
	for name, want := range map[string]string{
		"aeroplane":           "aeroplane",
		"a-b_c.d9":            "a-b_c.d9",
		"vgg16_8_fc256":       "vgg16_8_fc256",
		"":                    "%",
		".":                   "%2e",
		"..":                  "%2e%2e",
		".hidden":             "%2ehidden",
		"end.":                "end%2e",
		"end..":               "end.%2e",
		"end ":                "end%20",
		"-rf":                 "%2drf",
		"a/b":                 "a%2fb",
		`a\b`:                 "a%5cb",
		"x/../../y":           "x%2f..%2f..%2fy",
		"/etc/passwd":         "%2fetc%2fpasswd",
		"C:":                  "+C%3a",
		"a\x00\n\x1b[2J":      "a%00%0a%1b%5b2+J",
		"CON":                 "+C+O+N",
		"con":                 "%63on",
		"nul.txt":             "%6eul.txt",
		"nul.tar.gz":          "%6eul.tar.gz",
		"com1":                "%63om1",
		"lpt9.x":              "%6cpt9.x",
		"com":                 "com",
		"com10":               "com10",
		"console":             "console",
		"con_":                "con_",
		"com\u00b9":           "com%c2%b9", // Windows' COM¹
		"Cat":                 "+Cat",
		"caTch":               "ca+Tch",
		"café":                "caf%c3%a9",
		"cafe\u0301":          "cafe%cc%81",
		"\xff":                "%ff",
		"100%":                "100%25",
		"a+b":                 "a%2bb",
		"~":                   "%7e",
		"\u202egnp":           "%e2%80%aegnp",
		"%2f":                 "%252f",
		"traffic light, left": "traffic%20light%2c%20left",
	} {
		if got := Of(name, ""); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
		if got, ok := original(want); !ok || got != name {
			t.Errorf("%s: %q, %v, want %q", want, got, ok, name)
		}
	}
	for name, want := range map[string]string{"comp1_cls_test_aeroplane": "comp1_cls_test_aeroplane.txt", "end.": "end..txt", "nul": "%6eul.txt"} {
		if got := Of(name, ".txt"); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

// Names that are too long are cut between characters, and still told apart.
func TestLong(t *testing.T) {
	seen := map[string]string{}
	for n := 60; n < 300; n++ {
		for _, of := range []string{"a", "A", "é", "/", "aé/A"} {
			for _, last := range []string{"", "b", "B", "."} {
				name := strings.Repeat(of, n) + last
				for _, ending := range []string{"", ".txt"} {
					file := Of(name, ending)
					if len(file) > longest || !strings.HasSuffix(file, ending) {
						t.Fatalf("%q: %d bytes, %s", name, len(file), file)
					}
					key := ending + " " + strings.ToLower(file)
					if other, ok := seen[key]; ok && other != name {
						t.Fatalf("%q and %q both become %s", name, other, file)
					}
					seen[key] = name
					back, ok := original(strings.TrimSuffix(file, ending))
					if long := strings.Contains(file, "%%"); ok == long || ok && back != name {
						t.Fatalf("%q becomes %s, which stands for %q, %v", name, file, back, ok)
					}
				}
			}
		}
	}
	if got := Of(strings.Repeat("a", longest), ""); got != strings.Repeat("a", longest) {
		t.Errorf("a name that is just short enough becomes %s", got)
	}
	if got, want := Of(strings.Repeat("a", 252), ".txt"), strings.Repeat("a", 185)+"%%"; !strings.HasPrefix(got, want) || len(got) != longest {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}

// Each of the names is a file of its own in one folder of this machine, and comes back from its listing.
func TestOnDisk(t *testing.T) {
	dir := t.TempDir()
	names := []string{"", ".", "..", "a", "A", "a/b", `a\b`, "a:b", "é", "e\u0301", "É", "con", "CON", "Con", "x ", "x.", "x", "\x00", "\xff", "ﬁ", "fi", "ß", "ss"}
	for _, name := range names {
		f, err := os.OpenFile(filepath.Join(dir, Of(name, "")), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		f.Close()
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(names) {
		t.Fatalf("%d files of %d names: %v", len(entries), len(names), err)
	}
	for _, e := range entries {
		if name, ok := original(e.Name()); !ok || Of(name, "") != e.Name() {
			t.Errorf("%s: %q, %v", e.Name(), name, ok)
		}
	}
}

// original undoes Of without an ending; of what was too long there is no way back.
func original(file string) (string, bool) {
	if file == "%" {
		return "", true
	}
	var b strings.Builder
	for i := 0; i < len(file); i++ {
		switch c := file[i]; c {
		case '%':
			if i+2 >= len(file) {
				return "", false
			}
			n, err := strconv.ParseUint(file[i+1:i+3], 16, 8)
			if err != nil {
				return "", false
			}
			b.WriteByte(byte(n))
			i += 2
		case '+':
			if i++; i == len(file) {
				return "", false
			}
			b.WriteString(strings.ToUpper(file[i : i+1]))
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}

func FuzzOf(f *testing.F) { ofTarget().Fuzz(f) }

func TestDamaged(t *testing.T) { ofTarget().Test(t, "FuzzOf") }

// ofTarget makes files of names, two of which lie in a file with the byte 1 between.
func ofTarget() *hostile.Target {
	x := &hostile.Target{
		Words: []string{"..", "/", "\\", "CON", "nul.txt", "COM\u00b9", ".", "-", "%", "%%", "+", "A", "a", "\u00e9", "e\u0301", "\u0130", "\u212a", "\x00", "\xff", "\x01", strings.Repeat("\u00e9", 60)},
		Alloc: func(n int) uint64 { return 1<<20 + 2000*uint64(n) },
		Read: func(file []byte, r *hostile.Result) error {
			a, b, _ := strings.Cut(string(file), "\x01")
			x, y := Of(a, ""), Of(b, "")
			for _, pair := range [][2]string{{a, x}, {b, y}} {
				name, file := pair[0], pair[1]
				if len(file) == 0 || len(file) > longest || !filepath.IsLocal(file) || filepath.Base(file) != file ||
					strings.Trim(file, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+%") != "" ||
					strings.HasPrefix(file, ".") || strings.HasPrefix(file, "-") || strings.HasSuffix(file, ".") || device(file) {
					r.Errorf("%q becomes %q", name, file)
				}
				// a file system that folds letters gives back what still tells the name
				if back, ok := original(strings.ToLower(file)); !strings.Contains(file, "%%") && (!ok || back != name) {
					r.Errorf("%q becomes %s, which stands for %q, %v", name, file, back, ok)
				}
			}
			if (a == b) != strings.EqualFold(x, y) {
				r.Errorf("%q becomes %s, %q becomes %s", a, x, b, y)
			}
			r.Text(x, y)
			return nil
		},
	}
	for _, s := range []string{"aeroplane", "x/../y", "CON", "nul.txt", "\u00e9", "e\u0301", "", "..", "a.", "%%", "+A", strings.Repeat("\u00e9", 60)} {
		x.Seeds = append(x.Seeds, []byte(s+"\x01"+strings.ToUpper(s)))
	}
	return x
}
