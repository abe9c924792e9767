// Package inspection says what stands in a file of weights, in a net of the table, and in a data set, whose images it
// looks at for what would make trouble later.
package inspection
