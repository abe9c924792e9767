// Package portable writes linear heads for other programs: as an ONNX graph (onnx.go, in the wire format of protobuf
// that proto.go writes) and as LIBLINEAR's text model (liblinear.go). It knows nothing of how heads were trained.
package portable
