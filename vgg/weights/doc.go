// Package weights opens files of network weights as lists of named tensors, reads any of them as float32, and writes
// safetensors.
//
// The format is told by the content of a file, never by its name; format.go has the table of formats. Opening reads
// headers only. Nothing in a file is ever executed: pickles are read into inert values (pickle.go), and only the
// description of a tensor is taken from them. Tensors are read with positioned reads, so no file is held in memory and
// a file that shrinks or changes after it was opened gives an error.
//
// Of a PyTorch file the state dictionary is read: the file's top value, or what it keeps under state_dict, model or
// another customary key (torch_state.go). The prefixes that DataParallel and torch.compile put before names are taken
// off (torch_wrappers.go). File.Metadata says where the tensors were found and what was taken off, and has the numbers
// and short texts beside them. Whole modules, TorchScript programs, and quantized or sparse tensors are refused.
//
// Of a .caffemodel the layers' blobs are named LAYER.weight, LAYER.bias, LAYER.blob2 and so on, without the leading
// axes of size 1 that V1 files put before inner products and biases (caffe_blob.go). Arrays of a .npz keep their names,
// a plain .npy is one tensor named array, and a pickled dictionary in it gives LAYER.weights and LAYER.biases, or
// whatever its keys are (numpy_pickle.go). Channel order and axes are the file's: BGR and OIHW in Caffe, HWIO in
// TensorFlow's arrays.
//
// Of an ONNX model the initializers and the values of Constant nodes are tensors, and File.Graph tells what is computed
// with them (onnx_walk.go); external data is read from the model's folder. A TensorFlow checkpoint is named by its
// prefix, its .index, one of its shards, or the one file of version 1; what an optimizer keeps beside the net is left
// out (tf_proto.go). Arranged (view.go) shows a tensor with its axes split and in another order.
//
// Of a Keras file the layers' weights are LAYER/kernel, LAYER/bias and so on, whichever Keras wrote it (keras.go); of
// another HDF5 file all arrays of numbers are tensors named by their paths. Of a MatConvNet net, SimpleNN or DagNN,
// they are LAYER.filters and LAYER.biases, and averageImage is kept as metadata (matconvnet.go).
//
// What lives where: source.go and tensor.go are the file and its tensors, strided.go views that are not dense,
// elements.go the numbers of every type, expect.go, finite.go and statistics.go the checks, safetensors_*.go,
// torch_*.go, caffe_*.go, onnx_*.go, tf_*.go, numpy_*.go, npz*.go, keras.go and matconvnet.go the formats, wire.go the
// protocol buffers of three of them. What pickles, HDF5 and MATLAB files hold is read by internal/pickle, internal/hdf5
// and internal/matfile.
//
// The package knows nothing of nets: which names and shapes a net wants is for its caller to say, with File.Expect.
package weights
