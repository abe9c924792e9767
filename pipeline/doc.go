// Package pipeline holds the recipes, each a verb of the program: extraction, verification,
// heads, prediction, evaluation, reproductions, reports. A recipe opens a data set, a net and
// a feature table, and sends the images over the conveyor from one to the other. What it
// stands on has rooms of its own: conveyor moves the items, table keeps the rows, training
// trains a net, download fetches what is public.
//
// What is wrong with an image is its row's; what is wrong with the machine (a full disk, a data
// set that is gone, no more open files) ends the run, with what is finished kept.
//
// Nothing here prints: what happens on the way is told to Events.
package pipeline
