package pickle

// The values that have no type of Go's own; None is nil, and the others are bool, int64, float64 and string.
type (
	// Global is a name that Python would import.
	Global struct{ Module, Name string }
	// Tuple is immutable.
	Tuple []any
	// List also stands for sets.
	List struct{ Items []any }
	// Long is an int beyond 64 bits: little-endian two's complement.
	Long []byte
	// Bytes is a short byte string; long ones stay in the file.
	Bytes []byte
	// Blob is a long byte string: N bytes at offset Off of the file.
	Blob struct{ Off, N int64 }
	// Persistent is a reference to an object outside the pickle; PyTorch refers to storages by it.
	Persistent struct{ ID any }
	// Object is what a call would have made, and what would have been done to it.
	Object struct {
		Callee any
		Args   Tuple
		State  any   // of BUILD
		dict   *Dict // of SETITEMS
		list   *List // of APPENDS
	}
)

func (g Global) String() string { return g.Module + "." + g.Name }

// IsName tells whether v is a name in a module.
func IsName(v any, module, name string) bool { return v == any(Global{module, name}) }

// Dict keeps the order of insertion, as Python does.
type Dict struct {
	Keys, Values []any
	index        map[string]int // of string keys
}

// Set adds a pair; a string key that is there already gets the new value.
func (d *Dict) Set(key, value any) {
	text, isText := key.(string)
	if isText {
		if i, ok := d.index[text]; ok {
			d.Values[i] = value
			return
		}
		if d.index == nil {
			d.index = map[string]int{}
		}
		d.index[text] = len(d.Keys)
	}
	d.Keys, d.Values = append(d.Keys, key), append(d.Values, value)
}

// Get returns the value of a string key, nil where there is none.
func (d *Dict) Get(key string) any {
	if i, ok := d.index[key]; ok {
		return d.Values[i]
	}
	return nil
}

// AsDict returns a dictionary, or the items of an object that is a kind of one (OrderedDict), or nil.
func AsDict(v any) *Dict {
	switch v := v.(type) {
	case *Dict:
		return v
	case *Object:
		if v.dict != nil {
			return v.dict
		}
		if IsName(v.Callee, "collections", "OrderedDict") {
			return dictOfPairs(v.Args)
		}
	}
	return nil
}

// dictOfPairs reads the argument of an OrderedDict as Python 2 pickled it: a list of [key, value].
func dictOfPairs(args Tuple) *Dict {
	d := &Dict{}
	if len(args) == 0 {
		return d
	}
	list, ok := args[0].(*List)
	if !ok {
		return d
	}
	for _, item := range list.Items {
		switch pair := item.(type) {
		case *List:
			if len(pair.Items) == 2 {
				d.Set(pair.Items[0], pair.Items[1])
			}
		case Tuple:
			if len(pair) == 2 {
				d.Set(pair[0], pair[1])
			}
		}
	}
	return d
}
