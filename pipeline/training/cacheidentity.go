package training

import (
	"encoding/json"
	"errors"
	"fmt"

	"fc7/extract/picture"
	"fc7/pipeline/training/viewcache"
	"fc7/vgg"
)

// cacheIdentity is all that cached maps depend on. It stands in the cache, its fields in the order of their names.
type cacheIdentity struct {
	Arithmetic    string         `json:"arithmetic"`
	Colour        bool           `json:"colour"`                // shifts of colour, along
	ColourAxes    *[3][3]float64 `json:"colour_axes,omitempty"` // these
	Crop          int            `json:"crop"`
	Flip          bool           `json:"flip"`
	Images        string         `json:"images"` // see split.digest
	Layer         string         `json:"layer"`
	Net           string         `json:"net"` // of the weights
	Preprocessing vgg.Preprocess `json:"preprocessing"`
	Resize        string         `json:"resize"`
	SMax          int            `json:"s_max"`
	SMin          int            `json:"s_min"`
	Seed          uint64         `json:"seed"`
	Train         int            `json:"train"` // images
	Val           int            `json:"val"`
	Views         int            `json:"views"` // of a training image; 0: its middle
	WeightsSHA256 string         `json:"weights_sha256"`
}

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
	{"preprocessing", func(h cacheHead) any { return h.Of.Preprocessing }},
	{"layer", func(h cacheHead) any { return h.Of.Layer }},
	{"views", func(h cacheHead) any { return h.Of.Views }},
	{"smallest S", func(h cacheHead) any { return h.Of.SMin }},
	{"largest S", func(h cacheHead) any { return h.Of.SMax }},
	{"crop", func(h cacheHead) any { return h.Of.Crop }},
	{"flip", func(h cacheHead) any { return h.Of.Flip }},
	{"shift of colour", func(h cacheHead) any { return h.Of.Colour }},
	{"axes of colour", func(h cacheHead) any { return h.Of.ColourAxes }},
	{"resize", func(h cacheHead) any { return h.Of.Resize }},
	{"arithmetic", func(h cacheHead) any { return h.Of.Arithmetic }},
	{"seed", func(h cacheHead) any { return h.Of.Seed }},
	{"rows", func(h cacheHead) any { return h.Rows }},
	{"values of a row", func(h cacheHead) any { return h.Width }},
}

// cacheIdentity is that of the stage's maps.
func (v *viewer) cacheIdentity(rows cacheRows) cacheIdentity {
	r, t := v.r, v.t
	id := cacheIdentity{
		Net: t.params.Config.Name, WeightsSHA256: t.sha, Preprocessing: r.pre, Layer: r.stage.Cached,
		Images: r.split.digest(r.set), Train: len(rows.train), Val: len(rows.val), Views: t.job.Views, Seed: r.j.Seed,
		SMin: r.stage.SMin, SMax: r.stage.SMax, Crop: crop, Flip: !r.j.NoFlip, Colour: !r.j.NoColour,
		Resize: fmt.Sprintf("%s/%d", picture.ResizeFilter, picture.PixelVersion), Arithmetic: (&vgg.Model{}).Arithmetic(),
	}
	if !r.j.NoColour {
		id.ColourAxes = &r.p.Colours.Axes
	}
	return id
}

func (v *viewer) openCache(dir string, rows cacheRows, width int) (*viewcache.Cache, error) {
	id, err := json.Marshal(v.cacheIdentity(rows))
	if err != nil {
		return nil, err
	}
	cache, err := viewcache.Open(dir, id, rows.count(), width)
	var other *viewcache.OtherError
	if !errors.As(err, &other) {
		return cache, err
	}
	was, err1 := decode[cacheHead](other.Before)
	now, err2 := decode[cacheHead](other.Asked)
	if errors.Join(err1, err2) != nil {
		return nil, other // maps of another version
	}
	return nil, fmt.Errorf("%s holds cached maps with other settings:\n%schoose another folder for them, or remove this one",
		other.Dir, differences("cache", cacheProperties, was, now))
}
