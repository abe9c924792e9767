// Package reproduction runs the tasks of the paper's appendix B from data and weights to a page, keeping every step
// that stands already; and the demo, which does the whole job offline on a drawn data set.
package reproduction
