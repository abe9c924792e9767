package protocol

// mt19937 is the Mersenne Twister of Matsumoto and Nishimura (ACM TOMACS 8, 1998), seeded and used as numpy's
// RandomState does, so that random splits are those that Python programs draw with the same seed.
type mt19937 struct {
	state [624]uint32
	at    int
}

// newMT19937 seeds like RandomState(seed).
func newMT19937(seed uint32) *mt19937 {
	m := &mt19937{at: 624}
	for i := range m.state {
		m.state[i] = seed
		seed = 1812433253*(seed^seed>>30) + uint32(i) + 1
	}
	return m
}

// uint32 returns the next 32 bits.
func (m *mt19937) uint32() uint32 {
	if m.at == len(m.state) {
		m.refill()
	}
	y := m.state[m.at]
	m.at++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

func (m *mt19937) refill() {
	n := len(m.state)
	for i := range n {
		y := m.state[i]&0x80000000 | m.state[(i+1)%n]&0x7fffffff
		v := m.state[(i+397)%n] ^ y>>1
		if y&1 != 0 {
			v ^= 0x9908b0df
		}
		m.state[i] = v
	}
	m.at = 0
}

// interval returns a number from 0 to limit: draws under the next mask of ones until one fits.
func (m *mt19937) interval(limit uint32) uint32 {
	mask := limit
	for shift := 1; shift < 32; shift *= 2 {
		mask |= mask >> shift
	}
	for {
		if v := m.uint32() & mask; v <= limit {
			return v
		}
	}
}

// permutation returns 0 to n-1 in random order, as RandomState.permutation(n).
func (m *mt19937) permutation(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := m.interval(uint32(i))
		p[i], p[j] = p[j], p[i]
	}
	return p
}
