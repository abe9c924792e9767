// Package localise is what is done with boxes of objects: how predicted ones are scored, by the rules of ILSVRC's
// localisation challenge (Russakovsky et al., "ImageNet Large Scale Visual Recognition Challenge", IJCV 2015, section
// 4.2), and how those of many positions, nets and scales are merged to few (Sermanet et al., "OverFeat", ICLR 2014,
// section 4).
//
// Nothing here knows a model or a data set: boxes and classes come in as slices.
package localise
