package conveyor

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/extract"
	"fc7/internal/budget"
	"fc7/internal/f32"
	"fc7/outputs"
)

// blank is a net of one layer that says nothing.
type blank struct{}

func (blank) Layer(string) (width, minSide int, err error) { return 1, 1, nil }

func (blank) Together(int, int, []string) int { return 4 }

func (blank) Run(n int, j f32.Job) {
	for i := range n {
		j.Do(0, i)
	}
}

func (blank) ForwardAll(_ context.Context, batches []f32.Batch, _ []string) ([][]f32.Map, error) {
	var maps []f32.Map
	for _, b := range batches {
		maps = append(maps, f32.Map{N: len(b.Pictures), H: 1, W: 1, C: 1, Data: make([]float32, len(b.Pictures))})
	}
	return [][]f32.Map{maps}, nil
}

// collected are the rows of a run, in order.
type collected struct{ rows []outputs.Row }

func (c *collected) Consume(_ context.Context, rows <-chan Numbered) error {
	for r := range rows {
		c.rows = append(c.rows, r.Row)
	}
	return nil
}

// flatImages writes n images of one colour, of random sizes up to side pixels; some are broken.
func flatImages(t *testing.T, n, side int) *datasets.Set {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 6))
	set := &datasets.Set{Root: t.TempDir()}
	for i := range n {
		path := filepath.Join(set.Root, fmt.Sprintf("%03d.png", i))
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		m := image.NewNRGBA(image.Rect(0, 0, 32+r.IntN(side-32), 32+r.IntN(side-32)))
		if i%9 == 4 {
			_, err = f.WriteString("no image")
		} else {
			err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, m)
		}
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		set.Items = append(set.Items, datasets.Item{ID: filepath.Base(path), At: datasets.Location{Path: path}})
	}
	return set
}

// With sixteen decoders, images of any size come through a budget with room for one, or for none of them, and the rows
// are those of a budget that nobody has to wait for.
func TestMemoryIsShared(t *testing.T) {
	const n, side = 200, 400
	set := flatImages(t, n, side)
	d, err := extract.NewDescriber(blank{}, extract.Options{Layers: []string{"fc7"}, Scales: []int{64}})
	if err != nil {
		t.Fatal(err)
	}
	run := func(limit int64) (rows []outputs.Row, notes []string, waits budget.Waits) {
		b, to := budget.New(limit), &collected{}
		c := New(set, d, Options{Decoders: 16, memory: b}, Events{Note: func(s string) { notes = append(notes, s) }})
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		if err := c.RunLanes(t.Context(), []*Lane{{Describer: c.d, Pending: all, To: to}}); err != nil {
			t.Fatal(err)
		}
		allBack(t, b)
		return to.rows, notes, b.Waited()
	}
	want, notes, _ := run(1 << 40)
	if len(want) != n || len(notes) != 0 {
		t.Fatalf("%d rows, notes %q", len(want), notes)
	}
	for _, limit := range []int64{7*side*side + 100_000, 1 << 20, 1 << 10} {
		got, notes, waits := run(limit)
		if !slices.EqualFunc(got, want, func(a, b outputs.Row) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
			t.Errorf("other rows with %d bytes", limit)
		}
		if waits.Count == 0 || len(notes) != 1 || !strings.Contains(notes[0], "images waited for memory") {
			t.Errorf("%d bytes: %+v, notes %q", limit, waits, notes)
		}
	}
}

// TestScaledBoxesAreTold: a run counts the boxes that were drawn on pictures of other sizes than their images.
func TestScaledBoxesAreTold(t *testing.T) {
	dir := t.TempDir()
	it := drawnItem(t, dir)
	d, err := extract.NewDescriber(blank{}, extract.Options{Layers: []string{"fc7"}, Scales: []int{64}})
	if err != nil {
		t.Fatal(err)
	}
	for width, want := range map[int]string{40: "", 80: "2 boxes were drawn on pictures of other sizes"} {
		it.Box = boxOn(t, dir, width, 30, "2 2 20 20")
		set, to, notes := &datasets.Set{Root: dir, Items: []datasets.Item{it, it}}, &collected{}, []string(nil)
		c := New(set, d, Options{}, Events{Note: func(s string) { notes = append(notes, s) }})
		if err := c.RunLanes(t.Context(), []*Lane{{Describer: c.d, Pending: []int{0, 1}, To: to}}); err != nil || len(to.rows) != 2 {
			t.Fatal(to.rows, err)
		}
		if told := strings.Join(notes, "\n"); !strings.HasPrefix(told, want) || (told == "") != (want == "") {
			t.Errorf("a picture %d wide: notes %q", width, notes)
		}
	}
}

// A run that is stopped while images wait for memory ends.
func TestMemoryAndInterrupt(t *testing.T) {
	set := flatImages(t, 40, 300)
	d, err := extract.NewDescriber(blank{}, extract.Options{Layers: []string{"fc7"}, Scales: []int{64}})
	if err != nil {
		t.Fatal(err)
	}
	b := budget.New(1 << 10)
	taken := b.Turn()
	if err := taken.Take(t.Context(), 1<<10); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c := New(set, d, Options{Decoders: 16, memory: b}, Events{})
	done := make(chan error)
	go func() {
		done <- c.RunLanes(ctx, []*Lane{{Describer: c.d, Pending: []int{0, 1, 2, 3, 5, 6, 7}, To: &collected{}}})
	}()
	cancel()
	if err := <-done; err == nil {
		t.Error("it did not notice")
	}
	taken.Release()
	allBack(t, b)
}

// allBack checks that a budget is whole again.
func allBack(t *testing.T, b *budget.Budget) {
	t.Helper()
	if !b.Turn().Grow(1) || !b.Turn().Grow(b.Limit()-1) {
		t.Error("some of the memory was not given back")
	}
}
