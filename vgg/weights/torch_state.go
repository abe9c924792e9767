package weights

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"fc7/internal/escape"
	"fc7/internal/few"
	"fc7/internal/pickle"
)

// stateKeys are where checkpoints keep the state dictionary, in the order they are tried.
var stateKeys = []string{
	"state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights", "params",
}

// maxStateDepth bounds dictionaries within dictionaries.
const maxStateDepth = 4

// findState finds the state dictionary in d, and the keys that lead to it. A known key goes before the tensors beside
// it (checkpoints keep the best accuracy as a tensor), and these before a dictionary under an unknown key.
func findState(d *pickle.Dict, depth int) (*pickle.Dict, []string) {
	if depth > maxStateDepth {
		return nil, nil
	}
	for _, key := range stateKeys {
		if inner := pickle.AsDict(d.Get(key)); inner != nil {
			if state, path := findState(inner, depth+1); state != nil {
				return state, append([]string{key}, path...)
			}
		}
	}
	if hasTensors(d) {
		return d, nil
	}
	var only *pickle.Dict
	var name string
	for i, v := range d.Values {
		inner := pickle.AsDict(v)
		key, isText := d.Keys[i].(string)
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

func hasTensors(d *pickle.Dict) bool {
	for i, v := range d.Values {
		if _, isText := d.Keys[i].(string); isText && isTorchTensor(v) {
			return true
		}
	}
	return false
}

// noState says why no state dictionary was found.
func noState(root any) error {
	const advice = "in Python: torch.save(torch.load(IN).state_dict(), OUT)"
	d := pickle.AsDict(root)
	if o, ok := root.(*pickle.Object); ok && d == nil {
		if isTorchTensor(root) {
			return errors.New("expected a state_dict, found a single tensor without a name; save {'name': tensor}")
		}
		return fmt.Errorf("expected a state_dict, found a whole %s, which only its own program can rebuild; %s", escape.Short(o.Maker()), advice)
	}
	if d == nil {
		return fmt.Errorf("expected a state_dict, found %s; %s", pickle.Describe(root), advice)
	}
	for _, key := range stateKeys {
		if o, ok := d.Get(key).(*pickle.Object); ok && pickle.AsDict(o) == nil && !isTorchTensor(o) {
			return fmt.Errorf("expected a state_dict, found a whole %s under %q; save its state_dict() there", escape.Short(o.Maker()), key)
		}
	}
	var names []string
	for _, k := range d.Keys {
		if name, ok := k.(string); ok {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return errors.New("expected a state_dict, found a dictionary without tensors")
	}
	return fmt.Errorf("expected a state_dict, found a dictionary without tensors, or with several dictionaries of them; its keys are %s",
		few.Quoted(names, 10))
}

// plainFacts returns the numbers and short texts that a checkpoint keeps beside the State: epoch, arch and the like.
func plainFacts(d *pickle.Dict) map[string]string {
	const mostFacts, longest = 100, 1000
	facts := map[string]string{}
	for i, v := range d.Values {
		key, isText := d.Keys[i].(string)
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
