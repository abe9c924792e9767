// Package svm trains linear one-vs-rest support vector machines by dual coordinate descent, logistic regression by
// Newton's method, and multinomial logistic regression by L-BFGS.
//
// # The problem
//
// For one class, with rows x_i in R^D, labels y_i = +1 or -1 (a row with y_i = 0 is left out) and costs C_i = C·(weight
// of its sign):
//
//	primal:  min_w  f(w) = ½ wᵀw + Σ_i C_i · ξ_i^p,   ξ_i = max(0, 1 - y_i wᵀx_i)
//
//	dual:    max_α  g(α) = Σ_i α_i - ½ ‖Σ_i α_i y_i x_i‖² - ½ Σ_i d_i α_i²,   0 ≤ α_i ≤ u_i
//
//	p = 2 (squared hinge):  d_i = 1 / (2 C_i),  u_i = ∞
//	p = 1 (hinge):          d_i = 0,            u_i = C_i
//
//	logistic:             log(1 + e^{-m_i}) in place of ξ_i^p, m_i = y_i wᵀx_i; in the dual, 0 < α_i < C_i, -½ d_i α_i² and
//	                      α_i give way to the entropy C_i log C_i - α_i log α_i - (C_i-α_i) log (C_i-α_i)
//
// At the optimum w = Σ α_i y_i x_i and f(w) = g(α); f(w) - g(α), the duality gap, bounds how far f(w) is from its
// minimum. A bias B > 0 appends the constant B to each row, so its weight is regularised too (LIBLINEAR's -B).
// One-vs-rest means K such problems on the same rows; they share nothing but the reading of X.
//
// # The method
//
// Hsieh, Chang, Lin, Keerthi, Sundararajan, "A dual coordinate descent method for large-scale linear SVM", ICML 2008:
// algorithm 1 (coordinate steps in random order) and algorithm 3 (shrinking). descent.go has the formulas. Where a
// squared hinge problem is too ill-conditioned for it (huge C), a Newton method on the primal finishes the work:
// Keerthi and DeCoste, "A modified finite Newton method for fast solution of large scale linear SVMs", JMLR 2005
// (newton.go). The logistic loss has Newton's method from the start (logistic.go). The softmax loss, of all classes
// together, is a problem of its own: softmax.go.
//
// # Order and reproducibility
//
// Rows are visited in one random order for all classes, so a row is read from memory once for all of them. The order
// depends on the seed and the number of the pass only, and no class sees another's state; so the result of a class is
// the same bit for bit whatever the number of cores and whichever classes are trained beside it. Rows that are larger
// than memory pass by instead (batch.go, stream.go); their models agree with these within the tolerance.
package svm
