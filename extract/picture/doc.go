// Package picture turns image files into pixels: [Decode] reads a file of any supported format into packed 8-bit RGB,
// upright, within limits that are checked before memory is taken; [Crop], [Resizer] and [Flip] make other pictures of
// one.
//
// All of it is integer arithmetic, or float64 without fused operations, so that the same file gives the same pixels on
// every machine; [PixelVersion] numbers it.
package picture
