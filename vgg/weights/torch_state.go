package weights

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"fc7/internal/escape"
)

// stateKeys are where checkpoints keep the state dictionary, in the order they are tried.
var stateKeys = []string{
	"state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights", "params",
}

// maxStateDepth bounds dictionaries within dictionaries.
const maxStateDepth = 4

// asDict returns a dictionary, or the items of an object that is a kind of one (OrderedDict), or nil.
func asDict(v any) *pyDict {
	switch v := v.(type) {
	case *pyDict:
		return v
	case *pyObject:
		if v.dict != nil {
			return v.dict
		}
		if v.callee == (pyGlobal{"collections", "OrderedDict"}) {
			return dictOfPairs(v.args)
		}
	}
	return nil
}

// dictOfPairs reads the argument of an OrderedDict as Python 2 pickled it: a list of [key, value].
func dictOfPairs(args pyTuple) *pyDict {
	d := &pyDict{}
	if len(args) == 0 {
		return d
	}
	list, ok := args[0].(*pyList)
	if !ok {
		return d
	}
	for _, item := range list.items {
		switch pair := item.(type) {
		case *pyList:
			if len(pair.items) == 2 {
				d.set(pair.items[0], pair.items[1])
			}
		case pyTuple:
			if len(pair) == 2 {
				d.set(pair[0], pair[1])
			}
		}
	}
	return d
}

// findState finds the state dictionary in d, and the keys that lead to it. A known key goes before the tensors beside
// it (checkpoints keep the best accuracy as a tensor), and these before a dictionary under an unknown key.
func findState(d *pyDict, depth int) (*pyDict, []string) {
	if depth > maxStateDepth {
		return nil, nil
	}
	for _, key := range stateKeys {
		if inner := asDict(d.get(key)); inner != nil {
			if state, path := findState(inner, depth+1); state != nil {
				return state, append([]string{key}, path...)
			}
		}
	}
	if hasTensors(d) {
		return d, nil
	}
	var only *pyDict
	var name string
	for i, v := range d.values {
		inner := asDict(v)
		key, isText := d.keys[i].(string)
		if inner == nil || !isText || !hasTensors(inner) {
			continue
		}
		if only != nil {
			return nil, nil
		}
		only, name = inner, key
	}
	if only == nil {
		return nil, nil
	}
	return only, []string{name}
}

func hasTensors(d *pyDict) bool {
	for i, v := range d.values {
		if _, isText := d.keys[i].(string); isText && isTorchTensor(v) {
			return true
		}
	}
	return false
}

// noState says why no state dictionary was found.
func noState(root any) error {
	const advice = "in Python: torch.save(torch.load(IN).state_dict(), OUT)"
	d := asDict(root)
	if o, ok := root.(*pyObject); ok && d == nil {
		if isTorchTensor(root) {
			return errors.New("expected a state_dict, found a single tensor without a name; save {'name': tensor}")
		}
		return fmt.Errorf("expected a state_dict, found a whole %s, which only its own program can rebuild; %s", escape.Short(o.maker()), advice)
	}
	if d == nil {
		return fmt.Errorf("expected a state_dict, found %s; %s", describe(root), advice)
	}
	for _, key := range stateKeys {
		if o, ok := d.get(key).(*pyObject); ok && asDict(o) == nil && !isTorchTensor(o) {
			return fmt.Errorf("expected a state_dict, found a whole %s under %q; save its state_dict() there", escape.Short(o.maker()), key)
		}
	}
	var names []string
	for _, k := range d.keys {
		if name, ok := k.(string); ok {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return errors.New("expected a state_dict, found a dictionary without tensors")
	}
	return fmt.Errorf("expected a state_dict, found a dictionary without tensors, or with several dictionaries of them; its keys are %s",
		quoteSome(names, 10))
}

// plainFacts returns the numbers and short texts that a checkpoint keeps beside the state: epoch, arch and the like.
func plainFacts(d *pyDict) map[string]string {
	const mostFacts, longest = 100, 1000
	facts := map[string]string{}
	for i, v := range d.values {
		key, isText := d.keys[i].(string)
		if !isText || len(key) > longest || !utf8.ValidString(key) || len(facts) == mostFacts {
			continue
		}
		switch v := v.(type) {
		case string:
			if len(v) <= longest && utf8.ValidString(v) {
				facts[key] = v
			}
		case int64:
			facts[key] = strconv.FormatInt(v, 10)
		case float64:
			facts[key] = strconv.FormatFloat(v, 'g', -1, 64)
		case bool:
			facts[key] = strconv.FormatBool(v)
		}
	}
	return facts
}
