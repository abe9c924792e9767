// Package metrics is how classification is scored: average precision by the PASCAL VOC devkits' rules, precision-recall
// curves, recall a class, accuracy, confusion matrix, top-k error; and the devkits' result files.
//
// Nothing here knows a model or a data set: scores and truths come in as slices, in the order of the data set's list.
package metrics
