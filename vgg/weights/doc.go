// Package weights opens files of network weights as lists of named tensors, reads any of them as float32, and writes
// safetensors.
//
// The format is told by the content of a file, never by its name; formats.go has the table of formats. Opening reads
// headers only. Nothing in a file is ever executed: pickles are read into inert values (pickle.go), and only the
// description of a tensor is taken from them. Tensors are read with positioned reads, so no file is held in memory and
// a file that shrinks or changes after it was opened gives an error.
//
// Of a PyTorch file the state dictionary is read: the file's top value, or what it keeps under state_dict, model or
// another customary key (torch_state.go). The prefixes that DataParallel and torch.compile put before names are taken off
// (torch_wrappers.go). File.Metadata says where the tensors were found and what was taken off, and has the numbers and
// short texts beside them. Whole modules, TorchScript programs, and quantized or sparse tensors are refused.
//
// What lives where: source.go and tensor.go are the file and its tensors, strided.go views that are not dense,
// convert.go the element types, expect.go, finite.go and statistics.go the checks, safetensors_*.go, pickle_*.go and
// torch_*.go the formats.
//
// The package knows nothing of nets: which names and shapes a net wants is for its caller to say, with File.Expect.
package weights
