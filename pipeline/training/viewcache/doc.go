// Package viewcache keeps what the frozen layers of a net give, computed once, so that an epoch of training the layers
// after them costs what these cost. Several views of an image are several rows of a Cache; package training fills it
// and trains on it.
package viewcache
