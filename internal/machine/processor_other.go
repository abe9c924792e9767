//go:build !linux

package machine

// Processor is the name of the processor, as it calls itself; "": it is not known.
func Processor() string { return "" }
