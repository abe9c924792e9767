package pipeline

import "fc7/pipeline/conveyor"

// What the recipes tell of, under the names of the conveyor.
type (
	Events    = conveyor.Events
	Start     = conveyor.Start
	Progress  = conveyor.Progress
	Times     = conveyor.Times
	Warning   = conveyor.Warning
	ShardDone = conveyor.ShardDone
)

// DefaultImageTime is the time that reading and decoding one image may take.
const DefaultImageTime = conveyor.DefaultImageTime
