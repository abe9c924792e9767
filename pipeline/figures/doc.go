// Package figures puts what several runs scored side by side: heads by their protocols, evaluations of nets,
// reproductions of the paper's tasks.
package figures
