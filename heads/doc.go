// Package heads is the room of what is trained on descriptors, and of how it is judged: svm (linear one-vs-rest
// solver), metrics (average precision, recall, top-k), protocol (the data sets' own rules), neighbours (the nearest
// rows) and finetune (the cache of what frozen layers give). It holds no code itself.
//
// svm, metrics and protocol work on plain float32 matrices and string labels; they know nothing of files of features.
package heads
