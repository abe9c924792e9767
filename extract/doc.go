// Package extract turns an image file into descriptors.
//
// The way of an image: [Decode] reads a file of any supported format into packed 8-bit RGB;
// a [Preparer] rescales it to each scale (smallest side Q) and mirrors each view; a [Describer]
// runs view and mirror through a [Backbone], pools the map of one layer over its positions and
// takes the mean with the mirror (arXiv 1409.1556, appendix B). The package knows no net: what
// it needs of one is the [Backbone] interface.
//
// Everything up to the views is integer arithmetic, or float64 without fused operations, so that
// the same file gives the same pixels on every machine.
package extract
