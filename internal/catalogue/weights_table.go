package catalogue

import "fc7/internal/fetch"

// What is said of more than one file.
const (
	torchSource  = "torchvision (trained anew, IMAGENET1K_V1)"
	torchLicence = "BSD-3-Clause (torchvision); trained on ImageNet"
	torchBasis   = "first 8 digits of the SHA-256, in the file's name"

	authorsSource = "the paper's authors (Simonyan and Zisserman)"
	ccBy          = "CC BY 4.0 (VGG, University of Oxford)"
	sha1Basis     = "SHA-1 that MXNet's converter and other users record"

	kerasSource = "Keras applications (converted from the authors')"
	kerasBasis  = "MD5 in keras/src/applications; size as Keras prints it"

	matSource = "MatConvNet (converted from the authors')"
	matBasis  = "MD5 in MatConvNet's list of pretrained models"

	timmSource = "timm at Hugging Face (converted from torchvision's)"
	timmBasis  = "SHA-256 that users record"

	zooSource  = "ONNX model zoo"
	zooLicence = "Apache-2.0 (ONNX model zoo); trained on ImageNet"
	unknown    = "none known: the SHA-256 that comes is recorded, and must stay the same"
)

const (
	torchURL = "https://download.pytorch.org/models/"
	caffeURL = "https://www.robots.ox.ac.uk/~vgg/software/very_deep/caffe/"
	kerasURL = "https://storage.googleapis.com/tensorflow/keras-applications/"
	kerasOld = "https://github.com/fchollet/deep-learning-models/releases/download/v0.1/"
	matURL   = "https://www.vlfeat.org/matconvnet/models/"
	timmURL  = "https://huggingface.co/timm/"
	zooURL   = "https://media.githubusercontent.com/media/onnx/models/main/validated/vision/classification/vgg/model/"
)

// weights is in the order in which a user should consider the files: one family after the other.
var weights = []Weights{
	torch("vgg11", "vgg11", "vgg11-", "8a719046"),
	torch("vgg11_bn", "vgg11_bn", "vgg11_bn-", "6002323d"),
	torch("vgg13", "vgg13", "vgg13-", "19584684"),
	torch("vgg13_bn", "vgg13_bn", "vgg13_bn-", "abd245e5"),
	// The full digest is recorded by users, and agrees with the name.
	torch("vgg16", "vgg16", "vgg16-", "397923af", "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0"),
	torch("vgg16_bn", "vgg16_bn", "vgg16_bn-", "6c64b313"),
	torch("vgg19", "vgg19", "vgg19-", "dcbb9e9d"),
	torch("vgg19_bn", "vgg19_bn", "vgg19_bn-", "c79401a0"),
	features(torch("vgg16-features", "vgg16", "vgg16_features-amdegroot-", "88682ab5")),

	caffe("vgg16-caffe", "vgg16", "VGG_ILSVRC_16_layers.caffemodel", "9363e1f6d65f7dba68c4f27a1e62105cdf6c4e24"),
	caffe("vgg19-caffe", "vgg19", "VGG_ILSVRC_19_layers.caffemodel", "239785e7862442717d831f682bb824055e51e9ba"),

	keras("vgg16-keras", "vgg16", "vgg16_weights_tf_dim_ordering_tf_kernels.h5", "64373286793e3c8b2b4e3219cbf3544b", 553467096, ""),
	keras("vgg16-keras-notop", "vgg16", "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", "6d6bbae143d832006294945121d1f1fc", 58889256, noFC),
	keras("vgg19-keras", "vgg19", "vgg19_weights_tf_dim_ordering_tf_kernels.h5", "cbe5617147190e668d6c5d5026f83318", 574710816, ""),
	keras("vgg19-keras-notop", "vgg19", "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5", "253f8cb515780f3b799900260a226db6", 80134624, noFC),

	matconvnet("vgg16-matconvnet", "vgg16", "imagenet-vgg-verydeep-16.mat", "f72d927587ca4c97fbd165ec9cb9997f"),
	matconvnet("vgg19-matconvnet", "vgg19", "imagenet-vgg-verydeep-19.mat", "106118b7cf60435e6d8e04f6a6dc3657"),

	timm("vgg11-timm", "vgg11", "682c023808812148d4e60c76d80ad83dbeaf5d50eb1a952a0b836895003151e5"),
	timm("vgg16-timm", "vgg16", "57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8"),
	timm("vgg19-timm", "vgg19", ""),

	zoo("vgg16-onnx", "vgg16", "vgg16-7.onnx", "f20805a3ecccaa88647bbab4ad011ff2412a9838485ea844de0fcbce349820b9", 553437328),
	zoo("vgg16_bn-onnx", "vgg16_bn", "vgg16-bn-7.onnx", "", 0),
	zoo("vgg19-onnx", "vgg19", "vgg19-7.onnx", "", 0),
	zoo("vgg19_bn-onnx", "vgg19_bn", "vgg19-bn-7.onnx", "", 0),
}

const noFC = "no fully connected layers: serves pool5 and below, not fc7"

// torch is a file of torchvision; digits are those in its name, full the whole digest where it is known.
func torch(name, net, file, digits string, full ...string) Weights {
	e := Weights{
		Name: name, Net: net, URLs: []string{torchURL + file + digits + ".pth"}, Digests: digests(fetch.SHA256, digits), Basis: torchBasis,
		Format: "PyTorch", Source: torchSource, Licence: torchLicence, Preprocess: "torchvision",
		Accuracy: told(torchAccuracy, net, centreCrop, "torchvision"),
	}
	if len(full) > 0 {
		e.Digests, e.Basis = digests(fetch.SHA256, full[0]), "SHA-256 that users record; its first 8 digits are in the file's name"
	}
	return e
}

func features(e Weights) Weights {
	e.Source, e.Preprocess, e.Note = "torchvision (converted from the authors' by amdegroot)", "torchvision-features", noFC
	e.Accuracy = nil
	return e
}

func caffe(name, net, file, sha1 string) Weights {
	return Weights{
		Name: name, Net: net, URLs: []string{caffeURL + file}, Digests: digests(fetch.SHA1, sha1), Basis: sha1Basis,
		Format: "Caffe", Source: authorsSource, Licence: ccBy, Preprocess: "authors",
		Accuracy: told(paperAccuracy, net, denseThree, "the paper, table 4"),
	}
}

func keras(name, net, file, md5 string, size int64, note string) Weights {
	accuracy := told(kerasAccuracy, net, centreCrop, "keras-applications")
	if note != "" {
		accuracy = nil // without its last layers it names no class
	}
	return Weights{
		Name: name, Net: net, URLs: []string{kerasURL + net + "/" + file, kerasOld + file}, Accuracy: accuracy,
		Digests: digests(fetch.MD5, md5), Size: size, Basis: kerasBasis,
		Format: "HDF5", Source: kerasSource, Licence: ccBy, Preprocess: "authors", NoFC: note != "", Note: note,
	}
}

func matconvnet(name, net, file, md5 string) Weights {
	return Weights{
		Name: name, Net: net, URLs: []string{matURL + file}, Digests: digests(fetch.MD5, md5), Basis: matBasis,
		Format: "MatConvNet", Source: matSource, Licence: ccBy, Preprocess: "authors",
		Accuracy: told(paperAccuracy, net, denseThree, "the paper, table 4"),
	}
}

func timm(name, net, digest string) Weights {
	e := Weights{
		Name: name, Net: net, URLs: []string{timmURL + net + ".tv_in1k/resolve/main/model.safetensors"}, Digests: digests(fetch.SHA256, digest), Basis: timmBasis,
		Format: "safetensors", Source: timmSource, Licence: torchLicence, Preprocess: "torchvision",
		Accuracy: told(torchAccuracy, net, centreCrop, "torchvision"),
	}
	if digest == "" {
		e.Basis = unknown
	}
	return e
}

func zoo(name, net, file, digest string, size int64) Weights {
	e := Weights{
		Name: name, Net: net, URLs: []string{zooURL + file}, Digests: digests(fetch.SHA256, digest), Size: size, Basis: "SHA-256 and size in the zoo's Git LFS pointer",
		Format: "ONNX", Source: zooSource, Licence: zooLicence, Preprocess: "torchvision",
	}
	if digest == "" {
		e.Basis = unknown
	}
	return e
}

// digests are the one that is known, or none.
func digests(algorithm, hex string) []fetch.Digest {
	if hex == "" {
		return nil
	}
	return []fetch.Digest{{Algorithm: algorithm, Hex: hex}}
}
