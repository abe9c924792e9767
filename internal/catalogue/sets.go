package catalogue

import (
	"slices"
	"strconv"

	"fc7/internal/fetch"
)

// DataSet is a published data set that may be downloaded.
type DataSet struct {
	Name     string    `json:"name"`
	Title    string    `json:"title"`
	Archives []Archive `json:"archives"`
	Kind     string    `json:"kind"`   // that opens it
	Folder   string    `json:"folder"` // what its archives unpack to; it is put into the user's folder under this name
	Open     string    `json:"open"`   // the folder to name behind KIND:, below the user's folder
	Licence  string    `json:"licence"`
	Terms    string    `json:"terms,omitempty"` // that the user has to accept; empty: an open licence
}

// Archive is a published file of a data set.
type Archive struct {
	File    string         `json:"file"`
	URLs    []string       `json:"urls"`
	Digests []fetch.Digest `json:"digests"`
	Size    int64          `json:"size,omitempty"`  // bytes; 0: not known
	Inner   []string       `json:"inner,omitempty"` // archives inside it, unpacked beside themselves and removed
	Into    string         `json:"into,omitempty"`  // the folder below the user's that it is unpacked in; "": the user's
	Plain   bool           `json:"plain,omitempty"` // no archive: a file that is put there as it is
}

// AllDataSets returns the sets that can be fetched. The caller owns the slice.
func AllDataSets() []DataSet { return slices.Clone(dataSets) }

// LookupDataSet finds a set by its name.
func LookupDataSet(name string) (DataSet, bool) {
	i := slices.IndexFunc(dataSets, func(s DataSet) bool { return s.Name == name })
	if i < 0 {
		return DataSet{}, false
	}
	return dataSets[i], true
}

// DataSetNames lists the names of the sets that can be fetched.
func DataSetNames() []string {
	names := make([]string, len(dataSets))
	for i, s := range dataSets {
		names[i] = s.Name
	}
	return names
}

// Counts are how many images a set was published with.
type Counts struct {
	Images int // of the whole set, labelled or not; 0: its authors count the splits alone
	Splits []Split
}

// Split is the size of an official split.
type Split struct {
	Name    string
	Images  int
	Objects int // boxes; 0: the set has none
}

// divisions are the splits of a set that its authors divided ten times alike.
func divisions(splits ...Split) (all []Split) {
	for n := 1; n <= 10; n++ {
		for _, s := range splits {
			all = append(all, Split{s.Name + strconv.Itoa(n), s.Images, s.Objects})
		}
	}
	return all
}

// PublishedCounts returns the counts of the set that a kind opens, nothing where the kind is no set of its own.
func PublishedCounts(kind string) Counts {
	c := counts[kind]
	c.Splits = slices.Clone(c.Splits)
	return c
}
