// Package extraction turns the images of a data set into a feature table, by one net or by several in one pass; makes
// one final descriptor a row of it for other programs; and checks a table, with descriptors computed again from their
// images.
//
// A run can be killed anywhere and goes on where it was: see fc7/pipeline/table, which keeps the rows.
package extraction
