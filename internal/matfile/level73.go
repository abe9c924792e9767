package matfile

import (
	"fmt"
	"slices"

	"fc7/internal/hdf5"
)

const (
	attrClass  = "MATLAB_class"
	attrEmpty  = "MATLAB_empty"
	attrObject = "MATLAB_object_decode"
)

// level73 is an array of a version 7.3 file.
type level73 struct {
	f      *hdf5.File
	object *hdf5.Object
	class  string
	dims   []int
	data   *hdf5.Dataset // nil for a struct, which is a group
}

func openLevel73(f *hdf5.File) ([]Variable, error) {
	root, err := f.Root()
	if err != nil {
		return nil, err
	}
	links, err := root.Links()
	if err != nil {
		return nil, err
	}
	var variables []Variable
	for _, l := range links {
		if l.Name == "#refs#" || l.Name == "#subsystem#" || l.Soft != "" {
			continue
		}
		v, err := value73(f, l.Address)
		if err != nil {
			return nil, fmt.Errorf("variable %q: %w", l.Name, err)
		}
		variables = append(variables, Variable{l.Name, v})
	}
	return variables, nil
}

// value73 reads what an object is.
func value73(f *hdf5.File, addr uint64) (*level73, error) {
	o, err := f.Object(addr)
	if err != nil {
		return nil, err
	}
	v := &level73{f: f, object: o, dims: []int{1, 1}}
	class, err := o.Strings(attrClass)
	if err != nil {
		return nil, err
	}
	if len(class) == 1 {
		v.class = class[0]
	}
	if decoded, err := o.HasAttribute(attrObject); err != nil || decoded {
		v.class = "object of class " + v.class
		return v, err
	}
	if !o.IsDataset() {
		if v.class == "" {
			v.class = "struct"
		}
		return v, v.structDims()
	}
	if v.data, err = o.Dataset(); err != nil {
		return nil, err
	}
	return v, v.datasetDims()
}

// datasetDims turns the sizes around; an empty array has its sizes as data.
func (v *level73) datasetDims() error {
	empty, err := v.object.HasAttribute(attrEmpty)
	if err != nil {
		return err
	}
	if !empty {
		v.dims = slices.Clone(v.data.Shape)
		slices.Reverse(v.dims)
		for len(v.dims) < 2 {
			v.dims = append(v.dims, 1)
		}
		return checkDims(v.dims)
	}
	if v.data.Type.Class != hdf5.Number {
		return fmt.Errorf("expected the sizes of an empty array, found %s", v.data.Type.Name)
	}
	raw, err := v.data.ReadAll(8 * maxDims)
	if err != nil {
		return err
	}
	v.dims = nil
	product := 1.0
	for _, x := range decode(raw, v.data.Type.Code) {
		v.dims = append(v.dims, int(x))
		product *= x
	}
	if product != 0 {
		return fmt.Errorf("expected an empty array, found sizes %v", v.dims)
	}
	v.data = nil
	return checkDims(v.dims)
}

// structDims finds the sizes of a struct array: its fields are arrays of references. A field of a single struct is a
// value of its own, with a class.
func (v *level73) structDims() error {
	links, err := v.object.Links()
	if err != nil {
		return err
	}
	if len(links) == 0 {
		return nil
	}
	o, err := v.f.Object(links[0].Address)
	if err != nil {
		return err
	}
	if class, err := o.HasAttribute(attrClass); err != nil || class || !o.IsDataset() {
		return err
	}
	d, err := o.Dataset()
	if err != nil || d.Type.Class != hdf5.Reference {
		return err
	}
	v.dims = slices.Clone(d.Shape)
	slices.Reverse(v.dims)
	return checkDims(v.dims)
}

func (v *level73) Class() string { return v.class }

func (v *level73) Dims() []int { return v.dims }

func (v *level73) Field(i int, name string) (Value, error) {
	if v.class != "struct" || v.data != nil {
		return nil, nil
	}
	if i < 0 || i >= Len(v) {
		return nil, fmt.Errorf("expected an element of %d, found %d", Len(v), i)
	}
	o, err := v.object.Lookup(name)
	if err != nil || o == nil {
		return nil, err
	}
	field, err := value73(v.f, o.Address())
	if err != nil {
		return nil, fmt.Errorf("field %q: %w", name, err)
	}
	if field.class == "" && field.data != nil && field.data.Type.Class == hdf5.Reference {
		return field.reference(i)
	}
	return field, nil
}

func (v *level73) Cell(i int) (Value, error) {
	if v.class != "cell" || v.data == nil || i < 0 || i >= Len(v) {
		return nil, fmt.Errorf("expected element %d of a cell array, found a %s of sizes %v", i, v.class, v.dims)
	}
	return v.reference(i)
}

// reference follows element i.
func (v *level73) reference(i int) (Value, error) {
	refs, err := v.data.References()
	if err != nil {
		return nil, err
	}
	if i >= len(refs) {
		return nil, fmt.Errorf("expected element %d, found %d references", i, len(refs))
	}
	return value73(v.f, refs[i])
}

func (v *level73) Array() (*Array, error) {
	if v.data == nil || v.data.Type.Class != hdf5.Number {
		return nil, fmt.Errorf("expected real numbers, found a %s array", v.class)
	}
	return &Array{Code: v.data.Type.Code, Data: v.data, Bytes: v.data.Bytes}, nil
}
