// Package fault turns memory faults into errors, for code that reads mapped files: where such a file is cut short by
// another program, or its disk fails, reading it is a fault (SIGBUS), which would end the program.
package fault

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Error is a memory fault.
type Error struct {
	Addr uintptr // what was to be read
}

func (e *Error) Error() string {
	return fmt.Sprintf("memory at %#x cannot be read: if it is a mapped file, the file was cut short or its disk fails", e.Addr)
}

// Guard runs f and returns its error, or an [*Error] where f read memory that cannot be read. It guards the goroutine
// that it is called in only: each goroutine that f starts needs a Guard of its own. What f had locked or half done
// stays so. Other panics, those of nil pointers included, pass through.
func Guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch p := recover().(type) {
		case nil:
		case interface {
			runtime.Error
			Addr() uintptr
		}:
			err = &Error{p.Addr()}
		default:
			panic(p)
		}
	}()
	return f()
}
