// Package finetune puts new last layers on the frozen ones of a net that was trained before: it decides which layers
// start anew, which tensors stay as they are and up to which layer, so that its maps need computing only once, how fast
// the new layers learn, and what all of them start from. Package train does the steps; pipeline/training runs them.
package finetune
