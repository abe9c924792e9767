// Package planned is what machines share that make one table together: the plan in the table's folder (plan.json), the
// index of the data set that it was made from, and what each task leaves there. All of these files are read and written
// here.
//
// A plan is published once and never changes. Of the index, files of about IndexRows items each, a task reads those
// that its share is in, so that its memory and start grow with the share and not with the data set.
package planned
