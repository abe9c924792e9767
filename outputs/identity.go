package outputs

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"reflect"
	"slices"

	"fc7/internal/readjson"
)

// FormatVersion is the version of the feature table's own layout: its columns, their types and the footer's keys.
// Version 2 added the shard's digest of itself. Tables from oldestFormat on are read; one table is never written in two
// versions.
const (
	FormatVersion = 2
	oldestFormat  = 1
)

// Identity says what a feature table's numbers depend on, and nothing else: two runs with equal identities give equal
// bytes, on any machine. Paths and times are therefore not part of it; they stand in the Manifest. It is stored as JSON
// in the footer of each shard (key "fc7.identity") and in manifest.json.
type Identity struct {
	Format        int           `json:"format"`                   // FormatVersion
	Arithmetic    string        `json:"arithmetic"`               // version of the forward pass; changes with any bit of its results
	Net           string        `json:"net"`                      // "vgg16", "vgg16/8", …
	WeightsSHA256 string        `json:"weights_sha256"`           // of the whole weights file, in hex
	WeightsPrefix string        `json:"weights_prefix,omitempty"` // of the tensors' names, where the file holds other nets besides
	Preprocessing Preprocessing `json:"preprocessing"`            // what the weights expect of a pixel
	Layers        []string      `json:"layers"`
	Scales        []int         `json:"scales"`                  // smallest image side in pixels
	Views         string        `json:"views,omitempty"`         // what of an image the net sees: "" or "dense", the whole; "crops", "centre"
	CropSize      int           `json:"crop_size,omitempty"`     // side of the crops in pixels; 0: whole images
	Flip          bool          `json:"flip"`                    // mean with the mirrored image
	Pooling       string        `json:"pooling"`                 // over positions: "mean", …
	PoolRounding  string        `json:"pool_rounding,omitempty"` // of odd sides by the net's max-pooling: "" or "floor", "ceil"
	LRN           string        `json:"lrn,omitempty"`           // constants of the net's normalisation where they are not A-LRN's own
	Resize        string        `json:"resize"`                  // filter and version of the pixel arithmetic, such as "bilinear-antialias/1"
	BoxContext    float64       `json:"box_context,omitempty"`   // factor that boxes were enlarged by; 0: as they are
	Dtype         string        `json:"dtype"`                   // Float32 or Float16
	Inputs        Inputs        `json:"inputs"`

	// Aggregate says how the one descriptor of an aggregated table was made of the columns of another; "" in that one.
	Aggregate string `json:"aggregate,omitempty"`
}

// Preprocessing turns a pixel p of 0 to 255 into the net's input (p*Scale - Mean)/Std, channels in the order of
// Channels.
type Preprocessing struct {
	Channels string     `json:"channels"` // "RGB" or "BGR"
	Scale    float64    `json:"scale"`
	Mean     [3]float64 `json:"mean"`
	Std      [3]float64 `json:"std"`
	// MeanOf names what Mean stands for, where the weights were trained with a mean image; "": Mean is their own.
	MeanOf string `json:"mean_of,omitempty"`
}

// Inputs identifies the list of items, without the place where the data set lies.
type Inputs struct {
	Kind  string `json:"kind"` // of data set: "voc2007", "folder", …
	Count int    `json:"count"`
	Boxes int    `json:"boxes,omitempty"` // items that are a box of their image
	// None counts the items that are known to be of none of the classes. In a table that has some, labels may be null, which
	// is not known; in others an empty list is not known.
	None int `json:"none,omitempty"`
	// Foot is how many rows of pixels at the foot of every picture, such as those of a banner, are no part of the
	// images.
	Foot   int    `json:"foot,omitempty"`
	SHA256 string `json:"sha256"` // see Digest
}

// Digest computes Inputs.SHA256: add every item in order, each as the strings that define it (key, object, box, labels,
// splits). Item and string boundaries are part of the digest, so that no two lists collide by concatenation.
type Digest struct{ h hash.Hash }

// NewDigest starts an empty list.
func NewDigest() *Digest { return &Digest{sha256.New()} }

// Add appends one item.
func (d *Digest) Add(fields ...string) {
	d.length(len(fields))
	for _, f := range fields {
		d.length(len(f))
		d.h.Write([]byte(f))
	}
}

func (d *Digest) length(n int) {
	d.h.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
}

// Sum gives the digest in hex.
func (d *Digest) Sum() string { return hex.EncodeToString(d.h.Sum(nil)) }

// part is a set of the properties that identities are compared by.
type part int

const (
	descriptorPart part = 1 << iota
	inputPart
	layoutPart
)

// properties lists what Differences compares, in the order of its answer.
var properties = []struct {
	name string
	part part
	get  func(Identity) any
}{
	{"table format", layoutPart, func(i Identity) any { return i.Format }},
	{"net", descriptorPart, func(i Identity) any { return i.Net }},
	{"weights sha256", descriptorPart, func(i Identity) any { return short(i.WeightsSHA256) }},
	{"prefix of tensor names", descriptorPart, func(i Identity) any { return i.WeightsPrefix }},
	{"preprocessing", descriptorPart, func(i Identity) any { return i.Preprocessing }},
	{"layers", descriptorPart, func(i Identity) any { return i.Layers }},
	{"scales", descriptorPart, func(i Identity) any { return i.Scales }},
	{"views", descriptorPart, func(i Identity) any { return cmp.Or(i.Views, "dense") }},
	{"crop size", descriptorPart, func(i Identity) any { return i.CropSize }},
	{"flip", descriptorPart, func(i Identity) any { return i.Flip }},
	{"pooling", descriptorPart, func(i Identity) any { return i.Pooling }},
	{"pool rounding", descriptorPart, func(i Identity) any { return rounding(cmp.Or(i.PoolRounding, "floor")) }},
	{"local response normalisation", descriptorPart, func(i Identity) any { return cmp.Or(i.LRN, "A-LRN's own constants") }},
	{"box context", descriptorPart, func(i Identity) any { return i.BoxContext }},
	{"resize", descriptorPart, func(i Identity) any { return i.Resize }},
	{"dtype", descriptorPart, func(i Identity) any { return i.Dtype }},
	{"aggregation", descriptorPart, func(i Identity) any { return i.Aggregate }},
	{"arithmetic", descriptorPart, func(i Identity) any { return i.Arithmetic }},
	{"data set kind", inputPart, func(i Identity) any { return i.Inputs.Kind }},
	{"number of inputs", inputPart, func(i Identity) any { return i.Inputs.Count }},
	{"number of boxes", inputPart, func(i Identity) any { return i.Inputs.Boxes }},
	{"number of inputs of no class", inputPart, func(i Identity) any { return i.Inputs.None }},
	{"rows of pixels cut off at the foot", inputPart, func(i Identity) any { return i.Inputs.Foot }},
	{"list of inputs (sha256)", inputPart, func(i Identity) any { return short(i.Inputs.SHA256) }},
}

// Differences names, in words, each property in which now differs from the table's identity i: "weights sha256: table
// has ab12cd34ef56…, now 0123456789ab…". It is empty when a resume or a merge may go on.
func (i Identity) Differences(now Identity) []string {
	return i.differences(now, descriptorPart|inputPart|layoutPart)
}

// DescriptorDifferences is Differences without the inputs: what must agree between the table a head was trained on and
// the images it is applied to.
func (i Identity) DescriptorDifferences(now Identity) []string {
	return i.differences(now, descriptorPart)
}

// InputDifferences compares the inputs alone: what must agree between tables that are joined row by row, such as those
// of two nets.
func (i Identity) InputDifferences(now Identity) []string {
	return i.differences(now, inputPart)
}

func (i Identity) differences(now Identity, parts part) []string {
	var out []string
	for _, p := range properties {
		if p.part&parts == 0 {
			continue
		}
		if a, b := p.get(i), p.get(now); !equal(a, b) {
			line := fmt.Sprintf("%s: table has %v, now %v", p.name, a, b)
			if r, ok := a.(rounding); ok {
				line += fmt.Sprintf(" (--pool-rounding %s computes as the table was; tables of Caffe's weights were once made with floor)", r)
			}
			out = append(out, line)
		}
	}
	return out
}

// equal compares two values of one property; an empty list and a missing one are the same.
func equal(a, b any) bool {
	switch a := a.(type) {
	case []string:
		return slices.Equal(a, b.([]string))
	case []int:
		return slices.Equal(a, b.([]int))
	case short:
		return a == b
	}
	return reflect.DeepEqual(a, b)
}

// rounding is a value that a flag brings back.
type rounding string

// short prints the first 12 digits of a digest, and compares all of them.
type short string

func (s short) String() string {
	if s == "" {
		return "none"
	}
	if len(s) <= 12 {
		return string(s)
	}
	return string(s[:12]) + "…"
}

func (p Preprocessing) String() string {
	text := fmt.Sprintf("%s, scale %g, mean %g, std %g", p.Channels, p.Scale, p.Mean, p.Std)
	if p.MeanOf != "" {
		text += " (" + p.MeanOf + ")"
	}
	return text
}

func (i Identity) encode() (string, error) {
	b, err := json.Marshal(i)
	if err != nil {
		return "", fmt.Errorf("encoding the identity: %w", err)
	}
	return string(b), nil
}

func decodeIdentity(text string) (Identity, error) {
	var i Identity
	if err := readjson.Text([]byte(text), &i); err != nil {
		return Identity{}, fmt.Errorf("footer key %s: %w", keyIdentity, err)
	}
	return i, i.check()
}

// check makes sure that an identity from a file is one of a table that this program reads.
func (i Identity) check() error {
	if err := checkFormat(i.Format); err != nil {
		return err
	}
	if i.Net == "" || len(i.Layers) == 0 || len(i.Scales) == 0 || slices.Min(i.Scales) < 0 {
		return fmt.Errorf("identity: expected a net, layers and scales, found %q, %q and %v", i.Net, i.Layers, i.Scales)
	}
	if n := i.Inputs; min(n.Count, n.Boxes, n.None) < 0 || max(n.Boxes, n.None) > n.Count {
		return fmt.Errorf("identity: inputs: expected a count of 0 or more, and no more boxes or inputs of no class, found %d, %d and %d", n.Count, n.Boxes, n.None)
	}
	return nil
}

func checkFormat(v int) error {
	if v < oldestFormat || v > FormatVersion {
		return fmt.Errorf("table format %d, this program reads %d to %d: extract again, or use the program that wrote it", v, oldestFormat, FormatVersion)
	}
	return nil
}
