package catalogue

import (
	"path"

	"fc7/internal/fetch"
)

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
	{
		Name: "pets", Title: "Oxford-IIIT Pet: 37 breeds, 7,349 images (untested)", Kind: "pets",
		Folder: "oxford-iiit-pet", Open: "oxford-iiit-pet", Licence: "CC BY-SA 4.0; Parkhi, Vedaldi, Zisserman, Jawahar: Cats and Dogs",
		Archives: []Archive{
			oxford("pets/data/images.tar.gz", "5c4f3ee8e5d25df40f4fd59a7f44e54c", "oxford-iiit-pet"),
			oxford("pets/data/annotations.tar.gz", "95a8c909bbe2e81eed6a22bccdf3f68f", "oxford-iiit-pet"),
		},
	},
	{
		Name: "flowers102", Title: "Oxford Flowers-102: 102 classes, 8,189 images (untested)", Kind: "flowers102",
		Folder: "flowers-102", Open: "flowers-102", Licence: "not stated; Nilsback, Zisserman: Automated Flower Classification over a Large Number of Classes",
		Archives: []Archive{
			oxford("flowers/102/102flowers.tgz", "52808999861908f626f3c1f4e79d11fa", "flowers-102"),
			oxford("flowers/102/imagelabels.mat", "e0620be6f572b9609742df49c70aed4d", "flowers-102"),
			oxford("flowers/102/setid.mat", "a5357ecc9cb78c4bef273ce3793fc85c", "flowers-102"),
		},
	},
	{
		Name: "dtd", Title: "Describable Textures: 47 classes, 5,640 images; 600 MB (untested)", Kind: "dtd",
		Folder: "dtd", Open: "dtd", Licence: "for research; Cimpoi, Maji, Kokkinos, Mohamed, Vedaldi: Describing Textures in the Wild",
		Archives: []Archive{oxford("dtd/download/dtd-r1.0.1.tar.gz", "fff73e5086ae6bdbea199a49dfb8a4c1", "")},
	},
	{
		Name: "cub200", Title: "Caltech-UCSD Birds 200-2011: 200 species, 11,788 images; 1.1 GB (untested)", Kind: "cub200",
		Folder: "CUB_200_2011", Open: "CUB_200_2011", Licence: "for research, not commercial; Wah, Branson, Welinder, Perona, Belongie, https://doi.org/10.22002/D1.20098",
		Archives: []Archive{{
			File: "CUB_200_2011.tgz", URLs: []string{"https://data.caltech.edu/records/65de6-vp158/files/CUB_200_2011.tgz"},
			Digests: digests(fetch.MD5, "97eceeb196236b17998738112f37df78"),
		}},
	},
	{
		Name: "aircraft", Title: "FGVC-Aircraft: 100 variants, 10,000 images; 2.8 GB (untested)", Kind: "aircraft",
		Folder: "fgvc-aircraft-2013b", Open: "fgvc-aircraft-2013b", Licence: "for research, not commercial; Maji, Kannala, Rahtu, Blaschko, Vedaldi, arXiv 1306.5151",
		Archives: []Archive{oxford("fgvc-aircraft/archives/fgvc-aircraft-2013b.tar.gz", "d4acdd33327262359767eeaa97a4f732", "")},
	},
	{
		Name: "food101", Title: "Food-101: 101 dishes, 101,000 images; 5 GB (untested)", Kind: "food101",
		Folder: "food-101", Open: "food-101", Licence: "for research; the images are of foodspotting.com; Bossard, Guillaumin, Van Gool: Food-101",
		Archives: []Archive{{
			File: "food-101.tar.gz", URLs: []string{"http://data.vision.ee.ethz.ch/cvl/food-101.tar.gz"},
			Digests: digests(fetch.MD5, "85eeb15f3717b99a5da872d97d918f87"),
		}},
	},
	{
		Name: "cifar10", Title: "CIFAR-10: 10 classes, 60,000 images of 32x32; 170 MB (untested)", Kind: "cifar10",
		Folder: "cifar-10-batches-bin", Open: "cifar-10-batches-bin", Licence: "not stated; Krizhevsky: Learning Multiple Layers of Features from Tiny Images",
		Archives: []Archive{toronto("cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530")},
	},
	{
		Name: "cifar100", Title: "CIFAR-100: 100 classes, 60,000 images of 32x32; 169 MB (untested)", Kind: "cifar100",
		Folder: "cifar-100-binary", Open: "cifar-100-binary", Licence: "not stated; Krizhevsky: Learning Multiple Layers of Features from Tiny Images",
		Archives: []Archive{toronto("cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8")},
	},
}

// toronto is an archive of Krizhevsky's.
func toronto(file, digest string) Archive {
	return Archive{File: file, URLs: []string{"https://www.cs.toronto.edu/~kriz/" + file}, Digests: digests(fetch.MD5, digest)}
}

// oxford is a file of the Visual Geometry Group at Oxford.
func oxford(at, digest, into string) Archive {
	return Archive{
		File: path.Base(at), URLs: []string{"https://www.robots.ox.ac.uk/~vgg/data/" + at}, Digests: digests(fetch.MD5, digest),
		Into: into, Plain: path.Ext(at) == ".mat",
	}
}

func voc(year, file, digest string, size int64) Archive {
	return Archive{File: file, URLs: []string{vocURL + "voc" + year + "/" + file, vocMirror + file}, Digests: digests(fetch.MD5, digest), Size: size}
}

var aircraft = Counts{Images: 10_000, Splits: []Split{{"train", 3334, 0}, {"val", 3333, 0}, {"test", 3333, 0}}}

// counts are those that the sets' authors give, by the kind that opens the set.
var counts = map[string]Counts{
	"caltech101":     {Images: 9_145},
	"caltech256":     {Images: 30_607},
	"voc2007":        {Images: 9_963, Splits: []Split{{"train", 2501, 0}, {"val", 2510, 0}, {"trainval", 5011, 0}, {"test", 4952, 0}}},
	"voc2012":        {Images: 22_531, Splits: []Split{{"train", 5717, 0}, {"val", 5823, 0}, {"trainval", 11540, 0}, {"test", 10991, 0}}},
	"voc2012:action": {Splits: []Split{{"train", 2296, 3134}, {"val", 2292, 3144}, {"trainval", 4588, 6278}}},
	"pets":           {Images: 7_349, Splits: []Split{{"trainval", 3680, 0}, {"test", 3669, 0}}},
	"flowers102":     {Images: 8_189, Splits: []Split{{"train", 1020, 0}, {"val", 1020, 0}, {"test", 6149, 0}}},
	"dtd":            {Images: 5_640, Splits: divisions(Split{"train", 1880, 0}, Split{"val", 1880, 0}, Split{"test", 1880, 0})},
	"cub200":         {Images: 11_788, Splits: []Split{{"trainval", 5994, 0}, {"test", 5794, 0}}},
	"cars":           {Images: 16_185, Splits: []Split{{"trainval", 8144, 0}, {"test", 8041, 0}}},
	"food101":        {Images: 101_000, Splits: []Split{{"trainval", 75_750, 0}, {"test", 25_250, 0}}},
	"sun397":         {Splits: divisions(Split{"train", 19_850, 0}, Split{"test", 19_850, 0})},
	"mit67":          {Images: 6_700, Splits: []Split{{"trainval", 5360, 0}, {"test", 1340, 0}}},
	"coco":           {Splits: []Split{{"train", 118_287, 0}, {"val", 5000, 0}}},
	"cifar10":        {Images: 60_000, Splits: []Split{{"trainval", 50_000, 0}, {"test", 10_000, 0}}},
	"cifar100":       {Images: 60_000, Splits: []Split{{"trainval", 50_000, 0}, {"test", 10_000, 0}}},
	"dogs":           {Images: 20_580, Splits: []Split{{"trainval", 12_000, 0}, {"test", 8580, 0}}},
	"aircraft":       aircraft, "aircraft:family": aircraft, "aircraft:manufacturer": aircraft,
	"imagenet": {Splits: []Split{{"train", 1_281_167, 0}, {"val", 50_000, 0}}},
}
