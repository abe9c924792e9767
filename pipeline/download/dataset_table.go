package download

import (
	"slices"

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
	Inner   []string       `json:"inner,omitempty"` // archives inside it, unpacked beside themselves and removed
}

func md5(hex string) []fetch.Digest { return []fetch.Digest{{Algorithm: fetch.MD5, Hex: hex}} }

const (
	vocURL    = "http://host.robots.ox.ac.uk/pascal/VOC/"
	vocMirror = "https://pjreddie.com/media/files/"
	vocTerms  = `The images of PASCAL VOC come from flickr, and their use must respect flickr's terms of use
(https://www.flickr.com/help/terms). The organisers make no claim to them; they ask that the
data be used for research, and that the challenge be cited (http://host.robots.ox.ac.uk/pascal/VOC/).`
)

// dataSets: the digests are those of torchvision's data sets; the one of Caltech-101's new
// archive is recorded by many users, among them torch for R.
var dataSets = []DataSet{
	{
		Name: "caltech101", Title: "Caltech-101: 102 folders, 9,145 images, and their outlines; 137 MB", Kind: "caltech101",
		Folder: "caltech-101", Open: "caltech-101",
		Licence: "CC BY 4.0; Li, Andreeto, Ranzato, Perona: Caltech 101, https://doi.org/10.22002/D1.20086",
		Archives: []Archive{{
			File: "caltech-101.zip", URLs: []string{"https://data.caltech.edu/records/mzrjq-6wc02/files/caltech-101.zip"},
			Digests: md5("3138e1922a9193bfa496528edbbc45d0"),
			Inner:   []string{"caltech-101/101_ObjectCategories.tar.gz", "caltech-101/Annotations.tar"},
		}},
	},
	{
		Name: "caltech256", Title: "Caltech-256: 257 folders, 30,607 images; 1.2 GB", Kind: "caltech256",
		Folder: "256_ObjectCategories", Open: "256_ObjectCategories",
		Licence: "CC BY 4.0; Griffin, Holub, Perona: Caltech 256, https://data.caltech.edu/records/nyy15-4j048",
		Archives: []Archive{{
			File: "256_ObjectCategories.tar", URLs: []string{"https://data.caltech.edu/records/nyy15-4j048/files/256_ObjectCategories.tar"},
			Digests: md5("67b4f42ca05d46448c6bb8ecd2220f6d"),
		}},
	},
	{
		Name: "voc2007", Title: "PASCAL VOC 2007: trainval and test, 9,963 images", Kind: "voc2007",
		Folder: "VOCdevkit/VOC2007", Open: "VOCdevkit", Licence: "flickr's terms of use", Terms: vocTerms,
		Archives: []Archive{
			voc("2007", "VOCtrainval_06-Nov-2007.tar", "c52e279531787c972589f7e41ab4ae64"),
			voc("2007", "VOCtest_06-Nov-2007.tar", "b6e924de25625d8de591ea690078ad9f"),
		},
	},
	{
		Name: "voc2012", Title: "PASCAL VOC 2012: trainval (the test images need an account at the evaluation server); 2 GB", Kind: "voc2012",
		Folder: "VOCdevkit/VOC2012", Open: "VOCdevkit", Licence: "flickr's terms of use", Terms: vocTerms,
		Archives: []Archive{voc("2012", "VOCtrainval_11-May-2012.tar", "6cd6e144f989b92b3379bac3b3de84fd")},
	},
}

func voc(year, file, digest string) Archive {
	return Archive{File: file, URLs: []string{vocURL + "voc" + year + "/" + file, vocMirror + file}, Digests: md5(digest)}
}

// DataSets returns what can be fetched. The caller owns the slice.
func DataSets() []DataSet { return slices.Clone(dataSets) }
