package conveyor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"fc7/datasets"
	"fc7/extract/picture"
)

// drawnItem is a picture whose red is its x and whose green is its y.
func drawnItem(t *testing.T, dir string) datasets.Item {
	t.Helper()
	im := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for y := range 30 {
		for x := range 40 {
			im.Set(x, y, color.RGBA{uint8(x), uint8(y), 9, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a.png")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return datasets.Item{ID: "a.png", At: datasets.Location{Path: path}}
}

// An item is its image, or the box of it, both corners inside.
func TestReaderImage(t *testing.T) {
	dir := t.TempDir()
	it := drawnItem(t, dir)
	r := NewReader(&datasets.Set{Root: dir}, Options{})
	im, info, err := r.image(t.Context(), &it)
	if err != nil || im.W != 40 || im.H != 30 || info.Width != 40 || info.Format != "png" {
		t.Fatalf("%+v %v", info, err)
	}
	it.Box = &datasets.Box{XMin: 11, YMin: 6, XMax: 20, YMax: 25}
	im, info, err = r.image(t.Context(), &it)
	if err != nil || im.W != 10 || im.H != 20 || info.Width != 40 || im.Pix[0] != 10 || im.Pix[1] != 5 {
		t.Errorf("the box: %+v %v", info, err)
	}
	it.Foot = 10
	if im, info, err := r.image(t.Context(), &it); err != nil || im.W != 10 || im.H != 15 || info.Height != 30 || im.Pix[0] != 10 || im.Pix[1] != 5 {
		t.Errorf("the box, as far as it is above the banner: %+v %v", info, err)
	}
	it.Foot = 30
	if _, _, err := r.image(t.Context(), &it); err == nil || !strings.Contains(err.Error(), "more than 30 rows") {
		t.Errorf("an image that is all banner: %v", err)
	}
	it.Foot = 0
	it.Box = &datasets.Box{XMin: -3, YMin: 0, XMax: 5, YMax: 40}
	if im, _, err := r.image(t.Context(), &it); err != nil || im.W != 5 || im.H != 30 || im.Pix[0] != 0 {
		t.Errorf("a box that reaches beyond the image: %v", err)
	}
	// a box of the 80x15 pixels that vocxml: found the picture to have
	it.Box = boxOn(t, dir, 80, 15, "21 6 40 10")
	im, _, err = r.image(t.Context(), &it)
	if err != nil || im.W != 10 || im.H != 10 || im.Pix[0] != 10 || im.Pix[1] != 10 {
		t.Errorf("a box on a picture of another size: %v %+v", err, im)
	}
	it.Box = &datasets.Box{XMin: 50, YMin: 1, XMax: 60, YMax: 5}
	if _, info, err := r.image(t.Context(), &it); err == nil || info.Width != 40 {
		t.Errorf("a box beyond the image: %+v %v", info, err)
	}
}

// boxOn is a box of a picture of a size, as an annotation tells them.
func boxOn(t *testing.T, dir string, width, height int, corners string) *datasets.Box {
	t.Helper()
	set := filepath.Join(dir, "annotated")
	text := fmt.Sprintf("<annotation><size><width>%d</width><height>%d</height></size><object><name>x</name><bndbox>", width, height)
	for i, v := range strings.Fields(corners) {
		name := []string{"xmin", "ymin", "xmax", "ymax"}[i]
		text += "<" + name + ">" + v + "</" + name + ">"
	}
	err := os.MkdirAll(set, 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(set, "x.xml"), []byte(text+"</bndbox></object></annotation>"), 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(set, "x.png"), nil, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := datasets.Open(t.Context(), "vocxml:"+set, datasets.Options{Objects: datasets.ObjectsBox})
	if err != nil {
		t.Fatal(err)
	}
	return s.Items[0].Box
}

// What is wrong with an image is its error; with the machine, a MachineError; a reading ends with its context, and not
// because it is slow.
func TestReaderErrors(t *testing.T) {
	dir := t.TempDir()
	it := drawnItem(t, dir)
	set := &datasets.Set{Root: dir}
	r := NewReader(set, Options{Patience: time.Millisecond})
	var machine *MachineError
	bad := it
	bad.At.Path = filepath.Join(dir, "b.png")
	if _, _, err := r.image(t.Context(), &bad); err == nil || errors.As(err, &machine) {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(bad.At.Path, []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.image(t.Context(), &bad); err == nil || errors.As(err, &machine) {
		t.Errorf("a file that is no image: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := r.image(ctx, &it); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
	if _, _, err := NewReader(set, Options{ImageTime: time.Nanosecond}).image(t.Context(), &it); err != nil {
		t.Errorf("a limit of a nanosecond: %v", err)
	}
	if w := NewReader(set, Options{}).watch; time.Duration(w.most)*w.tick != DefaultImageTime {
		t.Error("no limit of time by default")
	}
	it.ID = "x/a.png"
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	used := false
	err := r.Open(t.Context(), &it, func(io.Reader, picture.DecodeOptions) error { used = true; return nil })
	if !errors.As(err, &machine) || used || machine.Item != "x/a.png" || !strings.HasPrefix(err.Error(), "x/a.png: the data set's folder ") {
		t.Errorf("a data set that is gone: %v, used %v", err, used)
	}
}

// badlyClosed is a file that cannot be closed the first few times.
type badlyClosed struct {
	io.ReadCloser
	err error
}

func (b badlyClosed) Close() error { return errors.Join(b.ReadCloser.Close(), b.err) }

// What a disk says on closing is not what the image is, whatever it is: it is tried again, and then stops the run; an
// image that is broken besides fails when it can be closed.
func TestReaderClose(t *testing.T) {
	dir := t.TempDir()
	it := drawnItem(t, dir)
	bad := it
	bad.At.Path = filepath.Join(dir, "b.png")
	if err := os.WriteFile(bad.At.Path, []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, errno := range []error{syscall.EIO, syscall.ENOSPC, syscall.EDQUOT, syscall.EACCES, syscall.EINTR, errors.New("odd")} {
		for _, it := range []datasets.Item{it, bad} {
			for _, fails := range []int{2, 1 << 30} {
				patience := time.Minute // only what fails for ever is waited for to its end
				if fails > 2 {
					patience = 50 * time.Millisecond
				}
				r := NewReader(&datasets.Set{Root: dir}, Options{Patience: patience})
				tries := 0
				r.watch.openAt = func(_ context.Context, it *datasets.Item) (io.ReadCloser, error) {
					f, err := it.At.Open()
					if tries++; tries <= fails {
						return badlyClosed{f, errno}, err
					}
					return f, err
				}
				_, _, err := r.image(t.Context(), &it)
				m := new(MachineError)
				if stops := errors.As(err, &m); stops != (fails > 2) || !stops && (tries != 3 || (err != nil) != (it.At.Path == bad.At.Path)) {
					t.Errorf("%v on closing %s, %d times: %v after %d tries", errno, it.At.Path, fails, err, tries)
				}
				if fails > 2 && !strings.Contains(err.Error(), badClose+" "+errno.Error()) {
					t.Error(err)
				}
			}
		}
	}
}

// The copy of a box is asked for with its image.
func TestReaderBoxMemory(t *testing.T) {
	it := drawnItem(t, t.TempDir())
	r := NewReader(&datasets.Set{}, Options{})
	held := func(b *datasets.Box) int64 {
		turn := r.memory.Turn()
		defer turn.Release()
		it.Box = b
		if _, _, err := r.roomy(turn).image(t.Context(), &it); err != nil {
			t.Fatal(err)
		}
		return turn.Held()
	}
	whole := held(nil)
	if whole < 3*40*30 {
		t.Errorf("%d bytes are asked for an image of 40x30", whole)
	}
	for b, want := range map[datasets.Box]int64{
		{XMin: 11, YMin: 6, XMax: 20, YMax: 25}:             whole + 3*10*20,
		{XMin: 1, YMin: 1, XMax: 40, YMax: 30}:              whole + 3*40*30,
		{XMin: 1, YMin: 1, XMax: 1 << 31, YMax: 1 << 31}:    2 * whole,
		*boxOn(t, t.TempDir(), 80, 15, "21 6 40 10"):        2 * whole, // which may be scaled
		{XMin: -1 << 32, YMin: 1, XMax: 1 << 32, YMax: 100}: 2 * whole,
	} {
		if got := held(&b); got != want {
			t.Errorf("%d bytes are asked for %+v, want %d", got, b, want)
		}
	}
}
