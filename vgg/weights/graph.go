package weights

// Step is one operator of a file that says what is computed with its tensors.
type Step struct {
	// Op is the operator by ONNX's name: Conv, Gemm, MatMul (also with the Add of a bias), BatchNormalization, Relu,
	// MaxPool, LRN, or another one that is applied to the image.
	Op     string
	Name   string  // of the weight, or the operator's own; of File.Layers the layer's, as in the names of its tensors
	Node   string  // the operator's own name, for messages
	Weight *Tensor // Conv [out,in,h,w]; Gemm and MatMul [out,in]; BatchNormalization [channels]; else nil
	Bias   *Tensor // [out] or nil

	Mean, Variance *Tensor // of BatchNormalization
	Epsilon        float64

	Kernel, Strides, Dilations, Pads []int // as the operator has them, Pads beginnings before ends; nil: not said
	Group                            int   // of a convolution; 0: as the shape of its weights tells
	SamePads                         bool  // auto_pad: outputs have the size of inputs
	Ceil                             bool  // of pooling: a last window that is not whole counts
	// ChannelsLast says that a fully connected layer's inputs were flattened rows, columns, channels.
	ChannelsLast bool

	Norm Norm // of LRN

	NoBias bool // the layer has none, which is one of zeros
	Unsaid bool // the file has no parameters of the layer

	// Odd are attributes that change what the operator computes from what its name says.
	Odd []Odd
	// terms are the format's words for Kernel, Strides, Dilations, Pads, Group and Ceil, where they are not ONNX's.
	terms map[string]string
}

// Norm is a local response normalisation across channels: x / (K + Alpha * sum of squares over Size channels)^Beta.
type Norm struct {
	Size           int
	K, Alpha, Beta float64
}

// Odd is an attribute with a value that has no place in a Step.
type Odd struct{ Attribute, Want, Found string }

// odd notes an attribute that is not as it must be.
func (s *Step) odd(attribute, want, found string) {
	s.Odd = append(s.Odd, Odd{attribute, want, found})
}

// Term is the format's word for one of ONNX's attributes.
func (s *Step) Term(name string) string {
	if t := s.terms[name]; t != "" {
		return t
	}
	return name
}
