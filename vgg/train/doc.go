// Package train trains nets: the table of package vgg as a Gorgonia graph, its loss and its solver.
//
// A Net is made from a vgg.Config (New), for a fixed number of images at once. The graph, its differentiation and the
// solver are Gorgonia's; the ops are ours (op.go and one file a layer), because those of Gorgonia 0.9.18 cannot be
// relied on here: its max-pooling ends the program at a NaN (an index of -1 in a goroutine of its own), LogSoftMax
// subtracts the first value of the batch instead of the largest of the row and so underflows, Dropout divides its
// gradient by the wrong probability and draws from the clock, Rectify passes the gradient at zero, and WithL2Reg of the
// momentum solver decays the velocity instead of the weights. solver.go says what is done instead.
//
// Arithmetic is single precision, on the kernels of internal/f32; maps are [N,H,W,C], their channels padded with zeros
// to a multiple of f32.Lanes. Results do not depend on the number of threads. Tests check the gradient of each op by
// central differences of its definition in double precision.
package train

// Gorgonia's tensors import this at a version that stops every program of a new Go at its start; importing it here
// keeps the version of go.mod, which does not.
import _ "go4.org/unsafe/assume-no-moving-gc"
