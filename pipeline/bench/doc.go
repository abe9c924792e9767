// Package bench measures this machine: the forward pass, whole extractions, a step of training, the solver of linear
// heads.
package bench
