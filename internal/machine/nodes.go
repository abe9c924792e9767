package machine

// Node is a part of the machine whose processors have memory of their own, which the others reach more slowly.
type Node struct {
	id     int
	CPUs   []int // that this process may run on, ascending
	Memory int64 // bytes, used or not; 0: not known
}
