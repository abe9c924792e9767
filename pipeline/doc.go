// Package pipeline is the conveyor that joins the rooms: it opens a data set, a net and a
// feature table, and moves images through decoding, the forward pass and writing, with
// bounded memory, in order, and so that nothing is lost when it is interrupted. The named
// recipes (demo, training of heads, prediction) stand beside it.
//
// Nothing here prints: what happens on the way is told to Events.
package pipeline
