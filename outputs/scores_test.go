package outputs

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

func TestScores(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.parquet")
	w, err := CreateScores(path, []string{"cat", "dining table"}, ScoreOptions{Probabilities: true, Source: map[string]int{"seed": 7}})
	if err != nil {
		t.Fatal(err)
	}
	rows := []ScoreRow{
		{Image: "a.jpg", Status: StatusOK, Best: "cat", Scores: []float64{1.25, -3}, Probabilities: []float64{0.75, 0.125}, Labels: []string{"cat", "dog"}},
		{Image: "b.jpg", Object: 2, Status: StatusFailed, Error: "no image"},
		{Image: "c.jpg", Object: 1, Status: StatusOK, Best: "dining table", Scores: []float64{math.Inf(-1), 0}, Probabilities: []float64{0, 0.5}},
	}
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is there before it is complete")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	type row struct {
		Image   string   `parquet:"image"`
		Object  *int32   `parquet:"object,optional"`
		Labels  []string `parquet:"labels,list"`
		Status  string   `parquet:"status"`
		Error   *string  `parquet:"error,optional"`
		Best    *string  `parquet:"best,optional"`
		Cat     *float64 `parquet:"score_cat,optional"`
		Dining  *float64 `parquet:"score_dining table,optional"`
		PCat    *float64 `parquet:"probability_cat,optional"`
		PDining *float64 `parquet:"probability_dining table,optional"`
	}
	got, err := parquet.ReadFile[row](path)
	if err != nil {
		t.Fatal(err)
	}
	p := func(v float64) *float64 { return &v }
	s := func(v string) *string { return &v }
	one, two := int32(1), int32(2)
	want := []row{
		{"a.jpg", nil, []string{"cat", "dog"}, "ok", nil, s("cat"), p(1.25), p(-3), p(0.75), p(0.125)},
		{Image: "b.jpg", Object: &two, Labels: []string{}, Status: "failed", Error: s("no image")},
		{"c.jpg", &one, []string{}, "ok", nil, s("dining table"), p(math.Inf(-1)), p(0), p(0), p(0.5)},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	f, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(f), `{"seed":7}`) || !strings.Contains(string(f), `["cat","dining table"]`) {
		t.Error("the footer lacks source or classes", err)
	}
}

func TestScoresRefuse(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s.parquet")
	for _, classes := range [][]string{nil, {"a", "a"}, {""}, {"\xff"}} {
		if _, err := CreateScores(path, classes, ScoreOptions{}); err == nil {
			t.Errorf("classes %q passed", classes)
		}
	}
	w, err := CreateScores(path, []string{"a"}, ScoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []ScoreRow{
		{Image: "x", Status: StatusOK},
		{Image: "x", Status: StatusFailed, Scores: []float64{1}},
		{Image: "x", Status: StatusOK, Scores: []float64{1}, Probabilities: []float64{1}},
		{Image: "\xff", Status: StatusOK, Scores: []float64{1}},
	} {
		if err := w.Write(r); err == nil {
			t.Errorf("%+v passed", r)
		}
	}
	if err := w.Write(ScoreRow{Image: "x", Status: StatusOK, Scores: []float64{1}}); err != nil {
		t.Error("a refused row ended the table:", err)
	}
	if err := w.Abort(); err != nil {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("an aborted table left %v", entries)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := CreateScores(path, []string{"a"}, ScoreOptions{}); err == nil || !strings.Contains(err.Error(), "not replaced") {
		t.Error(err)
	}
}
