package weights

import (
	"errors"
	"fmt"
	"math"
)

// The fields of a BlobProto. diff and double_diff (6 and 9), the gradients of a snapshot, are passed over.
const (
	blobNum      = 1 // and channels, height, width: the shape before there was field 7
	blobWidth    = 4
	blobData     = 5 // packed float
	blobShape    = 7
	blobDoubles  = 8 // packed double
	blobShapeDim = 1 // of a BlobShape
)

// caffeBlob is what a BlobProto said.
type caffeBlob struct {
	legacy    [4]int
	isLegacy  bool
	shape     []int
	hasShape  bool
	data      wireField
	hasData   bool
	doubles   wireField
	isDoubles bool
}

// blob reads the i-th blob of a layer as a tensor without a name, whose elements stay in the file.
func (r *caffeReader) blob(field wireField, i int, inner bool) (*Tensor, error) {
	var b caffeBlob
	if err := r.each(field.start, field.next, func(f wireField) error { return b.take(&r.wireReader, f) }); err != nil {
		return nil, err
	}
	if b.isLegacy { // as Caffe decides when a blob has both
		b.shape = b.legacy[:]
	} else if !b.hasShape {
		return nil, errors.New("expected a shape, found none")
	}
	t := &Tensor{Shape: caffeShape(b.shape, i, inner), data: r.src}
	f := b.data
	if b.isDoubles {
		t.Dtype, f = F64, b.doubles
	}
	t.start = f.start
	n, err := elements(t.Shape, t.Dtype.size())
	if err != nil {
		return nil, err
	}
	if found := f.next - f.start; found != int64(n)*int64(t.Dtype.size()) {
		return nil, fmt.Errorf("expected %d elements of %d bytes for shape %v, found %d bytes", n, t.Dtype.size(), t.Shape, found)
	}
	return t, nil
}

// caffeShape takes off the axes of size 1 that Caffe once put before everything of less than four axes: the weights of
// an inner product are 1x1xNxK, biases 1x1x1xN.
func caffeShape(shape []int, i int, inner bool) []int {
	ones := 0
	for ones < len(shape) && shape[ones] == 1 {
		ones++
	}
	switch {
	case len(shape) == 4 && i == 0 && inner && ones >= 2:
		return shape[2:]
	case len(shape) == 4 && i == 1 && ones >= 3:
		return shape[3:]
	}
	return shape
}

func (b *caffeBlob) take(w *wireReader, f wireField) error {
	switch {
	case f.number >= blobNum && f.number <= blobWidth && f.kind == wireVarint:
		d, err := caffeDim(f.value)
		b.legacy[f.number-blobNum], b.isLegacy = d, true
		return err
	case f.number == blobShape && f.kind == wireBytes:
		b.hasShape = true
		return w.each(f.start, f.next, func(d wireField) error { return b.takeDim(w, d) })
	case f.number == blobData:
		return onePiece(f, &b.data, &b.hasData)
	case f.number == blobDoubles:
		return onePiece(f, &b.doubles, &b.isDoubles)
	}
	return nil
}

// onePiece keeps a packed array. Protocol buffers allow several pieces and single values, Caffe writes neither.
func onePiece(f wireField, to *wireField, has *bool) error {
	if f.kind != wireBytes {
		return fmt.Errorf("byte %d: expected packed numbers, found wire type %d; load the net in Caffe and save it again", f.start, f.kind)
	}
	if *has {
		return fmt.Errorf("byte %d: expected the data in one piece, found a second; load the net in Caffe and save it again", f.start)
	}
	*to, *has = f, true
	return nil
}

// takeDim reads the sizes of a shape, packed or not.
func (b *caffeBlob) takeDim(w *wireReader, f wireField) error {
	if f.number != blobShapeDim {
		return nil
	}
	return w.numbers(f, b.addDim)
}

func (b *caffeBlob) addDim(value uint64) error {
	if len(b.shape) == maxRank {
		return fmt.Errorf("expected at most %d axes, found more", maxRank)
	}
	d, err := caffeDim(value)
	b.shape = append(b.shape, d)
	return err
}

func caffeDim(value uint64) (int, error) {
	if value > math.MaxInt {
		return 0, fmt.Errorf("expected a size of at least 0, found %d", int64(value))
	}
	return int(value), nil
}
