package weights

import (
	"fmt"
	"strings"
)

// format is a row of the table of file formats.
type format struct {
	name  string // File.Format
	title string // for messages and help texts
	// sniff tells by content whether a file claims to be of this format; a claim that turns out wrong is for open to
	// report, so that a damaged file is named as what it was.
	sniff func(*source) bool
	// open reads the headers.
	open func(*source) (*contents, error)
}

// contents is what a format's headers told.
type contents struct {
	tensors  []*Tensor
	metadata map[string]string
	graph    []Step
	layers   []Step // see File.Layers
	inOrder  bool   // see File.InOrder
}

// formats is tried in order; the surest signatures come first.
var formats = []format{
	{"pytorch-legacy", "PyTorch .pth (legacy)", sniffTorchLegacy, openTorchLegacy},
	{"pytorch-zip", "PyTorch .pth (zip)", sniffTorchZip, openTorchZip},
	{"keras", "Keras .keras (zip)", sniffKerasArchive, openKerasArchive},
	{"numpy-npz", "NumPy .npz", sniffNpz, openNpz},
	{"numpy", "NumPy .npy", sniffNumpy, openNumpy},
	{"matlab-v7.3", "MatConvNet .mat (v7.3)", sniffMatlab73, openMatlab},
	{"matlab-v5", "MatConvNet .mat (v5)", sniffMatlab5, openMatlab},
	{"hdf5", "Keras .h5 (HDF5)", sniffHDF5, openHDF5},
	{"safetensors", "safetensors", sniffSafetensors, openSafetensors},
	{"tensorflow", "TensorFlow checkpoint (V1, V2)", isTable, openCheckpoint},
	{"onnx", "ONNX", sniffONNX, openONNX},
	{"caffemodel", "Caffe .caffemodel", sniffCaffe, openCaffe},
	{"overfeat", "OverFeat net_weight", sniffOverFeat, openOverFeat},
}

// Formats lists the formats that Open reads, for help texts.
func Formats() []string {
	titles := make([]string, len(formats))
	for i, f := range formats {
		titles[i] = f.title
	}
	return titles
}

// openFormat finds the format of s and reads its headers.
func openFormat(s *source) (string, *contents, error) {
	if s.size == 0 {
		return "", nil, fmt.Errorf("%s: expected weights, found an empty file; fetch it again", s.path)
	}
	for _, f := range formats {
		if !f.sniff(s) {
			continue
		}
		c, err := f.open(s)
		if err != nil {
			return "", nil, fmt.Errorf("%s: %s: %w", s.path, f.name, err)
		}
		for _, t := range c.tensors {
			t.path = s.path
			if t.changed == nil {
				t.changed = s.changed
			}
		}
		return f.name, c, nil
	}
	return "", nil, fmt.Errorf("%s: expected weights (%s), found %s", s.path, strings.Join(Formats(), ", "), stranger(s))
}
