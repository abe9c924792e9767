package weights

import (
	"encoding/binary"
	"fmt"
	"math"
)

// OverFeat's weights (Sermanet et al. 2014; net_weight_0 of the fast net, net_weight_1 of the accurate one) are float32
// without a header: of each layer the filters [out,in,height,width], then the biases, in the order of the layers. What
// tells such a file is its size. The tensors are named as Caffe's are: conv1.weight, conv1.bias, …, fc8.bias.

// overfeatNets are the filters of both.
var overfeatNets = [][][4]int{
	{{96, 3, 11, 11}, {256, 96, 5, 5}, {512, 256, 3, 3}, {1024, 512, 3, 3}, {1024, 1024, 3, 3}, {3072, 1024, 6, 6}, {4096, 3072, 1, 1}, {1000, 4096, 1, 1}},
	{
		{96, 3, 7, 7},
		{256, 96, 7, 7},
		{512, 256, 3, 3},
		{512, 512, 3, 3},
		{1024, 512, 3, 3},
		{1024, 1024, 3, 3},
		{4096, 1024, 5, 5},
		{4096, 4096, 1, 1},
		{1000, 4096, 1, 1},
	},
}

// overfeatFull are the layers at the end of both nets that are fully connected.
const overfeatFull = 3

// overfeatOf finds the net whose weights take so many bytes; nil: none's do.
func overfeatOf(size int64) [][4]int {
	for _, net := range overfeatNets {
		var n int64
		for _, s := range net {
			n += 4 * (int64(s[0])*int64(s[1])*int64(s[2])*int64(s[3]) + int64(s[0]))
		}
		if n == size {
			return net
		}
	}
	return nil
}

// sniffOverFeat goes by the size, and by the first numbers, which weights could be.
func sniffOverFeat(s *source) bool {
	if overfeatOf(s.size) == nil {
		return false
	}
	for i := 0; i+4 <= len(s.head); i += 4 {
		if v := math.Float32frombits(binary.LittleEndian.Uint32(s.head[i:])); !(math.Abs(float64(v)) < 100) {
			return false
		}
	}
	return true
}

func openOverFeat(s *source) (*contents, error) {
	net, at := overfeatOf(s.size), int64(0)
	c := &contents{metadata: map[string]string{}, inOrder: true}
	add := func(name string, shape ...int) {
		t := &Tensor{Name: name, Shape: shape, Dtype: F32, data: s, start: at}
		at += 4 * int64(t.Len())
		c.tensors = append(c.tensors, t)
	}
	for i, shape := range net {
		name := fmt.Sprintf("conv%d", i+1)
		if full := i - (len(net) - overfeatFull); full >= 0 {
			name = fmt.Sprintf("fc%d", 6+full)
		}
		add(name+".weight", shape[:]...)
		add(name+".bias", shape[0])
	}
	return c, nil
}
