// Package conveyor moves the items of a data set through reading, decoding, the forward pass and a consumer: several at
// once where they may be, in order where they must, and with a bounded number on the way, so that memory does not grow
// with the data set.
//
// What is wrong with an image becomes its row's failure; what is wrong with the machine ends the run.
package conveyor
