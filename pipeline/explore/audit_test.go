package explore

import (
	"bytes"
	"errors"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/extract/likeness"
	"fc7/extract/picture"
	"fc7/heads/neighbours"
	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/internal/fixture"
)

// saved writes a picture as JPEG.
func saved(t *testing.T, path string, im *picture.Image, quality int) {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, im.RGBA(), &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func decodedFile(t *testing.T, path string) *picture.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	im, _, err := picture.Decode(f, picture.DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// changes are what becomes of the images of a class, each a copy or nearly one.
var changes = map[string]func(t *testing.T, im *picture.Image) *picture.Image{
	"mirrored": func(_ *testing.T, im *picture.Image) *picture.Image {
		out := &picture.Image{}
		picture.Flip(im, out)
		return out
	},
	"again": func(_ *testing.T, im *picture.Image) *picture.Image { return im },
	"smaller": func(t *testing.T, im *picture.Image) *picture.Image {
		out := &picture.Image{}
		if err := new(picture.Resizer).Resize(im, im.W*2/3, im.H*2/3, out); err != nil {
			t.Fatal(err)
		}
		return out
	},
	"cropped": func(t *testing.T, im *picture.Image) *picture.Image {
		out, err := picture.Crop(im, im.W/8, im.H/8, im.W*7/8, im.H*7/8)
		if err != nil {
			t.Fatal(err)
		}
		return out
	},
	"recoloured": func(_ *testing.T, im *picture.Image) *picture.Image {
		out := &picture.Image{W: im.W, H: im.H, Pix: bytes.Clone(im.Pix)}
		for i := 0; i < len(out.Pix); i += 3 {
			out.Pix[i], out.Pix[i+1], out.Pix[i+2] = out.Pix[i+2], out.Pix[i], out.Pix[i+1]
		}
		return out
	},
}

// twinned is a table of drawn images of two classes; of each class five have a changed copy in the class, and one image
// is of both classes.
func twinned(t *testing.T) (j AuditJob, dir string) {
	t.Helper()
	dir = t.TempDir()
	_, drawn, _ := strings.Cut(fixture.Drawn(t, synth.LayoutCaltech101, 40), ":")
	var files []string
	if err := filepath.WalkDir(drawn, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".jpg") {
			files = append(files, path)
		}
		return err
	}); err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	for c, class := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(dir, class), 0o755); err != nil {
			t.Fatal(err)
		}
		for n, f := range files[c*10 : c*10+10] {
			im := decodedFile(t, f)
			name := filepath.Join(dir, class, string(rune('0'+n)))
			saved(t, name+".jpg", im, 90)
			for k, change := range []string{"mirrored", "again", "smaller", "cropped", "recoloured"} {
				if k == n {
					saved(t, name+"-"+change+".jpg", changes[change](t, im), 60)
				}
			}
		}
	}
	saved(t, filepath.Join(dir, "b", "of-a.jpg"), decodedFile(t, filepath.Join(dir, "a", "9.jpg")), 80)
	x := fixture.Job(t)
	x.DataSet = "folder:" + dir
	x.Describe.Scales, x.Describe.Flip = []int{224}, false
	fixture.Extract(t, x)
	return AuditJob{Job: Job{Run: x.Out, K: 5}, Protocol: "caltech101", Options: protocol.Options{TrainPerClass: 8, Seeds: []uint32{0, 1, 2}}}, dir
}

func audit(t *testing.T, j AuditJob) *Audit {
	t.Helper()
	a, err := FindAudit(t.Context(), j, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// groupOf is the group that an image is in; nil: in none.
func (a *Audit) groupOf(image string, grades ...likeness.Grade) *Group {
	for i, g := range a.Groups {
		if slices.Contains(grades, g.Grade) && slices.ContainsFunc(g.Images, func(m Member) bool { return m.Image == image }) {
			return &a.Groups[i]
		}
	}
	return nil
}

// TestAudit: copies are found whatever became of them, without flips in the table; what only looks like one is no copy.
// Pairs are kept, and lists and scores leave out what leaks.
func TestAudit(t *testing.T) {
	j, _ := twinned(t)
	run := j.Run
	j.Run = filepath.Join(run, outputs.FeaturesDir) // a run may be named by its table
	a := audit(t, j)
	j.Run = run
	for _, class := range []string{"a/", "b/"} {
		for n, change := range []string{"mirrored", "again", "smaller"} {
			first := class + string(rune('0'+n)) + ".jpg"
			g := a.groupOf(first, likeness.Certain)
			if g == nil || len(g.Images) != 2 || g.Images[0].Twin != g.Images[1].Image || g.Images[0].Mirrored != (change == "mirrored") || g.LabelsDiffer {
				t.Errorf("%s and %s: %+v", first, change, g)
			}
		}
		if g := a.groupOf(class+"3.jpg", likeness.Likely); g == nil || !g.Images[0].Part {
			t.Errorf("%s3.jpg and what is cut out of it: %+v", class, g)
		}
		if g := a.groupOf(class+"4.jpg", likeness.Certain); g != nil {
			t.Errorf("%s4.jpg and what is coloured otherwise: %+v", class, g)
		}
	}
	if g := a.Groups[0]; !g.LabelsDiffer || g.Grade != likeness.Certain || g.Images[0].Image != "a/9.jpg" || g.Images[1].Image != "b/of-a.jpg" {
		t.Errorf("the first group is %+v, want the image with two labels", g)
	}
	checkLeaks(t, j, a)
	again := audit(t, j)
	if !again.Kept || len(again.Groups) != len(a.Groups) || again.Groups[0].Images[0].Twin != a.Groups[0].Images[0].Twin {
		t.Errorf("read back as %+v", again)
	}
	meta, err := outputs.ResultMetadata(a.File)
	if err != nil || meta["fc7.audit"] != a.Table {
		t.Errorf("metadata %v, %v", meta, err)
	}
}

// checkLeaks counts leaks from the drawn splits, and looks at the files that leave them out.
func checkLeaks(t *testing.T, j AuditJob, a *Audit) {
	t.Helper()
	if len(a.Splits) != 3 || !a.Leaks() || a.Protocol != "caltech101" {
		t.Fatalf("splits %+v", a.Splits)
	}
	for _, s := range a.Splits {
		want, train := 0, set(s.of.Train)
		for _, id := range s.of.Test {
			g := a.groupOf(id, likeness.Certain)
			if g != nil && slices.ContainsFunc(g.Images, func(m Member) bool { return train[m.Image] }) {
				want++
			}
		}
		if s.Leaked.Certain != want {
			t.Errorf("%s: %d images leak, want %d", s.Name, s.Leaked.Certain, want)
		}
		if want == 0 {
			continue
		}
		f, err := datasets.ReadSplitFile(t.Context(), s.File)
		if err != nil || f.Len() != s.Train+s.Test-want {
			t.Fatalf("%s: %v, want %d lines", s.File, err, s.Train+s.Test-want)
		}
		r, err := heads.Train(t.Context(), heads.Job{Features: j.Run, Protocol: "set", Splits: s.File, Unlisted: heads.UnlistedDrop, Out: filepath.Join(t.TempDir(), "heads")}, conveyor.Events{})
		if err != nil || r.Splits[0].Images.Test != s.Test-want || r.Splits[0].Images.Train != s.Train {
			t.Errorf("heads on %s: %v", s.File, err)
		}
	}
	left, err := heads.ReadNames(t.Context(), []string{a.Exclude})
	if err != nil || len(left) != 7 || a.Excluded != 7 {
		t.Errorf("rows to leave out: %v, %v", left, err)
	}
	r, err := heads.ReadResult(filepath.Join(j.Run, "explore", "heads"))
	if err != nil || r.Leaked == nil || a.Scores == nil || r.Leaked.Images[0] != a.Splits[0].Leaked.Certain || r.Splits[0].Images.Test != a.Splits[0].Test-a.Splits[0].Leaked.Certain {
		t.Errorf("scores without leaks: %+v, %v", r, err)
	}
}

// An image that is gone leaves its pairs unconfirmed, which is told, and looked at again when it is back. A data set
// that is elsewhere is named.
func TestAuditWithoutImages(t *testing.T) {
	j, dir := twinned(t)
	j.NoScores = true
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	a := audit(t, j)
	if a.Away != a.Rows || a.Compared != 0 || a.Candidates == 0 || !a.Unseen() || !strings.Contains(a.AwayWhy, "--data KIND:PATH") || a.groupOf("a/0.jpg", likeness.Certain, likeness.Likely) != nil || a.Leaks() {
		t.Errorf("without images: %+v", a)
	}
	j.Data = "folder:" + moved
	if err := os.Remove(filepath.Join(moved, "a", "1.jpg")); err != nil {
		t.Fatal(err)
	}
	a = audit(t, j)
	if a.Kept || a.Away != 1 || a.Unseen() || a.Compared == 0 || a.Compared >= a.Candidates || !strings.Contains(a.AwayWhy, "a/1.jpg") || a.groupOf("a/0.jpg", likeness.Certain) == nil || a.groupOf("a/1.jpg", likeness.Certain) != nil {
		t.Errorf("with one image less: %+v", a)
	}
	j.Data = "folder:" + filepath.Join(dir, "none")
	if _, err := FindAudit(t.Context(), j, conveyor.Events{}); err == nil {
		t.Error("a data set that is not there, named by the user, is no error")
	}
}

// Files of the user's in the places of a list, a note and heads stay.
func TestAuditForeignFiles(t *testing.T) {
	j, _ := twinned(t)
	for name, want := range map[string]string{"exclude.txt": "is not fc7's", "audit.json": "is not fc7's", "heads": "it is a file"} {
		path := filepath.Join(j.Run, "explore", name)
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(j.Run, "explore", "audit.parquet")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		fixture.WriteFile(t, path, []byte("mine\n"))
		_, err := FindAudit(t.Context(), j, conveyor.Events{})
		if b, _ := os.ReadFile(path); err == nil || !strings.Contains(err.Error(), want) || string(b) != "mine\n" {
			t.Errorf("%v; %s is %q", err, name, b)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAuditToldFirst: what stands in the way of the lists, and images that are not where the user says, are told before
// the work, and where nothing is left to do.
func TestAuditToldFirst(t *testing.T) {
	j, dir := twinned(t)
	refused := func(want string) {
		t.Helper()
		if _, err := FindAudit(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
		if _, err := EstimateAudit(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("dry: %v, expected %q", err, want)
		}
	}
	for _, name := range []string{"exclude.txt", "splits-seed2.tsv"} {
		path := filepath.Join(j.Run, folder, name)
		fixture.WriteFile(t, path, []byte("mine\n"))
		refused(name + " is not fc7's")
		if names, _ := filepath.Glob(filepath.Join(j.Run, folder, "*.parquet")); names != nil {
			t.Errorf("%s was told after the work, which made %s", name, names)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	audit(t, j)
	j.Data = "folder:" + filepath.Join(dir, "none")
	refused("--data")
	j.Data = "folder:" + t.TempDir() // of other images
	saved(t, filepath.Join(strings.TrimPrefix(j.Data, "folder:"), "x.jpg"), decodedFile(t, filepath.Join(dir, "a", "0.jpg")), 80)
	refused("has none of the images")
	j.Data = "folder:" + dir
	var notes []string
	a, err := FindAudit(t.Context(), j, conveyor.Events{Note: func(s string) { notes = append(notes, s) }})
	if err != nil || !a.Kept || !strings.Contains(strings.Join(notes, "\n"), "no image of --data is") {
		t.Errorf("%v; told %q", err, notes)
	}
	f, err := EstimateAudit(t.Context(), j, conveyor.Events{})
	if err != nil || len(f.Steps) > 0 || f.AtMost {
		t.Errorf("%v: of what is all kept, %+v is foretold", err, f)
	}
	j.Options.Seeds = []uint32{0} // lists of more seeds go
	audit(t, j)
	if names, _ := filepath.Glob(filepath.Join(j.Run, folder, "splits-seed*.tsv")); len(names) != 1 {
		t.Errorf("lists %s", names)
	}
}

// TestFirstPairs: pairs are looked at in the order that they have, each once, and those of one large group a part at a
// time.
func TestFirstPairs(t *testing.T) {
	const n = 3*ofOne + 5
	u := neighbours.NewGroups(2*n + 1)
	var all []candidate
	for i := range n {
		all = append(all, candidate{a: i, b: i + 1}, candidate{a: n + i, b: n + i + 1, distance: 1})
		u.Join(i, i+1)
	}
	slices.SortStableFunc(all, func(x, y candidate) int { return int(x.distance - y.distance) })
	pieces, left := 0, all
	for ; len(left) > 0; pieces++ {
		k, rows := firstPairs(left, u)
		if k == 0 || len(rows) > ofOne+1 || len(rows) > together+1 && left[0].a >= n {
			t.Fatalf("piece %d: %d pairs of %d rows", pieces, k, len(rows))
		}
		for _, c := range left[:k] {
			if !rows[c.a] || !rows[c.b] {
				t.Fatalf("piece %d lacks a row of %+v", pieces, c)
			}
		}
		left = left[k:]
	}
	if pieces < 5 {
		t.Errorf("%d pieces", pieces)
	}
}

// An image that leaks by a copy, and is in a group of others that look alike, leaks once; a group's members that no
// certain pair connects with what is learned are likely at most.
func TestLeaksOnce(t *testing.T) {
	o := &opened{Descriptors: &heads.Descriptors{}}
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		o.IDs, o.Labels, o.Splits = append(o.IDs, id), append(o.Labels, []string{"x"}), append(o.Splits, nil)
	}
	pairs := []twin{
		{a: 0, b: 1, grade: likeness.Certain},
		{a: 1, b: 2, grade: likeness.Likely},
		{a: 0, b: 3, grade: likeness.LookAlike},
		{a: 1, b: 3, grade: likeness.LookAlike},
		{a: 3, b: 4, grade: unconfirmed},
	}
	splits := []protocol.Division{{Name: "test", Train: []string{"a", "e"}, Test: []string{"b", "c", "d"}}}
	a := &Audit{Groups: o.groups(pairs, splits)}
	a.count(splits)
	if got, want := a.Splits[0].Leaked, (Leaked{Certain: 1, Likely: 1, LookAlike: 1, Unconfirmed: 1}); got != want {
		t.Errorf("leaked %+v, want %+v: %+v", got, want, a.Groups)
	}
}
