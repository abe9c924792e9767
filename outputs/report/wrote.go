package report

import "bytes"

// Begin is how many bytes of a file tell whether it is a report: those before its figures.
const Begin = 64 << 10

// What all reports have had.
const (
	doctype  = "<!doctype html>\n<html lang=\"en\">\n<head>\n"
	skipLink = `<a class="skip" href="#main">Skip to the figures</a>`
)

// Wrote tells whether a file that begins so is a report of this package, also of an earlier version.
func Wrote(begin []byte) bool {
	return bytes.HasPrefix(begin, []byte(doctype)) && bytes.Contains(begin, []byte(skipLink))
}
