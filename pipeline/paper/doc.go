// Package paper holds the figures of Simonyan and Zisserman's tables 11 and 12 (arXiv 1409.1556v6), puts ours beside them, and says
// when the two are not to be compared.
package paper
