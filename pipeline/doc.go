// Package pipeline is a tree of rooms, each of which may import those below it and none above. At the top stand the
// recipes, verbs of the program:
//
//	reproduction  the paper's tasks from data and weights to figures beside the paper's; the demo
//	pages         runs as HTML pages
//	figures       what several runs scored, side by side
//	paper         the paper's figures, and ours beside them
//	heads         linear heads: trained on tables, scored, reviewed, saved, applied to images, exported
//	evaluation    the classes of images, and the error of nets
//	training      a net from scratch, and new layers on a trained one; trainlog: its log
//	inspection    what stands in weights and data sets
//	bench         this machine's figures
//	extraction    images to a feature table by one net or several; one column for other programs; verification
//
// They stand on:
//
//	inputs        data sets and image files as a job names them; splits to a file
//	backbone      a net with the digest of its weights, and the identity of its descriptors
//	table         the rows of a run: shards, resume, retry, merge
//	conveyor      the way of the items: read, decode, compute, in order, with bounded memory
//	download      what is public: weights and data sets
//
// What is wrong with an image is its row's; what is wrong with the machine (a full disk, a data set that is gone, no
// more open files) ends the run, with what is finished kept.
//
// Nothing here prints: what happens on the way is told to conveyor.Events.
package pipeline
