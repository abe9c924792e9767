package extraction

import "fmt"

// InterruptedError is a run that was stopped from outside and can go on.
type InterruptedError struct {
	Done, Total int    // rows that stand in finished shards, or are kept of others
	Out         string // the run's folder
	Cause       error
}

func (e *InterruptedError) Error() string {
	return fmt.Sprintf("%d of %d rows are kept in %s; run the same command again to go on", e.Done, e.Total, e.Out)
}

func (e *InterruptedError) Unwrap() error { return e.Cause }

// StoppedError is a run that could not go on: a full disk, a data set that is gone. What is finished is kept.
type StoppedError struct {
	Done, Total int    // rows that stand in finished shards, or are kept of others
	Out         string // the run's folder
	Cause       error
}

func (e *StoppedError) Error() string {
	return fmt.Sprintf("%v\n%d of %d rows are kept in %s; when the cause is gone, the same command goes on", e.Cause, e.Done, e.Total, e.Out)
}

func (e *StoppedError) Unwrap() error { return e.Cause }
