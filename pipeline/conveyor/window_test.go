package conveyor

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fc7/datasets"
	"fc7/extract"
	"fc7/internal/f32"
	"fc7/outputs"
)

// counted is blank with the sizes of its passes.
type counted struct {
	blank
	passes []int
}

func (c *counted) ForwardAll(ctx context.Context, batches []f32.Batch, layers []string) ([][]f32.Map, error) {
	n := 0
	for _, b := range batches {
		n += len(b.Pictures)
	}
	c.passes = append(c.passes, n)
	return c.blank.ForwardAll(ctx, batches, layers)
}

// describerOf is that of a net, for pictures of one size an image.
func describerOf(t *testing.T, net extract.Backbone) *extract.Describer {
	t.Helper()
	d, err := extract.NewDescriber(net, extract.Options{Layers: []string{"fc7"}, Scales: []int{32}, NoFlip: true})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestWindow: images of several sizes, among them bad ones, come out in their order; they have gone together.
func TestWindow(t *testing.T) {
	set := &datasets.Set{Root: t.TempDir()}
	for i := range 40 {
		path := filepath.Join(set.Root, fmt.Sprintf("%03d.png", i))
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if i%10 == 3 {
			_, err = f.WriteString("no image")
		} else {
			err = png.Encode(f, image.NewGray(image.Rect(0, 0, 40, 40+8*(i%2))))
		}
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		set.Items = append(set.Items, datasets.Item{ID: filepath.Base(path), At: datasets.Location{Path: path}})
	}
	net := &counted{}
	d := describerOf(t, net)
	c := New(set, d, Options{}, Events{})
	w, ctx := newWindow(1), t.Context()
	l := &Lane{Describer: d, rows: make(chan Numbered, len(set.Items))}
	for i := range set.Items {
		l.Pending = append(l.Pending, i)
	}
	c.lanes = []*Lane{l}
	for i := range set.Items { // all are there before the net begins
		p := c.prepare(ctx, i, c.reader.memory.Turn())
		p.lanes = c.takers(i)
		w.put(p)
	}
	w.end()
	c.compute(ctx, w, 0)
	close(l.rows)
	var items []int
	for n := range l.rows {
		items = append(items, n.Item)
		if failed := n.Row.Status == outputs.StatusFailed; failed != (n.Item%10 == 3) || !failed && n.Row.Height != 40+8*(n.Item%2) {
			t.Errorf("item %d: %+v", n.Item, n.Row)
		}
	}
	if !slices.Equal(items, l.Pending) {
		t.Errorf("order %v", items)
	}
	// blank takes four pictures at once
	if want := []int{4, 4, 4, 4, 4, 4, 4, 4, 4}; !slices.Equal(net.passes, want) {
		t.Errorf("passes of %v pictures, want %v", net.passes, want)
	}
	p := c.Progress()
	if p.Done != 40 || p.Failed != 4 || p.Batches != (Batches{9, 36, 4}) || w.bytes != 0 || len(w.images) != 0 {
		t.Errorf("%+v, %d bytes left in the window", p, w.bytes)
	}
}

// TestWindowIsBounded: who brings images waits where as many are there as may be, or as many bytes; one may always
// come.
func TestWindowIsBounded(t *testing.T) {
	w, put := newWindow(1), make(chan bool)
	large := &prepared{rows: []outputs.Row{{Descriptors: [][]float32{make([]float32, w.mostBytes/4+1)}}}}
	w.put(large)
	w.settle([]*prepared{large})
	go func() {
		w.put(&prepared{})
		put <- true
	}()
	select {
	case <-put:
		t.Fatal("an image came beside one that is too large for two")
	case <-time.After(20 * time.Millisecond):
	}
	if w.next() != large {
		t.Fatal("the first is not given")
	}
	<-put
	for range w.mostImages - 1 {
		w.put(&prepared{})
	}
	go func() {
		w.put(&prepared{})
		put <- true
	}()
	batch := w.take(func(*prepared) float64 { return 1 })
	w.settle(batch)
	w.mu.Lock()
	n := len(w.images)
	w.mu.Unlock()
	if len(batch) != 1 || n > w.mostImages {
		t.Errorf("a batch of %d, %d images wait, want at most %d", len(batch), n, w.mostImages)
	}
	w.next()
	<-put
	w.leave()
	for range 2 * w.mostImages {
		w.put(&prepared{}) // does not wait
	}
}

// TestTeams: several teams make the rows of one, in the same order; while one is at its batch the others take others,
// and of the last images each gets some.
func TestTeams(t *testing.T) {
	set := &datasets.Set{Root: t.TempDir()}
	for i := range 60 {
		path := filepath.Join(set.Root, fmt.Sprintf("%03d.png", i))
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err = errors.Join(png.Encode(f, image.NewGray(image.Rect(0, 0, 40, 40+8*(i%3)))), f.Close()); err != nil {
			t.Fatal(err)
		}
		set.Items = append(set.Items, datasets.Item{ID: filepath.Base(path), At: datasets.Location{Path: path}})
	}
	set.Items[7].At.Path += "-gone"
	for _, teams := range []int{1, 2, 5} {
		c := New(set, describerOf(t, blank{}), Options{}, Events{})
		l := &Lane{Describer: c.d}
		for range teams - 1 {
			l.Beside = append(l.Beside, describerOf(t, blank{}))
		}
		for i := range set.Items {
			l.Pending = append(l.Pending, i)
		}
		got := new(collected)
		l.To = got
		if err := c.RunLanes(t.Context(), []*Lane{l}); err != nil {
			t.Fatal(err)
		}
		for i, row := range got.rows {
			if failed := row.Status == outputs.StatusFailed; row.Image != set.Items[i].ID || failed != (i == 7) || !failed && row.Height != 40+8*(i%3) {
				t.Errorf("%d teams, row %d: %+v", teams, i, row)
			}
		}
		if p := c.Progress(); len(got.rows) != 60 || p.Done != 60 || p.Failed != 1 || p.Batches.Images != 59 {
			t.Errorf("%d teams: %d rows, %+v", teams, len(got.rows), p)
		}
	}
	w := newWindow(3)
	for range 10 {
		w.put(&prepared{views: &extract.Views{}})
	}
	all := func(*prepared) float64 { return 0.25 }
	sizes := []int{len(w.take(all))}
	w.end() // six are left to three teams
	for batch := w.take(all); batch != nil; batch = w.take(all) {
		sizes = append(sizes, len(batch))
	}
	if want := []int{4, 2, 2, 1, 1}; !slices.Equal(sizes, want) {
		t.Errorf("batches of %v, want %v", sizes, want)
	}
}
