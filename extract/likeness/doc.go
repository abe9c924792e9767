// Package likeness tells whether two pictures are of one image: a copy of it, mirrored or not, compressed again, at
// another size, or a part of it. A [Sketch] is small and cheap to compare, and leaves few pairs of many; a [Picture]
// decides.
//
// Descriptors of a net cannot decide: two photographs of one motorbike in other colours are as near as a photograph and
// its copy. Pictures are compared place by place instead, in colours, after what one of them shows of the other was
// found.
package likeness
