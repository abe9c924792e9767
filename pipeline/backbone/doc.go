// Package backbone loads the net of a job from a file of weights, or from the cache, as far as its layers are needed,
// and says what descriptors depend on: the digest of the weights, the preprocessing, the options.
package backbone
