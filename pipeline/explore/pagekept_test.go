package explore

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/outputs/explorer"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/internal/fixture"
)

// column is a part of numbers of a page.
func column[T any](t *testing.T, page, name string) []T {
	t.Helper()
	_, after, ok := strings.Cut(page, `id="part-`+name+`">`)
	inner, _, _ := strings.Cut(after, "</script>")
	b, err := base64.StdEncoding.DecodeString(inner)
	var one T
	out := make([]T, len(b)/binary.Size(one))
	if err == nil {
		_, err = binary.Decode(b, binary.LittleEndian, out)
	}
	if !ok || err != nil {
		t.Fatalf("part %s: %v", name, err)
	}
	return out
}

// TestThumbnailsAreKept: a second page reads the thumbnails, with the images gone; of another size they are made, and
// where an image was away they are looked for again.
func TestThumbnailsAreKept(t *testing.T) {
	x, images := extracted(t)
	j := pageJob(t, x.Out)
	p, text := write(t, j)
	j.Replace = true
	if err := os.Rename(images[0], images[0]+".away"); err != nil {
		t.Fatal(err)
	}
	made := false
	j.Thumbnailing = func() { made = true }
	if again, other := write(t, j); made || again.Thumbnails != p.Thumbnails || other != text {
		t.Errorf("thumbnails that are kept are not taken: %d of %d, made %v", again.Thumbnails, p.Thumbnails, made)
	}
	j.Side = 32
	for range 2 {
		made = false
		if again, _ := write(t, j); !made || again.Thumbnails != p.Thumbnails-1 {
			t.Errorf("of another size, with an image away: %d of %d, made %v", again.Thumbnails, p.Thumbnails, made)
		}
	}
	if err := os.Rename(images[0]+".away", images[0]); err != nil {
		t.Fatal(err)
	}
	if again, _ := write(t, j); again.Thumbnails != p.Thumbnails {
		t.Errorf("with all images there again: %d of %d", again.Thumbnails, p.Thumbnails)
	}
	j.DataSet = "folder:" + filepath.Dir(images[0])
	var notes []string
	if _, err := WritePage(t.Context(), j, conveyor.Events{Note: func(s string) { notes = append(notes, s) }}); err != nil || !strings.Contains(strings.Join(notes, "\n"), "no image of --data is") {
		t.Errorf("thumbnails are kept, and nobody says that those of --data are not looked at: %v, %q", err, notes)
	}
	j.DataSet = "folder:" + filepath.Join(t.TempDir(), "nowhere")
	if _, err := WritePage(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("thumbnails are kept, and --data names nothing: %v", err)
	}
}

// TestKeptSheetsDamaged: sheets that do not fit their rows are an error that names the file.
func TestKeptSheetsDamaged(t *testing.T) {
	for what, rows := range map[string][][]any{
		"too few":  {{"", []int32{0}}},
		"too many": {{"", []int32{0, 1, 2, 3}}},
		"beyond":   {{"", []int32{0, 1, perSheet}}},
		"no text":  {{"%", []int32{0, 1, 2}}},
	} {
		k := keptIn(t.TempDir(), "thumbnails", basis{Table: "x"})
		sum, err := k.write(sheetColumns, slices.Values(rows))
		if err != nil {
			t.Fatal(err)
		}
		to := explorer.Sheets{Side: 8, Row: sheetRow, Of: make([]int32, 5)}
		if err := readSheets(k.path, sum, &to, []int{1, 2, 4}); err == nil || !strings.Contains(err.Error(), k.path) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestPageOfGroups: what an audit kept is shown, those across splits first, by the rows' places; of another table it is
// looked for anew, and images that are away are told.
func TestPageOfGroups(t *testing.T) {
	x, images := extracted(t)
	j := pageJob(t, x.Out)
	a, err := FindAudit(t.Context(), AuditJob{Job: j.Job, NoScores: true}, conveyor.Events{})
	if err != nil || len(a.Groups) == 0 {
		t.Fatal(a, err)
	}
	_, text := write(t, j)
	var names []string
	part(t, text, "names", &names)
	var leaks struct {
		Note   string
		Groups [][4]any
	}
	part(t, text, "leaks", &leaks)
	if len(leaks.Groups) != len(a.Groups) {
		t.Fatalf("%d groups on the page, %d of the audit", len(leaks.Groups), len(a.Groups))
	}
	for n, g := range a.Groups { // there are no splits: the order is the audit's
		of := leaks.Groups[n]
		for k, m := range of[3].([]any) {
			one, want := m.([]any), g.Images[k]
			if names[int(one[0].(float64))] != want.Image || names[int(one[1].(float64))] != want.Twin || one[2] != string(want.TwinGrade) || one[3] != want.Mirrored || of[0] != string(g.Grade) {
				t.Errorf("group %d: %v, want %+v", n, one, want)
			}
		}
	}
	for _, name := range images {
		if err := os.Rename(name, name+".away"); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Remove(keptIn(x.Out, "audit", basis{}).path), os.Remove(keptIn(x.Out, "twins", basis{}).path)); err != nil {
		t.Fatal(err)
	}
	j.Replace = true
	for range 2 { // the second time nothing that was kept is believed
		_, text = write(t, j)
		if part(t, text, "leaks", &leaks); !strings.Contains(leaks.Note, "could be read") {
			t.Errorf("images are away: %s", leaks.Note)
		}
	}
}

// TestGroupsAcrossFirst: groups that a split tests and learns from come before surer ones.
func TestGroupsAcrossFirst(t *testing.T) {
	one := func(row int, leaks ...Leak) Member {
		return Member{Row: row, TwinRow: row ^ 1, TwinGrade: "likely", Leaks: leaks}
	}
	g := &gathered{n: &Neighbours{place: []int{0, 1, 2, 3, -1, 4}}, groups: []Group{
		{Grade: "certain", Images: []Member{one(0), one(1)}},
		{Grade: "certain", Images: []Member{one(4), one(5)}}, // of which one has no place
		{Grade: "likely", Leaks: true, Images: []Member{one(2, Leak{"seed 10", "likely"}, Leak{"seed 2", "certain"}), one(3)}},
	}}
	p := &explorer.Page{Names: make([]string, 5)}
	g.addLeaks(p)
	l := p.Leaks
	if len(l.Groups) != 2 || l.Groups[0].Images[0].Row != 2 || l.Groups[1].Images[1].Row != 1 {
		t.Fatalf("%+v", l.Groups)
	}
	if len(l.Splits) != 2 || l.Splits[0].Name != "seed 2" || l.Splits[0].Certain != 1 || l.Splits[1].Likely != 1 {
		t.Errorf("%+v", l.Splits)
	}
}

// scoredRun is a run of two classes with heads, and the job of its page.
func scoredRun(t *testing.T) (PageJob, *heads.Result) {
	t.Helper()
	x := fixture.Job(t)
	fixture.ExtractSome(t, x)
	r, err := heads.Train(t.Context(), heads.Job{Features: x.Out, Protocol: "voc2007", Options: protocol.Options{Settings: protocol.Settings{C: 1}}}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	j := pageJob(t, x.Out)
	j.Explain.Weights = x.Weights
	return j, r
}

// TestPageOfScores: the scores on the page are those that the heads gave the images of their test split when they were
// trained, with what was learned from and what tested; of another table there are none, with the reason.
func TestPageOfScores(t *testing.T) {
	j, r := scoredRun(t)
	_, text := write(t, j)
	var names []string
	part(t, text, "names", &names)
	var about struct {
		Classes []string
		Heads   *struct {
			Note  string
			Top   int
			Roles []string
		}
		Without struct{ Heads string }
	}
	part(t, text, "about", &about)
	if about.Heads == nil || !strings.Contains(about.Heads.Note, "voc2007, test") {
		t.Fatalf("%+v", about)
	}
	class, score, role := column[int32](t, text, "head-class"), column[float32](t, text, "head-score"), column[uint8](t, text, "head-role")
	tested := 0
	for n, id := range r.Splits[0].IDs {
		i := slices.Index(names, id)
		if i < 0 || about.Heads.Roles[role[i]] != "tested" {
			t.Fatalf("%s is at %d, its role %d", id, i, role[i])
		}
		tested++
		best := math.Inf(-1)
		for k := range r.Classes {
			best = max(best, r.Splits[0].Scores[k][n])
		}
		at := i * about.Heads.Top
		k := slices.IndexFunc(r.Classes, func(c protocol.Class) bool { return c.Name == about.Classes[class[at]] })
		if got := float64(score[at]); math.Abs(got-best) > 1e-5 || math.Abs(r.Splits[0].Scores[k][n]-best) > 1e-9 {
			t.Errorf("%s: the page has %v of %s, want %v", id, got, about.Classes[class[at]], best)
		}
	}
	learned := 0
	for _, v := range role {
		if about.Heads.Roles[v] == "learned from" {
			learned++
		}
	}
	if im := r.Splits[0].Images; tested != im.Test || learned != im.Train {
		t.Errorf("%d tested and %d learned from, want %+v", tested, learned, im)
	}
	var other heads.Result
	path := filepath.Join(j.Run, heads.Folder, heads.ScoresFile)
	if err := outputs.ReadJSON(path, &other); err != nil {
		t.Fatal(err)
	}
	other.Digests.Tables[0] = strings.Repeat("0", 64)
	if err := outputs.WriteJSON(path, &other); err != nil {
		t.Fatal(err)
	}
	j.Replace = true
	_, text = write(t, j)
	about.Heads = nil
	if part(t, text, "about", &about); about.Heads != nil || !strings.Contains(about.Without.Heads, "another table") {
		t.Errorf("heads of another table: %+v", about)
	}
}

// TestHeadMargin of one label, of several, of ignored ones, and of none.
func TestHeadMargin(t *testing.T) {
	classes, scores := []string{"a", "b", "c"}, []float64{2, -1, .5}
	for _, c := range []struct {
		labels, ignored []string
		none            bool
		want            float64
	}{
		{[]string{"a"}, nil, false, 1.5},
		{[]string{"b"}, nil, false, -3},
		{[]string{"a", "c"}, nil, false, 1.5},
		{[]string{"a", "b"}, nil, false, -1.5},
		{[]string{"c"}, []string{"a"}, false, 1.5},
		{nil, nil, true, -2},
		{nil, nil, false, math.NaN()},
		{[]string{"z"}, nil, false, math.NaN()},
	} {
		if got := headMargin(classes, scores, c.labels, c.ignored, c.none); got != c.want && !(got != got && c.want != c.want) {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestPageOfEvidence: the evidence on the page is of the named, the worst and the suspects, its numbers add up to the
// scores that the page has, and its pictures are there; what cannot be explained is told before the work.
func TestPageOfEvidence(t *testing.T) {
	j, r := scoredRun(t)
	named := r.Splits[0].IDs[0]
	j.Evidence, j.EvidenceOf = 2, []string{named}
	p, text := write(t, j)
	var names []string
	part(t, text, "names", &names)
	var e struct {
		Words  string
		Scales []string
		List   []json.RawMessage
	}
	part(t, text, "evidence", &e)
	if p.Explained != len(e.List) || len(e.List) < 3 || len(e.List) > 5 || len(e.Scales) == 0 || !strings.Contains(e.Words, "positions") {
		t.Fatalf("%+v, %+v", p, e)
	}
	var about struct{ Heads struct{ Top int } }
	part(t, text, "about", &about)
	class, score := column[int32](t, text, "head-class"), column[float32](t, text, "head-score")
	pictures, found := 0, false
	for _, one := range e.List {
		var row int
		var limit float64
		var classes [][]json.RawMessage
		if err := json.Unmarshal(one, &[]any{&row, &limit, &classes}); err != nil {
			t.Fatal(err)
		}
		found = found || names[row] == named
		for _, c := range classes {
			var k, size int
			var total, bias float64
			var sums []float64
			for i, to := range []any{&k, &total, &bias, &sums, &size} {
				if err := json.Unmarshal(c[i], to); err != nil {
					t.Fatal(err)
				}
			}
			sum := bias
			for _, s := range sums {
				sum += s
			}
			if math.Abs(sum-total) > 1e-5 || len(sums) != len(e.Scales) || size < 100 {
				t.Errorf("%s: %v adds up to %v, a picture of %d bytes", names[row], total, sum, size)
			}
			for at := row * about.Heads.Top; at < (row+1)*about.Heads.Top; at++ {
				if int(class[at]) == k && math.Abs(float64(score[at])-total) > 1e-4 {
					t.Errorf("%s: the evidence is of %v, the score %v", names[row], total, score[at])
				}
			}
			pictures += size
		}
	}
	if jpeg := column[uint8](t, text, "evidence-jpeg"); len(jpeg) != pictures || !found {
		t.Errorf("pictures of %d bytes, named are %d; %s is there: %v", len(jpeg), pictures, named, found)
	}
	m, err := outputs.ReadManifest(j.Run)
	if err != nil {
		t.Fatal(err)
	}
	away := m
	away.DataSet = "list:" + filepath.Join(t.TempDir(), "gone.txt")
	if err := away.Write(j.Run); err != nil {
		t.Fatal(err)
	}
	j.EvidenceOf = r.Splits[0].IDs[:3]
	if _, err := WritePage(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "evidence of") || !strings.Contains(err.Error(), "--data KIND:PATH") {
		t.Errorf("images that are not where they were: %v", err)
	}
	if err := m.Write(j.Run); err != nil {
		t.Fatal(err)
	}
	j.EvidenceOf = []string{"nobody.jpg"}
	if _, err := WritePage(t.Context(), j, conveyor.Events{}); !usage.Is(err) || !strings.Contains(err.Error(), "nobody.jpg") {
		t.Errorf("a name of no row: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(j.Run, heads.Folder)); err != nil {
		t.Fatal(err)
	}
	j.Out = filepath.Join(t.TempDir(), "new.html")
	if _, err := WritePage(t.Context(), j, conveyor.Events{}); !usage.Is(err) || !strings.Contains(err.Error(), "has no heads") {
		t.Errorf("no heads: %v", err)
	}
	if _, err := os.Stat(j.Out); !errors.Is(err, fs.ErrNotExist) {
		t.Error("there is a page")
	}
}
