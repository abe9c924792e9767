package metrics

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// Value is a figure that may be undefined (NaN): the average precision of a class without positives, for one. In JSON
// undefined is null.
type Value float64

// Defined tells whether there is a figure.
func (v Value) Defined() bool { return !math.IsNaN(float64(v)) }

// MarshalJSON writes null for NaN and for the infinities, which JSON does not have.
func (v Value) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(v), 'g', -1, 64), nil
}

// UnmarshalJSON reads null as NaN.
func (v *Value) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		*v = Value(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(v))
}

// Mean returns the mean of the defined values, and how many there are; NaN for none.
func Mean(values []Value) (mean Value, defined int) {
	sum := 0.0
	for _, v := range values {
		if v.Defined() {
			sum += float64(v)
			defined++
		}
	}
	return Value(sum / float64(defined)), defined
}

// Deviation returns the standard deviation of the defined values with n-1 in the denominator; NaN for fewer than two.
func Deviation(values []Value) Value {
	mean, n := Mean(values)
	sum := 0.0
	for _, v := range values {
		if v.Defined() {
			sum += float64((v - mean) * (v - mean))
		}
	}
	if n < 2 {
		return Value(math.NaN())
	}
	return Value(math.Sqrt(sum / float64(n-1)))
}
