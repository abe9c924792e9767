// Package neighbours finds the k nearest rows of each row of a matrix, exactly: by products of blocks in single
// precision, which tell who may be near, and distances in float64 by differences of those.
//
// The result does not depend on threads, blocks or the processor's arithmetic. Which rows are looked at in float64 is
// decided by a bound of the error of single precision, so that none is lost; where too many are within it, as among
// many copies of one image, the row is gone through again with all of them. Distances are those of the differences, not
// norms less products, which lose what is small.
package neighbours
