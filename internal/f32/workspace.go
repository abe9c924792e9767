package f32

// Workspace is the memory and the workers that layers run with; it grows to what the largest layer needs and is then
// reused. It serves one layer at a time.
type Workspace struct {
	Team       *Team
	set        *kernels
	worker     []scratch
	v, m       []float32 // tiles of a convolution that all workers share
	rows       []float32 // gathered rows of a matrix product
	u, bias    []float32 // transformed filters and bias of a convolution in training
	wino       winogradJob
	product    productJob
	gather     gatherJob
	finish     finishJob
	pool       poolJob
	im2col     im2colJob
	windowPool windowPoolJob
	seven      sevenJob
	windows    []windows // of the maps of a layer
}

// scratch is one worker's own memory.
type scratch struct {
	v, m  []float32 // a block of tiles before and after the products
	patch []float32 // one 6x6 or 4x4 tile at the border of the map
	tmp   []float32 // the kernels' own
}

// NewWorkspace returns a workspace on the team that uses the kernels now selected.
func NewWorkspace(t *Team) *Workspace {
	w := &Workspace{Team: t, set: active.Load(), worker: make([]scratch, t.Size())}
	for i := range w.worker {
		w.worker[i].tmp = Make(36 * Lanes)
	}
	return w
}
