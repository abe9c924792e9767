package heads

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

var caltechRun = filepath.Join("testdata", "earlier", "c101-run")

// tableRows are the rows of a run.
func tableRows(t *testing.T, run string) []outputs.Row {
	t.Helper()
	table, err := outputs.OpenTable(run, outputs.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return table.Rows
}

// listed writes a file about rows: a header, and the line that each row has; "": none.
func listed(t *testing.T, name, header string, rows []outputs.Row, line func(i int, r outputs.Row) string) string {
	t.Helper()
	text := header + "\n"
	for i, r := range rows {
		if l := line(i, r); l != "" {
			text += l + "\n"
		}
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func relabelJob(t *testing.T, labels, splits string) Job {
	return Job{
		Features: caltechRun, Protocol: "set", Labels: labels, Splits: splits, Out: filepath.Join(t.TempDir(), "heads"),
		Options: protocol.Options{Settings: protocol.Settings{C: 4}},
	}
}

func trained(t *testing.T, j Job) *Result {
	t.Helper()
	r, err := Train(t.Context(), j, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestLabelsFromFile: with the table's own labels under other names heads score as they did, with other labels they do
// not; the file's digest stands in the scores and in the head, and tells when it has changed.
func TestLabelsFromFile(t *testing.T) {
	rows := tableRows(t, caltechRun)
	own := trained(t, relabelJob(t, "", ""))
	renamed := listed(t, "l.csv", "id,labels", rows, func(_ int, r outputs.Row) string { return r.Image + ",new " + r.Labels[0] })
	j := relabelJob(t, renamed, "")
	var notes []string
	if _, err := Train(t.Context(), j, conveyor.Events{Note: func(n string) { notes = append(notes, n) }}); err != nil {
		t.Fatal(err)
	}
	r, err := ReadResult(j.Out)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Classes) != len(own.Classes) || fmt.Sprint(r.Figures) != fmt.Sprint(own.Figures) {
		t.Errorf("figures %v, want %v", r.Figures, own.Figures)
	}
	for k, c := range r.Classes {
		if c.Name != "new "+own.Classes[k].Name || fmt.Sprint(c.Figures) != fmt.Sprint(own.Classes[k].Figures) {
			t.Errorf("%+v, want %+v", c, own.Classes[k])
		}
	}
	text, err := os.ReadFile(renamed)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	if want := (From{File: renamed, SHA256: hex.EncodeToString(sum[:]), Rows: len(rows), Changed: len(rows)}); r.LabelsFrom == nil || *r.LabelsFrom != want || r.SplitsFrom != nil {
		t.Errorf("%+v, want %+v", r.LabelsFrom, want)
	}
	if h, err := load(j.Out); err != nil || h.files.Labels != r.LabelsFrom.SHA256 || h.files.Splits != "" {
		t.Errorf("the head has %+v, %v", h, err)
	}
	if !slices.ContainsFunc(notes, func(n string) bool {
		return strings.Contains(n, fmt.Sprintf("labels of %d rows are those of", len(rows)))
	}) {
		t.Errorf("notes %q", notes)
	}

	fit := func(want string, j Job) {
		t.Helper()
		if err := r.fitRelabelling(t.Context(), j); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("fit: %v, want %q", err, want)
		}
	}
	fit("", j)
	fit("not of the tables' own", relabelJob(t, "", ""))
	splits := listed(t, "s.tsv", "image\tsplit", rows, func(_ int, r outputs.Row) string { return r.Image + "\ttrain" })
	fit("of the tables' own splits", relabelJob(t, renamed, splits))
	if err := os.WriteFile(renamed, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	fit("of other labels", j)
	if err := own.fitRelabelling(t.Context(), relabelJob(t, "", "")); err != nil {
		t.Error(err)
	}

	turned := listed(t, "t.csv", "path,labels", rows, func(i int, r outputs.Row) string { return r.Image + "," + []string{"a", "b"}[i%2] })
	if r := trained(t, relabelJob(t, turned, "")); len(r.Classes) != 2 || r.Classes[0].Name != "a" {
		t.Errorf("classes %+v", r.Classes)
	}
}

// TestSplitsFromFile: a file of splits, or a column of the labels', divides the rows; the file comes first.
func TestSplitsFromFile(t *testing.T) {
	fixture.SkipShort(t)
	rows := tableRows(t, caltechRun)
	split := func(i int) string { return []string{"train", "val", "test"}[i%3] }
	splits := listed(t, "s.tsv", "image\tsplit", rows, func(i int, r outputs.Row) string { return r.Image + "\t" + split(i) })
	labels := listed(t, "l.csv", "path,labels,split", rows, func(i int, r outputs.Row) string { return r.Image + "," + r.Labels[0] + "," + split(i+1) })
	for _, c := range []struct {
		labels, splits string
		tested         int // i%3 of the rows to test
	}{{"", splits, 2}, {labels, "", 1}, {labels, splits, 2}} {
		r := trained(t, relabelJob(t, c.labels, c.splits))
		if r.Trained != "trainval" || r.Scored != "test" {
			t.Errorf("%s and %s", r.Trained, r.Scored)
		}
		for i, row := range rows {
			if got := slices.Contains(r.Splits[0].IDs, row.Image); got != (i%3 == c.tested) {
				t.Errorf("%+v: row %d is tested: %v", c, i, got)
			}
		}
		if from := r.SplitsFrom; from == nil || from.Rows != len(rows) || from.Changed != len(rows) || c.splits != "" && from.File != splits {
			t.Errorf("%+v", from)
		}
	}
	j := relabelJob(t, "", splits)
	j.Protocol = "caltech101"
	if _, err := Train(t.Context(), j, conveyor.Events{}); !usage.Is(err) || !strings.Contains(err.Error(), "draws its own") {
		t.Errorf("splits that do nothing: %v", err)
	}
	j.Protocol = ""
	if _, err := Train(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "draws its own") {
		t.Errorf("splits that do nothing with the set's protocol: %v", err)
	}
}

// TestUnlistedRows: a row without a line and a line without a row are told and refused, unless the job says what is to
// become of them.
func TestUnlistedRows(t *testing.T) {
	fixture.SkipShort(t)
	rows := tableRows(t, caltechRun)
	some := func(text string) string {
		return listed(t, "l.csv", "path,labels"+text, rows, func(i int, r outputs.Row) string {
			if i < 4 {
				return ""
			}
			return r.Image + "," + r.Labels[0]
		})
	}
	fails := func(want string, j Job) {
		t.Helper()
		if _, err := Train(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if _, err := os.Stat(j.Out); err == nil {
			t.Error("heads were written")
		}
	}
	short := some("")
	fails(fmt.Sprintf("labels: no line of 4 of the %d rows of the tables (%s, %s", len(rows), rows[0].Image, rows[1].Image), relabelJob(t, short, ""))
	longer := some("\nno/such.jpg,cat")
	fails(fmt.Sprintf("; rows that no table has in 1 of its %d lines (no/such.jpg)", len(rows)-3), relabelJob(t, longer, ""))
	j := relabelJob(t, longer, "")
	j.Unlisted = UnlistedKeep
	fails("l.csv: labels: rows that no table has", j)
	j.AllowUnused = true
	if r := trained(t, j); r.LabelsFrom.Kept != 4 || r.LabelsFrom.Unused != 1 || r.LabelsFrom.Changed != 0 || r.LabelsFrom.Dropped != 0 {
		t.Errorf("kept: %+v", r.LabelsFrom)
	}
	j.Out, j.Unlisted, j.Protocol = filepath.Join(t.TempDir(), "h"), UnlistedDrop, "caltech101"
	r := trained(t, j)
	if r.LabelsFrom.Kept != 0 || r.LabelsFrom.Dropped != 4 {
		t.Errorf("dropped: %+v", r.LabelsFrom)
	}
	for _, row := range rows[:4] {
		if slices.Contains(r.Splits[0].IDs, row.Image) {
			t.Errorf("%s is scored", row.Image)
		}
	}
	j = relabelJob(t, short, "") // a row that is excluded anyway needs no line
	for _, row := range rows[:4] {
		j.Exclude = append(j.Exclude, row.Image)
	}
	trained(t, j)
	other := listed(t, "l.csv", "id,labels", rows, func(i int, r outputs.Row) string { return fmt.Sprintf("%06d,cat", i) })
	j = relabelJob(t, other, "")
	j.Unlisted, j.AllowUnused = UnlistedKeep, true
	fails("labels of none of the", j)
	j = relabelJob(t, "", "")
	j.Unlisted = UnlistedDrop
	fails("would do nothing", j)
	j.Unlisted = "kepe"
	fails(`did you mean keep?`, j)
}

// TestRelabelledTables: tables of one set extracted with different labels are stacked by those of the file.
func TestRelabelledTables(t *testing.T) {
	fixture.SkipShort(t)
	rows := tableRows(t, caltechRun)
	labels := listed(t, "l.csv", "id,labels", rows, func(_ int, r outputs.Row) string { return r.Image + "," + r.Labels[0] })
	j := relabelJob(t, labels, "")
	other := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(other, os.DirFS(caltechRun)); err != nil {
		t.Fatal(err)
	}
	j.Also, j.ExcludeFailed = []string{other}, true
	if r := trained(t, j); len(r.Tables) != 2 || r.LabelsFrom.Rows != len(rows)-len(r.Excluded) {
		t.Errorf("%d tables, %+v", len(r.Tables), r.LabelsFrom)
	}
}

// TestRelabelObjects: a line of labels is of one row; a line of splits about an image is of its objects, too, that have
// none of their own.
func TestRelabelObjects(t *testing.T) {
	fixture.SkipShort(t)
	rows := []outputs.Row{
		{Image: "a", Labels: []string{"x"}, Splits: []string{"train"}}, {Image: "a", Object: 1, Labels: []string{"x"}}, {Image: "a", Object: 2}, {Image: "b"}, {Image: "c", None: true},
	}
	labels := listed(t, "l.csv", "image,object,labels,ignored\na,1,cat|dog,\na,2,,dog\nb,,,", nil, nil)
	splits := listed(t, "s.tsv", "image\tobject\tsplit\na\t0\tval\na\t2\tval;trainval", nil, nil)
	r, err := Job{Labels: labels, Splits: splits}.relabel(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range r.rows(rows) {
		got = append(got, fmt.Sprint(row.Labels, row.Ignored, row.None, row.Splits))
	}
	if want := []string{"[] [] false [val]", "[cat dog] [] false [val]", "[] [dog] false [val trainval]", "[] [] true []", "[] [] false []"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if rows[0].Labels[0] != "x" {
		t.Error("the table's rows were changed")
	}
}
