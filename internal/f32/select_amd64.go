//go:build amd64 && !noasm

package f32

import "golang.org/x/sys/cpu"

var avx2Kernels = kernels{
	name: "avx2", arithmetic: fma, rows: 6, panels: 1,
	gemm:         gemmBy(gemmAVX2[:]...),
	winogradIn:   winogradInBy(winogradInAVX2),
	winogradOut:  winogradOutBy(winogradOutAVX2, 4),
	winogradPool: winogradOutBy(winogradPoolAVX2, 2),
	maxPool:      maxPoolBy(maxPoolAVX2),
	biasReLU:     biasReLUBy(biasAVX2, biasReLUAVX2),
	conv3:        conv3By(conv3AVX2_6, conv3AVX2_1, 6),
	dot:          dotBy(dotAVX2),
	axpy:         axpyBy(axpyAVX2),
	filter7:      filter7By(filter7AVX2),
	output7:      output7By(output7AVX2),

	outerRows:          4,
	outer:              outerBy(outerAVX2[:]...),
	winogradLinear:     winogradOutBy(winogradLinearAVX2, 4),
	winogradGrad:       winogradGradBy(winogradGradAVX2),
	winogradFilter:     winogradFilterBy(winogradFilterAVX2),
	winogradFilterGrad: winogradFilterGradBy(winogradFilterGradAVX2),
	mask:               maskBy(maskAVX2),
	poolGrad:           poolGradBy(poolGradAVX2),
	affine:             affineBy(affineAVX2),
	affine2:            affine2By(affine2AVX2),
	moments:            momentsBy(momentsAVX2),
	squares:            squaresBy(squaresAVX2),
	apart:              apartBy(apartAVX2),

	peak:     peakAVX2,
	peakSize: 12 * 8,
}

var avx512Kernels = kernels{
	name: "avx512", arithmetic: fma, rows: 12, panels: 2,
	gemm:         gemmBy(gemmAVX512[:]...),
	winogradIn:   winogradInBy(winogradInAVX512),
	winogradOut:  winogradOutBy(winogradOutAVX512, 4),
	winogradPool: winogradOutBy(winogradPoolAVX512, 2),
	maxPool:      maxPoolBy(maxPoolAVX512),
	biasReLU:     biasReLUBy(biasAVX512, biasReLUAVX512),
	conv3:        conv3By(conv3AVX512_12, conv3AVX512_1, 12),
	dot:          dotBy(dotAVX512),
	axpy:         axpyBy(axpyAVX512),
	filter7:      filter7By(filter7AVX512),
	output7:      output7By(output7AVX512),

	outerRows:          8,
	outer:              outerBy(outerAVX512[:]...),
	winogradLinear:     winogradOutBy(winogradLinearAVX512, 4),
	winogradGrad:       winogradGradBy(winogradGradAVX512),
	winogradFilter:     winogradFilterBy(winogradFilterAVX512),
	winogradFilterGrad: winogradFilterGradBy(winogradFilterGradAVX512),
	mask:               maskBy(maskAVX2),
	poolGrad:           poolGradBy(poolGradAVX2),
	affine:             affineBy(affineAVX2),
	affine2:            affine2By(affine2AVX2),
	moments:            momentsBy(momentsAVX2),
	squares:            squaresBy(squaresAVX2),
	apart:              apartBy(apartAVX2),

	peak:     peakAVX512,
	peakSize: 12 * 16,
}

func available() []*kernels {
	sets := []*kernels{&plainKernels}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		sets = append(sets, &avx2Kernels)
		if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL {
			sets = append(sets, &avx512Kernels)
		}
	}
	return sets
}

var gemmAVX2 = [1][6]gemmFunc{
	{gemmAVX2_1x16, gemmAVX2_2x16, gemmAVX2_3x16, gemmAVX2_4x16, gemmAVX2_5x16, gemmAVX2_6x16},
}

var gemmAVX512 = [2][12]gemmFunc{
	{gemmAVX512_1x16, gemmAVX512_2x16, gemmAVX512_3x16, gemmAVX512_4x16, gemmAVX512_5x16, gemmAVX512_6x16, gemmAVX512_7x16, gemmAVX512_8x16, gemmAVX512_9x16, gemmAVX512_10x16, gemmAVX512_11x16, gemmAVX512_12x16},
	{gemmAVX512_1x32, gemmAVX512_2x32, gemmAVX512_3x32, gemmAVX512_4x32, gemmAVX512_5x32, gemmAVX512_6x32, gemmAVX512_7x32, gemmAVX512_8x32, gemmAVX512_9x32, gemmAVX512_10x32, gemmAVX512_11x32, gemmAVX512_12x32},
}

var outerAVX2 = [1][4]outerFunc{{outerAVX2_1x16, outerAVX2_2x16, outerAVX2_3x16, outerAVX2_4x16}}

var outerAVX512 = [2][8]outerFunc{
	{outerAVX512_1x16, outerAVX512_2x16, outerAVX512_3x16, outerAVX512_4x16, outerAVX512_5x16, outerAVX512_6x16, outerAVX512_7x16, outerAVX512_8x16},
	{outerAVX512_1x32, outerAVX512_2x32, outerAVX512_3x32, outerAVX512_4x32, outerAVX512_5x32, outerAVX512_6x32, outerAVX512_7x32, outerAVX512_8x32},
}
