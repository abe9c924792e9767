package training

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"fc7/extract"
	"fc7/extract/picture"
	"fc7/pipeline/training/viewcache"
	"fc7/vgg"
)

// cacheIdentity is all that cached maps depend on. It stands in the cache, its fields in the order of their names. From
// a file to a row of maps there is:
//
//   - the bytes of the image: which file of the set it is, which part of it, how many bytes it has (Images); a file of the
//     same name and size that was changed is not seen, as extraction does not see it
//   - whether it is read: limits of its pixels and of the scaled picture's (MaxPixels, MaxViewPixels), and formerly of time
//     (Seconds)
//   - decoding, turning upright, colours, resizing (Resize, with the version of these), the box to crop to (Images)
//   - what is drawn: generator and order of what is drawn (Draw), its seed (Seed), stage (the first), the image's place in
//     the set (Images), the number of the view (its row: Train, Val, Views); from it the scale S (SMin, SMax), the crop
//     (Crop), the flip (Flip), the shift of colours (Colour) along axes of the training images (ColourAxes); the middle of
//     a validation image at its scale (ValSide)
//   - the box that is learnt, which stands in the row: how it is chosen, and what of it is in the crop (Boxes), and the
//     objects of the images (Images)
//   - the net through a layer: Net, WeightsSHA256, WeightsPrefix, Preprocessing, Said, Layer, and how its sums are rounded (Arithmetic), which
//     depend neither on threads nor on the views that go through together
//
// TestCacheIdentity changes each.
type cacheIdentity struct {
	Arithmetic    string          `json:"arithmetic"`
	Boxes         string          `json:"boxes,omitempty"`       // see boxes.words
	Colour        bool            `json:"colour"`                // shifts of colour, along
	ColourAxes    *[3][3]float64  `json:"colour_axes,omitempty"` // these
	Crop          int             `json:"crop"`
	Draw          int             `json:"draw"` // see drawVersion
	Flip          bool            `json:"flip"`
	Images        string          `json:"images"` // see viewer.images
	Layer         string          `json:"layer"`
	MaxPixels     int             `json:"max_pixels"`
	MaxViewPixels int64           `json:"max_view_pixels"`
	Net           string          `json:"net"` // of the weights
	Preprocessing vgg.Preprocess  `json:"preprocessing"`
	Resize        string          `json:"resize"`
	SMax          int             `json:"s_max"`
	SMin          int             `json:"s_min"`
	Said          *vgg.Preprocess `json:"said,omitempty"` // where the weights' file or their names say another; Preprocessing is in RGB
	Seconds       float64         `json:"seconds"`        // for an image; see formerSeconds
	Seed          uint64          `json:"seed"`
	Train         int             `json:"train"` // images
	Val           int             `json:"val"`
	ValSide       int             `json:"val_side"`
	Views         int             `json:"views"`                    // of a training image; 0: its middle
	WeightsPrefix string          `json:"weights_prefix,omitempty"` // of the tensors' names, where the file holds other nets besides
	WeightsSHA256 string          `json:"weights_sha256"`
}

// formerSeconds was the usual limit of the time for an image, when there was one. Caches go on to say it, so that those
// of then serve; one that says another is as good.
const formerSeconds = 120

// cacheHead is what a cache says of itself (viewcache.OtherError).
type cacheHead struct {
	Format int           `json:"cache"`
	Rows   int           `json:"rows"`
	Width  int           `json:"width"`
	Of     cacheIdentity `json:"of"`
}

// cacheProperties are what two caches are compared by, in the order in which differences are told.
var cacheProperties = []property[cacheHead]{
	{"format", func(h cacheHead) any { return h.Format }},
	{"images (sha256)", func(h cacheHead) any { return short(h.Of.Images) }},
	{"training images", func(h cacheHead) any { return h.Of.Train }},
	{"validation images", func(h cacheHead) any { return h.Of.Val }},
	{"net", func(h cacheHead) any { return h.Of.Net }},
	{"weights sha256", func(h cacheHead) any { return short(h.Of.WeightsSHA256) }},
	{"prefix of tensor names", func(h cacheHead) any { return h.Of.WeightsPrefix }},
	{"preprocessing", func(h cacheHead) any { return h.Of.Preprocessing }},
	{"preprocessing that is said", func(h cacheHead) any { return h.Of.Said }},
	{"layer", func(h cacheHead) any { return h.Of.Layer }},
	{"views", func(h cacheHead) any { return h.Of.Views }},
	{"smallest S", func(h cacheHead) any { return h.Of.SMin }},
	{"largest S", func(h cacheHead) any { return h.Of.SMax }},
	{"S of validation", func(h cacheHead) any { return h.Of.ValSide }},
	{"pixels of an image at most", func(h cacheHead) any { return h.Of.MaxPixels }},
	{"pixels of a scaled image at most", func(h cacheHead) any { return h.Of.MaxViewPixels }},
	{"version of what is drawn", func(h cacheHead) any { return h.Of.Draw }},
	{"crop", func(h cacheHead) any { return h.Of.Crop }},
	{"flip", func(h cacheHead) any { return h.Of.Flip }},
	{"shift of colour", func(h cacheHead) any { return h.Of.Colour }},
	{"axes of colour", func(h cacheHead) any { return h.Of.ColourAxes }},
	{"resize", func(h cacheHead) any { return h.Of.Resize }},
	{"arithmetic", func(h cacheHead) any { return h.Of.Arithmetic }},
	{"seed", func(h cacheHead) any { return h.Of.Seed }},
	{"boxes", func(h cacheHead) any { return h.Of.Boxes }},
	{"rows", func(h cacheHead) any { return h.Rows }},
	{"values of a row", func(h cacheHead) any { return h.Width }},
}

// cacheIdentity is that of the stage's maps.
func (v *viewer) cacheIdentity(ctx context.Context, rows cacheRows) (cacheIdentity, error) {
	r, t, reading := v.r, v.t, v.r.j.reading().Complete()
	images, err := v.images(ctx, rows)
	if err != nil {
		return cacheIdentity{}, err
	}
	id := cacheIdentity{
		Net: t.params.Config.Name, WeightsSHA256: t.sha, WeightsPrefix: t.file.Part, Preprocessing: r.pre, Said: t.file.Otherwise, Layer: r.stage.Cached,
		Images: images, Train: len(rows.train), Val: len(rows.val), Views: t.job.Views, Seed: r.j.Seed,
		SMin: r.stage.SMin, SMax: r.stage.SMax, Crop: r.stage.crop(), Flip: !r.j.NoFlip, Colour: !r.j.NoColour,
		MaxPixels: reading.Decode.Resolved().MaxPixels, MaxViewPixels: extract.DefaultMaxViewPixels, Seconds: formerSeconds,
		Draw: drawVersion, ValSide: r.loader.side,
		Resize: fmt.Sprintf("%s/%d", picture.ResizeFilter, picture.PixelVersion), Arithmetic: (&vgg.Model{}).Arithmetic(),
	}
	id.Boxes = r.split.boxes.words()
	if !r.j.NoColour {
		id.ColourAxes = &r.p.Colours.Axes
	}
	return id, nil
}

// images identifies the images whose views there are, wherever they lie: each by its place in the set, which its random
// numbers depend on, its name, box, and how many bytes it has.
func (v *viewer) images(ctx context.Context, rows cacheRows) (string, error) {
	h := sha256.New()
	for _, items := range [][]int{rows.train, rows.val} {
		for _, i := range items {
			it := &v.r.set.Items[i]
			size, err := v.r.loader.reader.Size(ctx, it)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(h, "%d %q %d %q %d\n", i, it.ID, it.Object, strings.TrimPrefix(it.At.String(), it.At.Path), size)
			if part := it.Region(); part != "" {
				fmt.Fprintf(h, "{%s}\n", part)
			}
			v.r.split.boxes.identify(h, i)
		}
		fmt.Fprintln(h)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (v *viewer) openCache(ctx context.Context, dir string, rows cacheRows, width int) (*viewcache.Cache, error) {
	of, err := v.cacheIdentity(ctx, rows)
	if err != nil {
		return nil, err
	}
	open := func() (*viewcache.Cache, error) {
		id, err := json.Marshal(of)
		if err != nil {
			return nil, err
		}
		return viewcache.Open(dir, id, rows.count(), width)
	}
	cache, err := open()
	var other *viewcache.OtherError
	if !errors.As(err, &other) {
		return cache, err
	}
	was, err1 := decode[cacheHead](other.Before)
	if err1 == nil && was.Of.Seconds != of.Seconds {
		of.Seconds = was.Of.Seconds
		if cache, err := open(); !errors.As(err, &other) {
			return cache, err
		}
	}
	now, err2 := decode[cacheHead](other.Asked)
	if errors.Join(err1, err2) != nil {
		return nil, other // maps of another version
	}
	return nil, fmt.Errorf("%s holds cached maps with other settings:\n%schoose another folder for them, or remove this one",
		other.Dir, differences("cache", cacheProperties, was, now))
}
