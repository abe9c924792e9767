// Package evaluation asks nets for the classes of images: dense, by crops or by the centre, at one scale or several,
// one net or several together. Of a labelled set it measures the error, beside those that others published.
package evaluation
