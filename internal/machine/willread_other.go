//go:build !linux

package machine

import "unsafe"

// Reading is a part of a mapped file that will be read soon: here the system finds out by itself.
type Reading struct{ How Advice }

// Advice is what the system is told of a part.
type Advice int

// What there is to tell.
const (
	Soon Advice = iota
	Random
	Anywhere
)

// Add does nothing here.
func (*Reading) Add(unsafe.Pointer, int) {}

// Tell does nothing here.
func (*Reading) Tell() {}
