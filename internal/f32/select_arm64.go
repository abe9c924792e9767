//go:build arm64 && !noasm

package f32

// neonKernels need no look at the processor: every arm64 has these instructions.
var neonKernels = kernels{
	name: "neon", arithmetic: fma, rows: 6, panels: 1, wide: 4,
	gemm:         gemmBy(gemmNEON[:]...),
	winogradIn:   winogradInBy(winogradInNEON),
	winogradOut:  winogradOutBy(winogradOutNEON, 4),
	winogradPool: winogradOutBy(winogradPoolNEON, 2),
	maxPool:      maxPoolBy(maxPoolNEON),
	biasReLU:     biasReLUBy(biasNEON, biasReLUNEON),
	conv3:        conv3By(conv3NEON_6, conv3NEON_1, 6),
	dot:          dotBy(dotNEON),
	axpy:         axpyBy(axpyNEON),
	filter7:      filter7By(filter7NEON),
	output7:      output7By(output7NEON),

	outerRows:          4,
	outer:              outerBy(outerNEON[:]...),
	winogradLinear:     winogradOutBy(winogradLinearNEON, 4),
	winogradGrad:       winogradGradBy(winogradGradNEON),
	winogradFilter:     winogradFilterBy(winogradFilterNEON),
	winogradFilterGrad: winogradFilterGradBy(winogradFilterGradNEON),
	mask:               maskBy(maskNEON),
	poolGrad:           poolGradBy(poolGradNEON),
	affine:             affineBy(affineNEON),
	affine2:            affine2By(affine2NEON),
	moments:            momentsBy(momentsNEON),
	squares:            squaresBy(squaresNEON),
	apart:              apartBy(apartNEON),

	peak:     peakNEON,
	peakSize: 24 * 4,
}

func available() []*kernels { return []*kernels{&plainKernels, &neonKernels} }

// gemmNEON has kernels of several panels for few rows.
var gemmNEON = [4][6]gemmFunc{
	{gemmNEON_1x16, gemmNEON_2x16, gemmNEON_3x16, gemmNEON_4x16, gemmNEON_5x16, gemmNEON_6x16},
	{gemmNEON_1x32, gemmNEON_2x32, gemmNEON_3x32},
	{},
	{gemmNEON_1x64},
}

var outerNEON = [1][4]outerFunc{{outerNEON_1x16, outerNEON_2x16, outerNEON_3x16, outerNEON_4x16}}
