package inspection

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"image"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/internal/escape"
	"fc7/pipeline/conveyor"
)

// Where a side or a shape begins to be suspicious: VGG's pool5 needs 32 pixels.
const (
	tinySide      = 32
	extremeAspect = 8
)

// look reads an image as far as the job asks. Its error is what is wrong with the machine.
func (im *place) look(ctx context.Context, r *conveyor.Reader, it *datasets.Item, j SetJob) error {
	var c *counter
	opened := false
	var unreadable, cut error
	err := r.Open(ctx, it, func(f io.Reader, o picture.DecodeOptions) error {
		opened, c = true, &counter{r: f}
		if j.Hash {
			c.hash = sha256.New()
		}
		if j.Pixels {
			_, im.info, unreadable = picture.Decode(c, o)
		} else {
			im.info, unreadable = picture.DecodeConfig(c, o)
		}
		if j.Hash {
			_, cut = io.Copy(io.Discard, c)
		}
		return errors.Join(unreadable, cut)
	})
	if m := new(conveyor.MachineError); errors.As(err, &m) {
		return m
	}
	switch {
	case !opened:
		im.kind, im.reason = SuspectMissing, escape.Error(err)
		return nil
	case cut != nil:
		im.kind, im.reason = SuspectMissing, escape.Error(cut)
		return nil
	case unreadable != nil:
		im.kind, im.reason = SuspectUnreadable, escape.Error(unreadable)
	}
	if j.Hash {
		c.hash.Sum(im.digest[:0])
		im.bytes = c.n
	}
	if c.n == 0 {
		im.kind, im.reason = SuspectEmpty, ""
	}
	return nil
}

// counter counts and digests what is read.
type counter struct {
	r    io.Reader
	hash hash.Hash // nil: none
	n    int64
}

// Size is how many bytes there are.
func (c *counter) Size() int64 { return picture.SizeOf(c.r) }

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.hash != nil {
		c.hash.Write(p[:n]) // never fails
	}
	return n, err
}

// summarise turns what was found at each place into figures and suspicions.
func (in *Set) summarise(set *datasets.Set, images []place) {
	formats, colors := make(map[string]int), make(map[string]int)
	var widths, heights, aspects []float64
	for n := range images {
		im := &images[n]
		id := set.Items[im.rows[0]].ID
		in.Bytes += im.bytes
		if splits := splitsOf(set, im.rows); leaks(splits) {
			in.suspect(SuspectLeak, id, strings.Join(splits, ", "))
		}
		if im.kind != "" {
			in.suspect(im.kind, id, im.reason)
			continue
		}
		in.Readable++
		w, h := im.info.Width, im.info.Height
		formats[im.info.Format]++
		colors[im.info.Color]++
		widths, heights = append(widths, float64(w)), append(heights, float64(h))
		aspects = append(aspects, float64(w)/float64(h))
		in.suspectShape(id, im)
		for _, row := range im.rows {
			it := &set.Items[row]
			if it.Box != nil {
				in.suspectBox(fmt.Sprintf("%s, object %d", id, it.Object), it.Box, w, h)
			}
		}
	}
	in.Width, in.Height, in.Aspect = spread(widths), spread(heights), spread(aspects)
	in.Formats, in.Colors = counted(formats), counted(colors)
}

func (in *Set) suspectShape(id string, im *place) {
	w, h := im.info.Width, im.info.Height
	size := fmt.Sprintf("%dx%d pixels", w, h)
	if min(w, h) < tinySide {
		in.suspect(SuspectTiny, id, size)
	}
	if max(w, h) > extremeAspect*min(w, h) {
		in.suspect(SuspectAspect, id, size)
	}
	if im.at.Part == nil && !namedAs(im.at.Path, im.info.Format) {
		in.suspect(SuspectName, id, "is "+im.info.Format)
	}
}

func (in *Set) suspectBox(id string, b *datasets.Box, w, h int) {
	if at := b.Pixels(w, h); !at.In(image.Rect(0, 0, w, h)) {
		in.suspect(SuspectBox, id, fmt.Sprintf("%d,%d to %d,%d in %dx%d pixels", at.Min.X+1, at.Min.Y+1, at.Max.X, at.Max.Y, w, h))
	}
	if dw, dh := b.Drawn(); b.Scaled(w, h) {
		in.suspect(SuspectScaled, id, fmt.Sprintf("on %dx%d pixels, the image has %dx%d", dw, dh, w, h))
	}
}

func (in *Set) suspect(kind, id, reason string) {
	if reason != "" {
		id += ": " + reason
	}
	in.Suspicious[kind] = append(in.Suspicious[kind], id)
}

// namedAs tells whether a file's name has an extension of a format.
func namedAs(path, format string) bool {
	names := map[string][]string{
		"jpeg": {".jpg", ".jpeg", ".jpe", ".jfif"}, "tiff": {".tif", ".tiff"}, "bmp": {".bmp", ".dib"},
	}[format]
	if names == nil {
		names = []string{"." + format}
	}
	return slices.Contains(names, strings.ToLower(filepath.Ext(path)))
}
