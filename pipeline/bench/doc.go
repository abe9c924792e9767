// Package bench measures this machine: the forward pass, a step of training, the solver of linear heads.
package bench
