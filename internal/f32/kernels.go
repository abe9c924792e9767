package f32

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
)

// kernels is one set of the inner loops. Strides are in floats. All sets but the plain one take pointers into slices
// whose lengths the callers in this package have checked.
type kernels struct {
	name       string
	arithmetic string // sets that give the same bits share it
	rows       int    // most rows of a that gemm takes at once
	outerRows  int    // most columns of a that outer takes at once, a divisor of 16
	panels     int    // most panels of 16 columns that gemm and outer take at once
	wide       int    // those of gemm, where it takes more

	// gemm sets c[i][j] = sum over k of a[i][k]*b[k][j], or adds that sum to c, for groups times m rows and n panels of
	// 16 columns. b is packed: panel p is at b[p*bStride:], [k][16]. k is a multiple of 4.
	gemm func(groups, m, n int, a []float32, aStride int, b []float32, bStride int, c []float32, cStride, k int, add bool)
	// winogradIn writes the 36 values of B^T d B for each of c channels; d is the 6x6 tile at src (see the strides),
	// value x of channel i goes to dst[x*dstStride+i].
	winogradIn func(dst []float32, dstStride int, src []float32, rowStride, colStride, c int, tmp []float32)
	// winogradOut writes relu(A^T m A + bias), 4x4 pixels, for each of c channels.
	winogradOut func(dst []float32, rowStride, colStride int, src []float32, srcStride int, bias []float32, c int, tmp []float32)
	// winogradPool writes the 2x2 max-pooled relu(A^T m A + bias), 2x2 pixels.
	winogradPool func(dst []float32, rowStride, colStride int, src []float32, srcStride int, bias []float32, c int, tmp []float32)
	// maxPool writes the maxima of pixel pairs of two rows: dst [n][c], r0 and r1 [2n][c]. A NaN among the four gives
	// NaN.
	maxPool func(dst, r0, r1 []float32, n, c int)
	// biasReLU adds bias to x and, where relu is set, replaces what is below 0 by 0 (NaN stays).
	biasReLU func(x, bias []float32, relu bool)
	// conv3 does n pixels of a 3x3 convolution over 3 channels with bias and ReLU; see Conv3.
	conv3 func(dst []float32, n, k int, r0, r1, r2, w, bias []float32)
	// filter7 transforms n times 16 filters of 7x7: value (y,x) of filter i at src[(7*y+x)*tapStride+i], value (y,x) of
	// the 8x8 results at dst[(8*y+x)*dstStride+i].
	filter7 func(dst []float32, dstStride int, src []float32, tapStride, n int, g, tmp []float32)
	// output7 transforms the 8x8 values of n times 16 channels back, by A^T M A: value (y,x) of channel i at
	// src[(8*y+x)*srcStride+i], pixel (y,x) of the four at dst[(2*y+x)*dstStride+i]; a is A^T, [2][8].
	output7 func(dst []float32, dstStride int, src []float32, srcStride, n int, a, tmp []float32)
	// outer sets c[i][j] = sum over k of a[k*aStride+i]*b[k*bStride+j], or adds that sum to c, for m columns of a and n
	// panels of 16 columns of b, bPanel apart.
	outer func(m, n int, a []float32, aStride int, b []float32, bStride, bPanel int, c []float32, cStride, k int, add bool)
	// winogradLinear is winogradOut without ReLU.
	winogradLinear func(dst []float32, rowStride, colStride int, src []float32, srcStride int, bias []float32, c int, tmp []float32)
	// winogradGrad writes the 36 values of A y A^T for each of c channels; y is the 4x4 tile at src, places are as in
	// winogradIn.
	winogradGrad func(dst []float32, dstStride int, src []float32, rowStride, colStride, c int, tmp []float32)
	// winogradFilter writes the 36 values of G g G^T of 16 filters, [9][16], to dst[x*dstStride:].
	winogradFilter func(dst []float32, dstStride int, src, tmp []float32)
	// winogradFilterGrad writes G^T u G, [9][16], of 16 times 36 values at src[x*srcStride:].
	winogradFilterGrad func(dst, src []float32, srcStride int, tmp []float32)
	// mask clears d where y is not above 0.
	mask func(d, y []float32)
	// poolGrad is the gradient of maxPool: each of dout, [n][c], goes to the first of the four largest of x0 and x1, in
	// the place of d0 and d1, [2n][c]; the others get 0.
	poolGrad func(d0, d1, x0, x1, dout []float32, n, c int)
	// affine writes max(low, a*x + b) for n pixels of c channels; a and b are numbers of each channel.
	affine func(dst, x, a, b []float32, low float32, n, c int)
	// affine2 writes a*d + b*x + k likewise.
	affine2 func(dst, d, x, a, b, k []float32, n, c int)
	// moments writes the sums over n pixels of d-md and of (d-md)(x-mx) for each of c channels.
	moments func(sum, product, d, x, md, mx []float32, n, c int)
	dot     func(x, y []float32) float32
	axpy    func(a float32, x, y []float32)
	// squares adds the squares of x to sum, in double precision; see double.go for the order.
	squares func(sum *[4]float64, x []float32)
	// apart adds the squares of a - f*x likewise.
	apart func(sum *[4]float64, a []float64, x []float32, f float64)
	// peak does n*peakSize multiply-adds between registers.
	peak     func(n int)
	peakSize int
}

var plainKernels = kernels{
	name: "plain", arithmetic: "plain-1", rows: 4, outerRows: 4, panels: 1,
	gemm: gemmPlain, winogradIn: winogradInPlain, winogradOut: winogradOutPlain,
	winogradPool: winogradPoolPlain, maxPool: maxPoolPlain, biasReLU: biasReLUPlain,
	conv3: conv3Plain, dot: dotPlain, axpy: axpyPlain, filter7: filter7Plain, output7: output7Plain,
	outer: outerPlain, winogradLinear: winogradLinearPlain, winogradGrad: winogradGradPlain,
	winogradFilter: winogradFilterPlain, winogradFilterGrad: winogradFilterGradPlain,
	mask: maskPlain, poolGrad: poolGradPlain, affine: affinePlain, affine2: affine2Plain, moments: momentsPlain,
	squares: squaresPlain, apart: apartPlain,
	peak: peakPlain, peakSize: 8,
}

var active atomic.Pointer[kernels]

// env names the environment variable that picks the kernels, for machines of several kinds that must give the same
// bits: plain, avx2, avx512 or neon.
const env = "FC7_KERNELS"

func init() {
	active.Store(best())
	if name := os.Getenv(env); name != "" {
		// A name this machine cannot run is reported by Check, where an error can be returned.
		_ = Use(name)
	}
}

func best() *kernels {
	sets := available()
	return sets[len(sets)-1]
}

// Check returns an error if the environment asks for kernels that this machine lacks.
func Check() error {
	if name := os.Getenv(env); name != "" && name != Kernels() {
		return unknown(name)
	}
	return nil
}

func unknown(name string) error {
	return fmt.Errorf("kernels %q are not available on this machine; there are %s", name, strings.Join(Available(), ", "))
}

// Available names the kernel sets this machine can run, slowest first.
func Available() []string {
	var names []string
	for _, k := range available() {
		names = append(names, k.name)
	}
	return names
}

// Use switches to the named kernels. What already runs keeps its own.
func Use(name string) error {
	for _, k := range available() {
		if k.name == name {
			active.Store(k)
			return nil
		}
	}
	return unknown(name)
}

// Kernels names the set in use: plain, avx2, avx512 or neon.
func Kernels() string { return active.Load().name }

// Arithmetic names how sums are rounded; two machines with one Arithmetic give the same bits. It changes whenever a
// kernel's rounding does.
func Arithmetic() string { return active.Load().arithmetic }

// Dot returns the sum of x[i]*y[i]; len(y) >= len(x).
func Dot(x, y []float32) float32 { return active.Load().dot(x, y[:len(x)]) }

// Axpy adds a*x[i] to y[i]; len(y) >= len(x).
func Axpy(a float32, x, y []float32) { active.Load().axpy(a, x, y[:len(x)]) }
