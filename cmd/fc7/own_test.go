package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/internal/seal"
)

// ownFiles is a run whose files a test damages, and what the verbs that read it make of it as it is.
type ownFiles struct {
	dir  string
	run  string // below it
	whom []ownReader
}

// ownReader is a verb that reads files of fc7.
type ownReader struct {
	args []string
	made string // the file that it makes; "": what it prints
}

// ownOutcome is what a verb made of a run.
type ownOutcome struct {
	code    int
	made    []byte
	printed string
}

// read runs a verb. What it makes is removed again.
func (o ownFiles) read(t *testing.T, r ownReader) (out ownOutcome) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("fc7 %s: panic: %v", strings.Join(r.args, " "), p)
		}
	}()
	code, stdout, stderr := fc7(t, r.args...)
	out = ownOutcome{code, []byte(stdout), stdout + stderr}
	if strings.Contains(out.printed, "goroutine ") {
		t.Fatalf("fc7 %s: a stack dump:\n%s", strings.Join(r.args, " "), out.printed)
	}
	if r.made == "" {
		return out
	}
	out.made = nil
	if code == exitDone {
		var err error
		if out.made, err = os.ReadFile(r.made); err != nil {
			t.Fatal(err)
		}
	}
	made := filepath.Join(o.dir, "made")
	if err := os.RemoveAll(made); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(made, 0o755); err != nil {
		t.Fatal(err)
	}
	return out
}

// newOwnFiles makes two runs with heads of one data set, by two nets.
func newOwnFiles(t *testing.T) (a, b ownFiles) {
	t.Helper()
	j := newSmallJob(t, "16")
	other := j
	other.net = j.out("other.safetensors")
	want(t, exitDone, "weights", "init", "--net", "vgg16/64", "--seed", "7", "--out", other.net)
	made := j.out("made")
	if err := os.Mkdir(made, 0o755); err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(made, name) }
	of := func(j smallJob, name string) ownFiles {
		run := j.out(name)
		want(t, exitDone, j.args(name)...)
		want(t, exitDone, "svm", run, "--protocol", "voc2007", "--c", "1")
		return ownFiles{j.dir, run, []ownReader{
			{[]string{"aggregate", run, "-o", at("a.parquet")}, at("a.parquet")},
			{[]string{"svm", run, "--protocol", "voc2007", "--c", "1", "--out", at("heads")}, at("heads/head.safetensors")},
			{[]string{"merge", at("merged"), run}, at("merged/features/part-00000-of-00008.parquet")},
			{[]string{"merge", at("joined"), run}, at("joined/manifest.json")},
			{[]string{"report", run, "--no-images", "--out", at("r.html")}, at("r.html")},
			{[]string{"head", "export", filepath.Join(run, "heads"), at("h.onnx")}, at("h.onnx")},
			{[]string{"table", run}, ""},
			{[]string{"verify", run}, ""},
		}}
	}
	return of(j, "a"), of(other, "b")
}

// damages are a file with a byte changed, cut short, or with something more, at places all over it.
func damages(text []byte, places int) map[string][]byte {
	all := map[string][]byte{"empty": {}, "zeros": make([]byte, len(text)), "a line more": append(bytes.Clone(text), "\n{}\n"...)}
	for n := range places {
		at := n * (len(text) - 1) / max(1, places-1)
		spoilt := bytes.Clone(text)
		spoilt[at] ^= 1 << (n % 8)
		all[fmt.Sprintf("byte %d, bit %d", at, n%8)] = spoilt
		all[fmt.Sprintf("cut to %d", at)] = text[:at]
	}
	return all
}

// TestOwnFilesDamaged: of each file that fc7 writes and reads again, damaged anywhere or taken from another run, every
// verb that reads it says so with the file's name, or makes to the byte what it makes of the whole one.
func TestOwnFilesDamaged(t *testing.T) {
	places := 6
	if testing.Short() {
		places = 3
	}
	a, b := newOwnFiles(t)
	var whole []ownOutcome
	for _, r := range a.whom {
		o := a.read(t, r)
		if o.code != exitDone || len(o.made) == 0 {
			t.Fatalf("fc7 %v: status %d\n%s", r.args, o.code, o.printed)
		}
		whole = append(whole, o)
	}
	for _, name := range []string{
		"manifest.json", "heads/scores.json", "heads/review.json", "heads/head.safetensors", "features/part-00000-of-00008.parquet",
	} {
		swapped, err := os.ReadFile(filepath.Join(b.run, name))
		if err != nil {
			t.Fatal(err)
		}
		damage := func(text []byte) map[string][]byte {
			all := damages(text, places)
			all["of another run"] = swapped
			return all
		}
		a.damaged(t, name, damage, func(how string, i int, o ownOutcome) {
			r := a.whom[i]
			same := o.code == exitDone && bytes.Equal(o.made, whole[i].made)
			named := o.code == exitFailed && strings.Contains(o.printed, filepath.Base(name))
			told := how == "of another run" && strings.Contains(string(o.made)+o.printed, "another table")
			if !same && !named && !told {
				t.Errorf("%s, %s: fc7 %s: status %d\n%s", name, how, strings.Join(r.args, " "), o.code, o.printed)
			}
		})
	}
}

// damaged puts each of the damages of a file in its place, tells judge what each reader, by its number, made of it, and
// puts the file back.
func (o ownFiles) damaged(t *testing.T, name string, damage func(text []byte) map[string][]byte, judge func(how string, i int, made ownOutcome)) {
	t.Helper()
	path := filepath.Join(o.run, name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(text []byte) {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for how, spoilt := range damage(text) {
		write(spoilt)
		for i, r := range o.whom {
			judge(how, i, o.read(t, r))
		}
	}
	write(text)
}

// edits are texts of JSON that differ from text in one value, name or field, by what they are.
func edits(t *testing.T, text []byte, most int) map[string][]byte {
	t.Helper()
	var all []string
	var tree any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	const twice, raw = "@twice@", "@raw@"
	take := func(name string, value any) { // the tree as it is now
		out, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		s := strings.Replace(string(out), `"`+twice+`"`, fmt.Sprintf("%q", name), 1)
		all = append(all, strings.Replace(s, `"`+raw+`"`, fmt.Sprint(value), 1))
	}
	values := []any{"NaN", "Infinity", "1e999", "-1", `"x"`, "null", "1e18", "0.5", "[]", "{}", "-9223372036854775808"}
	n := 0
	var walk func(v any, set func(any))
	walk = func(v any, set func(any)) {
		for range 3 {
			set(raw)
			take("", values[n%len(values)])
			set(v)
			n++
		}
		switch v := v.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) { // in order, so that every run takes the same
				was := v[name]
				delete(v, name)
				take("", nil)
				v[name], v[twice] = was, raw
				take(name, "7")
				delete(v, twice)
				walk(was, func(to any) { v[name] = to })
			}
		case []any:
			for i, was := range v {
				if i < 2 || i == len(v)-1 {
					walk(was, func(to any) { v[i] = to })
				}
			}
		}
	}
	walk(tree, func(to any) { tree = to })
	some := map[string][]byte{}
	for i := range min(most, len(all)) {
		text := all[i*len(all)/min(most, len(all))]
		some[text] = []byte(text)
	}
	return some
}

// TestOldFilesDamaged: the JSON of an earlier fc7 carries no digest. Whatever stands in a field of it, is gone from it
// or twice there, no verb ends in a stack dump, and one that fails names the file.
func TestOldFilesDamaged(t *testing.T) {
	most := 60
	if testing.Short() {
		most = 15
	}
	a, _ := newOwnFiles(t)
	whom := a.whom
	for _, name := range []string{"manifest.json", "heads/scores.json", "heads/review.json"} {
		a.whom = slices.DeleteFunc(slices.Clone(whom), func(r ownReader) bool {
			return r.args[0] == "merge" || r.args[0] == "aggregate" || r.args[0] == "svm" && name != "manifest.json"
		})
		damage := func(text []byte) map[string][]byte {
			plain, sealed, err := seal.Open(text)
			if err != nil || !sealed {
				t.Fatalf("%s has no digest: %v", name, err)
			}
			return edits(t, plain, most)
		}
		a.damaged(t, name, damage, func(how string, i int, o ownOutcome) {
			r := a.whom[i]
			named := strings.Contains(o.printed, filepath.Base(name)) || r.args[0] == "verify" && strings.Contains(o.printed, "the manifest")
			if o.code != exitDone && !(o.code == exitFailed && named) {
				t.Errorf("%s: fc7 %s: status %d\n%s\n%.3000s", name, strings.Join(r.args, " "), o.code, o.printed, how)
			}
		})
	}
}
