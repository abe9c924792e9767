package conveyor

import "errors"

// ErrSomeFailed means that a run is complete, but that some of its images failed; each has its row and reason.
var ErrSomeFailed = errors.New("some images failed")
