// Package paper puts our figures beside those of Simonyan and Zisserman's tables 11 and 12 (arXiv 1409.1556v6), which
// stand with the protocols, and says when the two are not to be compared.
package paper
