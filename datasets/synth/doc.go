// Package synth draws small labelled data sets of real JPEG files in the layouts of published ones, for tests,
// benchmarks and demonstrations that must run offline.
//
// A class is a combination of shape, texture and hue. Its objects vary in place, size, angle, colour and light, stand
// on cluttered ground, cover one another and leave the frame, so that a linear classifier on the features of an
// untrained net does better than chance and makes mistakes.
//
// Everything follows from the seed: two runs with one release of Go on one architecture write the same bytes, whatever
// the number of processors.
package synth
