// Package catalogue is the list of what others publish and fc7 knows: VGG weights and data sets, where their files are,
// how large, how to tell that a file is the one that was published, and how many images a set has. It is data; what
// downloads, opens and counts is elsewhere.
//
// Every digest and size was taken from a document of the publisher, or of several users who agree; Basis says which.
// Where none is known, none is invented: the entry has no digest, and whoever downloads the file records what came.
//
// weights_table.go and sets_table.go are the tables; a new entry is a row of one of them.
package catalogue
