package catalogue

import "fc7/internal/fetch"

const (
	vocURL    = "http://host.robots.ox.ac.uk/pascal/VOC/"
	vocMirror = "https://pjreddie.com/media/files/"
	vocTerms  = `The images of PASCAL VOC come from flickr, and their use must respect flickr's terms of use
(https://www.flickr.com/help/terms). The organisers make no claim to them; they ask that the
data be used for research, and that the challenge be cited (http://host.robots.ox.ac.uk/pascal/VOC/).`
)

// dataSets: the digests are those of torchvision's data sets; the one of Caltech-101's new archive is recorded by many
// users, among them torch for R.
var dataSets = []DataSet{
	{
		Name: "caltech101", Title: "Caltech-101: 102 folders, 9,145 images, and their outlines; 137 MB", Kind: "caltech101",
		Folder: "caltech-101", Open: "caltech-101",
		Licence: "CC BY 4.0; Li, Andreeto, Ranzato, Perona: Caltech 101, https://doi.org/10.22002/D1.20086",
		Archives: []Archive{{
			File: "caltech-101.zip", URLs: []string{"https://data.caltech.edu/records/mzrjq-6wc02/files/caltech-101.zip"},
			Digests: digests(fetch.MD5, "3138e1922a9193bfa496528edbbc45d0"), Size: 137_414_764,
			Inner: []string{"caltech-101/101_ObjectCategories.tar.gz", "caltech-101/Annotations.tar"},
		}},
	},
	{
		Name: "caltech256", Title: "Caltech-256: 257 folders, 30,607 images; 1.2 GB", Kind: "caltech256",
		Folder: "256_ObjectCategories", Open: "256_ObjectCategories",
		Licence: "CC BY 4.0; Griffin, Holub, Perona: Caltech 256, https://data.caltech.edu/records/nyy15-4j048",
		Archives: []Archive{{
			File: "256_ObjectCategories.tar", URLs: []string{"https://data.caltech.edu/records/nyy15-4j048/files/256_ObjectCategories.tar"},
			Digests: digests(fetch.MD5, "67b4f42ca05d46448c6bb8ecd2220f6d"), Size: 1_183_006_720,
		}},
	},
	{
		Name: "voc2007", Title: "PASCAL VOC 2007: trainval and test, 9,963 images", Kind: "voc2007",
		Folder: "VOCdevkit/VOC2007", Open: "VOCdevkit", Licence: "flickr's terms of use", Terms: vocTerms,
		Archives: []Archive{
			voc("2007", "VOCtrainval_06-Nov-2007.tar", "c52e279531787c972589f7e41ab4ae64", 460_032_000),
			voc("2007", "VOCtest_06-Nov-2007.tar", "b6e924de25625d8de591ea690078ad9f", 451_020_800),
		},
	},
	{
		Name: "voc2012", Title: "PASCAL VOC 2012: trainval (the test images need an account at the evaluation server); 2 GB", Kind: "voc2012",
		Folder: "VOCdevkit/VOC2012", Open: "VOCdevkit", Licence: "flickr's terms of use", Terms: vocTerms,
		Archives: []Archive{voc("2012", "VOCtrainval_11-May-2012.tar", "6cd6e144f989b92b3379bac3b3de84fd", 1_999_639_040)},
	},
}

func voc(year, file, digest string, size int64) Archive {
	return Archive{File: file, URLs: []string{vocURL + "voc" + year + "/" + file, vocMirror + file}, Digests: digests(fetch.MD5, digest), Size: size}
}

// counts are those that the sets' authors give, by the kind that opens the set.
var counts = map[string]Counts{
	"caltech101":     {Images: 9_145},
	"caltech256":     {Images: 30_607},
	"voc2007":        {Images: 9_963, Splits: []Split{{"train", 2501, 0}, {"val", 2510, 0}, {"trainval", 5011, 0}, {"test", 4952, 0}}},
	"voc2012":        {Images: 22_531, Splits: []Split{{"train", 5717, 0}, {"val", 5823, 0}, {"trainval", 11540, 0}, {"test", 10991, 0}}},
	"voc2012:action": {Splits: []Split{{"train", 2296, 3134}, {"val", 2292, 3144}, {"trainval", 4588, 6278}}},
	"imagenet":       {Splits: []Split{{"train", 1_281_167, 0}, {"val", 50_000, 0}}},
}
