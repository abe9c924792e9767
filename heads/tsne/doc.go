// Package tsne draws rows of a matrix as points of a plane, so that those near each other in the space are near each
// other there: t-SNE (van der Maaten and Hinton 2008) on the exact nearest neighbours of each row, started from the
// principal components, in full batch. It says how true the map is ([Quality]) and places further rows on it ([Place]).
//
// # The problem
//
// Of neighbours j of row i, p_{j|i} is e^(-β_i d²) over the sum of these, with β_i such that their perplexity is as
// asked
// for, and p_ij = (p_{j|i} + p_{i|j}) / 2N. Points y have q_ij = (1 + |y_i-y_j|²)^-1 / Z, with Z the sum over all pairs. The map
// minimises Σ p_ij log(p_ij / q_ij), whose gradient, without the factor 4 that most programs leave out, is
//
//	Σ_j p_ij q_ij Z (y_i - y_j) - Σ_j q_ij² Z (y_i - y_j).
//
// # The method
//
// The first sum has as many terms as there are neighbours. Of the second, far points are taken together: Barnes-Hut
// (van der Maaten 2014, section 4.2) on a quadtree that is gone through once for each leaf of up to 16 points, not for
// each point. Interpolation on a grid by FFT (Linderman et al. 2019) was weighed and left: a map of 9,144 rows is 180
// units wide at the end; on a grid of three nodes a unit, doubled against wrapping, a step is four transforms of 1,080
// by 1,080 complex numbers, of which gonum's FFT took 64 ms each on one core, where the tree takes 2.1 ms a step on
// two. The width grows as the root of the rows: of 1,000,000 the transforms would be of 11,000 by 11,000, and the tree
// takes 0.5 s.
//
// Neighbours are those in all columns. Of 9,144 rows of Caltech-101 reduced to 50 principal components first, as is
// usual, the map keeps 0.414 of the ten nearest and has an accuracy of 0.810; without that it is 0.446 and 0.829.
//
// # The same map everywhere
//
// Each sum is made by one worker in one order, and points move only when all sums are there, so that the result does
// not depend on threads. Products are rounded before they are added, and the exponential function is its own ([exp]),
// so that it does not depend on the processor either, but for the start, whose products are those of f32.Arithmetic.
//
// Memory is some 4 kB a row beside the rows themselves: 90 neighbours with distances and affinities at perplexity 30,
// and the affinities of both sides.
package tsne
