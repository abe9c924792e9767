package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// use is what an instruction asks of the units of a processor: cycles of any of some, by LLVM's scheduling model.
type use struct {
	units  uint64 // a set, by the numbers of the units
	cycles float64
}

// byUnits is the fewest cycles of a round that a family of units allows: no set of them does more in a cycle than it
// has units, and what can be done nowhere else must be done there. llvm-mca's "Block RThroughput" asks this of the sets
// that the model names only, each for what asks for it by that very name. That is too few: on V1 a store takes one of
// the two units L01 and one of V0 and V1, so loads, which go to L01 or L2, have less than three units left, and sums
// less than four.
func byUnits(uses []use, family uint64) (least float64) {
	asked := map[uint64]float64{} // of each set
	for _, u := range uses {
		asked[u.units] += u.cycles
	}
	for set := family; set != 0; set = (set - 1) & family {
		sum := 0.0
		for units, cycles := range asked {
			if units&^set == 0 {
				sum += cycles
			}
		}
		least = max(least, sum/float64(bits.OnesCount64(set)))
	}
	return least
}

// usesOf takes apart what one instruction asks of the units of a family, given as a share of each unit: where it needs
// c cycles of any of n units, that is c/n of each.
func usesOf(shares map[int]float64, family uint64) (uses []use) {
	for taken := 0.0; ; { // of each unit that has any left
		u, next := use{}, math.Inf(1)
		for unit, s := range shares {
			if family>>unit&1 == 1 && s > taken+1e-3 {
				u.units |= 1 << unit
				next = min(next, s)
			}
		}
		if u.units == 0 {
			return uses
		}
		u.cycles = (next - taken) * float64(bits.OnesCount64(u.units))
		uses = append(uses, u)
		taken = next
	}
}

// kind finds in the name of a unit, V1UnitL01.0, what it does: B branches, D and L move data, V works on vectors, M and
// S on addresses and counts.
var kind = regexp.MustCompile(`Unit([A-Z])`)

// families are the units of a processor that stand in for each other in part.
func families(units []string) (of []string, err error) {
	for _, name := range units {
		m := kind.FindStringSubmatch(name)
		if m == nil {
			return nil, fmt.Errorf("llvm-mca names a unit %q, which is of no known kind", name)
		}
		of = append(of, strings.Replace(m[1], "M", "S", 1))
	}
	return of, nil
}

// table is what llvm-mca -instruction-tables says of each instruction.
type table struct {
	TargetInfo  struct{ Resources []string }
	CodeRegions []struct {
		ResourcePressureView struct {
			ResourcePressureInfo []struct {
				InstructionIndex, ResourceIndex int
				ResourceUsage                   float64
			}
		}
	}
}

// asks returns the units of a processor, and what each instruction asks of them, as shares by their numbers.
func asks(processor string, body []string) (names []string, shares []map[int]float64, err error) {
	out, err := tool("llvm-mca", strings.Join(body, "\n")+"\n", "-mtriple=aarch64", "-mcpu="+processor, "-instruction-tables", "-json")
	if err != nil {
		return nil, nil, err
	}
	var t table
	if err := json.Unmarshal([]byte(out), &t); err != nil {
		return nil, nil, fmt.Errorf("llvm-mca -json: %w", err)
	}
	names = t.TargetInfo.Resources
	if len(t.CodeRegions) != 1 || len(names) == 0 {
		return nil, nil, fmt.Errorf("llvm-mca -json: %d regions and %d units, expected one region and some units", len(t.CodeRegions), len(names))
	}
	shares = make([]map[int]float64, len(body))
	for i := range shares {
		shares[i] = map[int]float64{}
	}
	for _, p := range t.CodeRegions[0].ResourcePressureView.ResourcePressureInfo {
		if p.InstructionIndex < len(body) { // behind the last instruction are the sums of all
			shares[p.InstructionIndex][p.ResourceIndex] += p.ResourceUsage
		}
	}
	return names, shares, nil
}

// units is the fewest cycles of a round that the kinds of units of the processor allow.
func units(processor string, body []string) (least float64, err error) {
	names, shares, err := asks(processor, body)
	if err != nil {
		return 0, err
	}
	of, err := families(names)
	if err != nil {
		return 0, err
	}
	for _, family := range slices.Compact(slices.Sorted(slices.Values(of))) {
		var set uint64
		for unit, f := range of {
			if f == family {
				set |= 1 << unit
			}
		}
		var uses []use
		for _, s := range shares {
			uses = append(uses, usesOf(s, set)...)
		}
		least = max(least, byUnits(uses, set))
	}
	return least, nil
}

var (
	operand = regexp.MustCompile(`\b[vqds](\d+)\b`)
	stores  = regexp.MustCompile(`^(st|prfm|cmp)`)
)

// cyclesOf are what a sum waits for the one before it, on both processors as LLVM knows them.
var cyclesOf = map[string]int{"fmla": 4, "fmls": 4, "fadd": 2}

// chain is the fewest cycles of a round that the order of the sums allows: those of the register that is added to most
// often, of those that carry a sum from round to round. That order is the arithmetic, and no kernel may change it.
func chain(body []string) (most int) {
	for r := range 32 {
		sum := 0
		for _, text := range body {
			name := strings.Fields(text)[0]
			var uses []int
			for _, m := range operand.FindAllStringSubmatch(text, -1) {
				n, _ := strconv.Atoi(m[1])
				uses = append(uses, n)
			}
			if stores.MatchString(name) || len(uses) == 0 || uses[0] != r && (name != "ldp" || uses[1] != r) {
				continue
			}
			if name != "fmla" && name != "fmls" && (cyclesOf[name] == 0 || !slices.Contains(uses[1:], r)) {
				sum = 0 // begins anew in each round
				break
			}
			sum += cyclesOf[name]
		}
		most = max(most, sum)
	}
	return most
}
