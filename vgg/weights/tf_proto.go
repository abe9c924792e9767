package weights

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// openCheckpoint reads a table and tells the two kinds of checkpoints apart: the first value of a V1 checkpoint is a
// message in field 1, that of a bundle, V2, numbers.
func openCheckpoint(s *source) (*contents, error) {
	entries, err := readTable(s)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 || entries[0].key != "" {
		return nil, errors.New("expected a checkpoint's header under the first key, found a table of something else")
	}
	w := &wireReader{src: entries[0].src}
	f, err := w.field(entries[0].start, entries[0].end)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if f.number == slicesMeta && f.kind == wireBytes {
		return openSlices(entries)
	}
	return openBundle(s, entries)
}

// tfDtypes are the element types of TensorFlow's types.proto.
var tfDtypes = map[uint64]Dtype{
	1: F32, 2: F64, 3: I32, 4: U8, 5: I16, 6: I8, 9: I64, 10: Bool, 14: BF16, 17: U16, 19: F16, 22: U32, 23: U64,
}

// tfString is the type of texts, such as the object graph of a TensorFlow 2 checkpoint.
const tfString = 7

// Fields of TensorShapeProto and of its Dim.
const (
	shapeDim     = 2
	shapeUnknown = 3
	dimSize      = 1
)

// tfShape reads a TensorShapeProto.
func (w *wireReader) tfShape(field wireField) ([]int, error) {
	shape := []int{}
	err := w.each(field.start, field.next, func(f wireField) error {
		if f.number == shapeUnknown && f.value != 0 {
			return errors.New("expected a shape, found one of unknown rank")
		}
		if f.number != shapeDim || f.kind != wireBytes {
			return nil
		}
		if len(shape) == maxRank {
			return fmt.Errorf("expected at most %d axes, found more", maxRank)
		}
		size := uint64(0)
		err := w.each(f.start, f.next, func(d wireField) error {
			if d.number == dimSize {
				size = d.value
			}
			return nil
		})
		if err == nil && size > math.MaxInt {
			err = fmt.Errorf("expected a size of at least 0, found %d", int64(size))
		}
		shape = append(shape, int(size))
		return err
	})
	return shape, err
}

// objectSuffix stands behind the names of TensorFlow 2's checkpoints.
const objectSuffix = "/.ATTRIBUTES/VARIABLE_VALUE"

// slots are what optimizers keep beside a variable, by the last part of the name.
var slots = map[string]bool{
	"Momentum": true, "Adam": true, "Adam_1": true, "RMSProp": true, "RMSProp_1": true, "Adagrad": true, "Adadelta": true,
	"Adadelta_1": true, "Ftrl": true, "Ftrl_1": true, "ExponentialMovingAverage": true,
}

// isTraining tells the variables that training keeps beside the net's: the step count and the optimizer's.
func isTraining(name string) bool {
	last := name[strings.LastIndexByte(name, '/')+1:]
	switch {
	case slots[last], strings.Contains(name, "/.OPTIMIZER_SLOT/"), strings.HasPrefix(name, "optimizer/"), strings.HasPrefix(name, "save_counter"):
		return true
	}
	return last == "global_step" || last == "beta1_power" || last == "beta2_power"
}

// tfContents collects a checkpoint's tensors.
type tfContents struct {
	contents
	passed int
}

// add keeps a tensor unless training alone needs it.
func (c *tfContents) add(t *Tensor) {
	t.Name = strings.TrimSuffix(t.Name, objectSuffix)
	if isTraining(t.Name) {
		c.passed++
		return
	}
	c.tensors = append(c.tensors, t)
}

func (c *tfContents) done(version string) (*contents, error) {
	if len(c.tensors) == 0 {
		return nil, errors.New("expected the tensors of a net, found none in the checkpoint")
	}
	c.metadata = map[string]string{"checkpoint": version}
	if c.passed > 0 {
		c.metadata["left out"] = strconv.Itoa(c.passed) + " variables of the optimizer and step counts"
	}
	return &c.contents, nil
}
