// Package evidence shows where in an image a head's scores come from (heads.Evidence): as pictures with their numbers,
// and as a table of all positions.
package evidence
