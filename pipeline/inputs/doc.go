// Package inputs opens what a job names: data sets and image files, with what there is to say of them told to its
// events. It also writes the splits of a data set, or those drawn from a seed, to a file.
package inputs
