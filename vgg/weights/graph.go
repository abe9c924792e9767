package weights

// Step is one operator of a file that holds a graph, in the order of computation.
type Step struct {
	// Op is the operator by ONNX's name: Conv, Gemm, MatMul (also with the Add of a bias), BatchNormalization, Relu,
	// MaxPool, or another one that the graph applies to the image.
	Op     string
	Name   string  // of the weight, or the operator's own
	Node   string  // the operator's own; may be empty
	Weight *Tensor // Conv [out,in,h,w]; Gemm and MatMul [out,in]; BatchNormalization [channels]; else nil
	Bias   *Tensor // [out] or nil

	Mean, Variance *Tensor // of BatchNormalization
	Epsilon        float64

	Kernel, Strides, Dilations, Pads []int // as the operator has them, Pads beginnings before ends; nil: ONNX's default
	Group                            int
	SamePads                         bool // auto_pad: outputs have the size of inputs
	// ChannelsLast says that a fully connected layer's inputs were flattened rows, columns, channels.
	ChannelsLast bool
}
