// Package heads trains linear heads on feature tables, which it stacks by key, scores them by a protocol, and keeps
// them in a folder: the head, its scores, a review for people, result files for VOC's server. A head that is read back
// applies to images, whose descriptors are made exactly as those of its tables, and can be exported for other programs.
package heads
