// Package extract turns an image file into descriptors.
//
// The way of an image: package picture reads a file of any supported format into packed 8-bit RGB; a [Preparer]
// rescales it to each scale (smallest side Q) and makes the pictures that the net sees: the whole image and its mirror,
// a grid of crops, or the one in the middle ([ViewMode]); a [Describer] runs them through a [Backbone], pools the map
// of each layer over its positions and takes the mean over the pictures (arXiv 1409.1556, appendix B). The package
// knows no net: what it needs of one is the [Backbone] interface.
package extract
