// Package catalogue is the list of the official VGG weights: where they are published, and
// how to tell that a file is the one that was published. It is data; what downloads is
// elsewhere.
//
// Every digest and size was taken from a document of the publisher, or of several users who
// agree; Basis says which. Where none is known, none is invented: the entry has no digest,
// and whoever downloads the file records what came.
package catalogue

import (
	"path"
	"slices"
	"strings"

	"fc7/internal/fetch"
	"fc7/vgg"
)

// Entry is a file of weights as its publisher offers it.
type Entry struct {
	Name       string         `json:"name"` // by which fc7 knows it: vgg16, vgg16-caffe
	Net        string         `json:"net"`  // that it holds, as vgg.Lookup names it
	URLs       []string       `json:"urls"`
	Size       int64          `json:"size,omitempty"`    // bytes; 0: not confirmed
	Digests    []fetch.Digest `json:"digests,omitempty"` // empty: not known
	Basis      string         `json:"basis"`             // what vouches for the digests
	Format     string         `json:"format"`
	Source     string         `json:"source"`
	Licence    string         `json:"licence"`
	Preprocess string         `json:"preprocessing"`   // which applies; it is chosen by the file's content
	NoFC       bool           `json:"no_fc,omitempty"` // the file lacks the fully connected layers
	Note       string         `json:"note,omitempty"`
}

// About estimates the bytes of the file: its net's numbers as float32. The published files
// are a few kilobytes larger. 0 for a net that is not known.
func (e Entry) About() int64 {
	c, err := vgg.Lookup(e.Net)
	if err != nil {
		return 0
	}
	if e.NoFC {
		c.FC, c.Classes = 0, 0
	}
	return 4 * int64(c.Params())
}

// File is the name that the publisher gave the file, which is also its name in a cache.
// Publishers who call every file alike (model.safetensors) get the entry's name before it.
func (e Entry) File() string {
	base := path.Base(e.URLs[0])
	if strings.HasPrefix(base, "model.") {
		return e.Name + "-" + base
	}
	return base
}

// All returns the entries, in the order of the table. The caller owns the slice.
func All() []Entry { return slices.Clone(table) }

// Lookup finds an entry by its name.
func Lookup(name string) (Entry, bool) {
	i := slices.IndexFunc(table, func(e Entry) bool { return e.Name == name })
	if i < 0 {
		return Entry{}, false
	}
	return table[i], true
}

// Names lists the names of the entries.
func Names() []string {
	names := make([]string, len(table))
	for i, e := range table {
		names[i] = e.Name
	}
	return names
}
