// Package explorer writes a map of images as one HTML page that asks nothing of anybody: points on a canvas,
// thumbnails, neighbours, and lists of what is worth a look. Its script is plain and its own, and the page's policy
// allows no request.
//
// page.go says what a page holds; parts.go turns that into columns of numbers; write.go is the page, and folder.go the
// same of a page that is too large for one file. What the browser does with it is in assets/.
package explorer
