// Package monitor shows figures of this process to Prometheus while it runs, in its text format
// (https://prometheus.io/docs/instrumenting/exposition_formats/), and, on the loopback interface alone, the profiles of
// Go's pprof. It is the one package that listens, and does so when it is asked to.
//
// The format is a few lines a figure; the usual library for it (client_golang) would bring 12 more modules.
package monitor
