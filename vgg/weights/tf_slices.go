package weights

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"fc7/internal/escape"
)

// A TensorFlow checkpoint of version 1 (saved_tensor_slice.proto) is one table of SavedTensorSlices: under the empty
// key the names, shapes and types of all tensors, under others one slice each, with its elements in a TensorProto.

const (
	slicesMeta = 1
	slicesData = 2

	metaTensor = 1

	sliceMetaName  = 1
	sliceMetaShape = 2
	sliceMetaType  = 3

	savedSliceName = 1
	savedSliceAt   = 2
	savedSliceData = 3

	sliceExtent  = 1
	extentStart  = 1
	extentLength = 2

	tfTensorContent = 4
	tfTensorFloats  = 5
	tfTensorDoubles = 6
	tfTensorInts    = 7
	tfTensorInt64s  = 10
	tfTensorBools   = 11
	tfTensorHalves  = 13
)

// slicesReader reads a V1 checkpoint.
type slicesReader struct {
	known map[string]*Tensor // as the header has them
}

func openSlices(entries []tableEntry) (*contents, error) {
	r := &slicesReader{known: map[string]*Tensor{}}
	if err := r.header(entries[0]); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	var c tfContents
	for _, e := range entries[1:] {
		t, err := r.slice(e)
		if err != nil {
			return nil, err
		}
		if t != nil {
			c.add(t)
		}
	}
	for name := range r.known {
		return nil, fmt.Errorf("tensor %q: expected its elements, found none; fetch the file again", escape.Short(name))
	}
	return c.done("V1")
}

// header reads the list of tensors.
func (r *slicesReader) header(e tableEntry) error {
	w := &wireReader{src: e.src}
	return w.each(e.start, e.end, func(f wireField) error {
		if f.number != slicesMeta || f.kind != wireBytes {
			return nil
		}
		return w.each(f.start, f.next, func(f wireField) error {
			if f.number != metaTensor || f.kind != wireBytes {
				return nil
			}
			return r.meta(w, f)
		})
	})
}

// meta reads a SavedSliceMeta.
func (r *slicesReader) meta(w *wireReader, field wireField) error {
	t := &Tensor{Shape: []int{}}
	dtype := uint64(0)
	err := w.each(field.start, field.next, func(f wireField) (err error) {
		switch {
		case f.number == sliceMetaName:
			t.Name, err = w.text(f, maxTableKey)
		case f.number == sliceMetaShape && f.kind == wireBytes:
			t.Shape, err = w.tfShape(f)
		case f.number == sliceMetaType:
			dtype = f.value
		}
		return err
	})
	if err != nil {
		return err
	}
	known := false
	if t.Dtype, known = tfDtypes[dtype]; !known && dtype != tfString {
		return fmt.Errorf("tensor %q: expected numbers of 8 to 64 bits, found TensorFlow's element type %d", escape.Short(t.Name), dtype)
	}
	if !utf8.ValidString(t.Name) || t.Name == "" {
		return fmt.Errorf("expected a name in UTF-8, found %q", escape.Short(t.Name))
	}
	if dtype != tfString {
		r.known[t.Name] = t
	}
	return nil
}

// slice reads a SavedSlice; nil and no error for texts. The key repeats what the value says.
func (r *slicesReader) slice(e tableEntry) (t *Tensor, err error) {
	w := &wireReader{src: e.src}
	err = w.each(e.start, e.end, func(f wireField) error {
		if f.number != slicesData || f.kind != wireBytes {
			return nil
		}
		t, err = r.saved(w, f)
		if t != nil && t.data == nil {
			t.data = e.data
		}
		return err
	})
	return t, err
}

func (r *slicesReader) saved(w *wireReader, field wireField) (*Tensor, error) {
	var name string
	var at, data wireField
	err := w.each(field.start, field.next, func(f wireField) (err error) {
		switch {
		case f.number == savedSliceName:
			name, err = w.text(f, maxTableKey)
		case f.number == savedSliceAt && f.kind == wireBytes:
			at = f
		case f.number == savedSliceData && f.kind == wireBytes:
			data = f
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	t := r.known[name]
	if t == nil {
		return nil, nil
	}
	delete(r.known, name)
	if err = r.whole(w, at, t.Shape); err == nil {
		err = t.fromTF(w, data)
	}
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", escape.Short(name), err)
	}
	return t, nil
}

// whole checks that a slice is all of its tensor.
func (r *slicesReader) whole(w *wireReader, field wireField, shape []int) error {
	i := 0
	return w.each(field.start, field.next, func(f wireField) error {
		if f.number != sliceExtent || f.kind != wireBytes {
			return nil
		}
		axis := i
		i++
		return w.each(f.start, f.next, func(f wireField) error {
			if f.number == extentStart && f.value != 0 || f.number == extentLength && (axis >= len(shape) || f.value != uint64(shape[axis])) {
				return errors.New("expected a whole tensor, found a slice of one (a partitioned variable); save it from one device")
			}
			return nil
		})
	})
}

// fromTF finds a tensor's elements in a TensorProto.
func (t *Tensor) fromTF(w *wireReader, field wireField) error {
	n, err := elements(t.Shape, t.Dtype.size())
	if err != nil {
		return err
	}
	var packed wireField
	var numbers []uint64
	pieces := 0
	err = w.each(field.start, field.next, func(f wireField) error {
		switch f.number {
		case tfTensorContent, tfTensorFloats, tfTensorDoubles:
			if pieces++; f.kind != wireBytes || pieces > 1 {
				return errors.New("expected the elements in one packed piece")
			}
			if f.number == tfTensorFloats && t.Dtype != F32 || f.number == tfTensorDoubles && t.Dtype != F64 {
				return fmt.Errorf("expected elements of %s, found other ones", t.Dtype)
			}
			packed = f
		case tfTensorInts, tfTensorInt64s, tfTensorBools, tfTensorHalves:
			return w.numbers(f, func(v uint64) error {
				if len(numbers) == n {
					return fmt.Errorf("expected %d elements, found more", n)
				}
				numbers = append(numbers, v)
				return nil
			})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if numbers != nil {
		return t.holdNumbers(numbers, n)
	}
	if found, want := packed.next-packed.start, int64(n)*int64(t.Dtype.size()); found != want {
		return fmt.Errorf("expected %d bytes for shape %v of %s, found %d", want, t.Shape, t.Dtype, found)
	}
	t.start = packed.start // in the entry's data
	return nil
}
