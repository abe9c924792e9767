package budget

import (
	"sync"

	"fc7/internal/machine"
)

// part of the machine's memory is shared out where nothing else is said: the rest is for nets and tables.
const part = 4

// unknown is shared out where it is not known what the machine has.
const unknown = 2 << 30

// Shared is the budget of this process. Until it is changed, its limit is a quarter of the memory that the machine has,
// or that the process may use of it.
var Shared = sync.OnceValue(func() *Budget {
	if n := machine.Memory(); n > 0 {
		return New(n / part)
	}
	return New(unknown)
})
