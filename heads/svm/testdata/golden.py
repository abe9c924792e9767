#!/usr/bin/python3
"""Writes golden.json: optimal primal objectives and predictions found by scikit-learn (LIBLINEAR), for golden_test.go.

  golden.py DATA > golden.json               DATA: the folder of features/heart_scale and features/caltech101_*

  golden.py DATA logistic > logistic.json
  golden.py DATA voc > voc.json
  golden.py DATA one > one.json

Each problem is solved by the dual solver at a tight tolerance and, for the squared hinge and the logistic loss, by the
primal one (LIBLINEAR's -s 7 and -s 0); the lower objective is kept. Rows of made problems come from the integers of a linear congruential generator, so that
Go makes the same ones to the last bit. scikit-learn refuses rows of one class; one.json is of liblinear-train itself.
"""
import json, subprocess, sys, tempfile, warnings
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

warnings.filterwarnings("ignore")
data = sys.argv[1]


def lcg(seed, count):
    out, s = [], seed
    for _ in range(count):
        s = (s * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append(((s >> 16) & 1023) / 512 - 1)
    return np.array(out)


def made(n, d, seed, positives=0.5, zero=0, repeat=1, descriptors=False):
    x = lcg(seed, n * d).reshape(n, d)
    if descriptors:  # as after a ReLU, of norm 1
        x = np.maximum(0, x)
        x = (x / np.sqrt((x * x).sum(1, keepdims=True))).astype(np.float32).astype(np.float64)
    x[:zero] = 0
    for i in range(n):
        x[i] = x[i - i % repeat]
    noise = lcg(seed + 1, n)
    score = x[:, 0] + 0.5 * x[:, 1 % d] + noise
    if descriptors:  # weak cues in many columns
        score = 40 * x[:, :64].sum(1) - 40 * x[:, 64:128].sum(1) + noise
    order = np.argsort(-score, kind="stable")
    y = np.full(n, -1)
    y[order[: max(1, int(positives * n))]] = 1
    return x, y


def heart():
    x, y = np.zeros((270, 13)), []
    for i, line in enumerate(open(f"{data}/features/heart_scale")):
        f = line.split()
        y.append(int(f[0]))
        for e in f[1:]:
            a, v = e.split(":")
            x[i, int(a) - 1] = np.float32(v)
    return x, np.array(y)


def caltech(name):
    x = np.load(f"{data}/features/caltech101_squeezenet11_gap512.npy").astype(np.float64)
    c = np.array([l.split("\t")[0] for l in open(f"{data}/features/caltech101_index.tsv")])
    rows = np.concatenate([np.flatnonzero(c == k)[:30] for k in sorted(set(c))])
    return x[rows], np.where(c[rows] == name, 1, -1)


def objective(x, y, w, b, loss, c, bias, wp, wn):
    b = b if bias > 0 else 0.0
    slack = np.maximum(0, 1 - y * (x @ w + b))
    if loss == "logistic":
        slack = np.logaddexp(0, -y * (x @ w + b))
    cost = c * np.where(y > 0, wp, wn)
    reg = 0.5 * w @ w + (0.5 * (b / bias) ** 2 if bias > 0 else 0)
    return reg + (cost * (slack**2 if loss == "squared_hinge" else slack)).sum(), x @ w + b


def solve(x, y, loss, c, bias, wp, wn):
    best = None
    for dual in (True,) if loss == "hinge" else (True, False):
        if loss == "logistic":
            m = LogisticRegression(C=c, dual=dual, tol=1e-10, max_iter=100000, fit_intercept=bias > 0, solver="liblinear",
                                   intercept_scaling=bias if bias > 0 else 1, class_weight={1: wp, -1: wn}, random_state=0).fit(x, y)
        else:
            m = LinearSVC(C=c, loss=loss, dual=dual, tol=1e-10, max_iter=400000, fit_intercept=bias > 0,
                          intercept_scaling=bias if bias > 0 else 1, class_weight={1: wp, -1: wn}, random_state=0).fit(x, y)
        o = objective(x, y, m.coef_[0], m.intercept_[0] if bias > 0 else 0, loss, c, bias, wp, wn)
        if best is None or o[0] < best[0]:
            best = o
    return best


def solve_one(x, y, loss, c, bias, wp, wn):
    """solve by liblinear-train, of rows that are all positive."""
    best = None
    with tempfile.TemporaryDirectory() as d:
        with open(f"{d}/x", "w") as f:
            for row in x:
                f.write("+1 " + " ".join(f"{i + 1}:{v:.17g}" for i, v in enumerate(row)) + "\n")
        for solver in {"squared_hinge": (1, 2), "hinge": (3,), "logistic": (7, 0)}[loss]:
            subprocess.run(["liblinear-train", "-q", "-s", str(solver), "-c", str(c), "-e", "1e-10", "-B", str(bias or -1), "-w1", str(wp), f"{d}/x", f"{d}/m"], check=True)
            w = np.array([float(v) for v in open(f"{d}/m").read().split("\nw\n")[1].split()])
            o = objective(x, y, w[: x.shape[1]], bias * w[-1], loss, c, bias, wp, wn)
            if best is None or o[0] < best[0]:
                best = o
    return best


problems = {"heart": heart(), "caltech/accordion": caltech("accordion"), "caltech/BACKGROUND_Google": caltech("BACKGROUND_Google")}
for name, args in {
    "wide": dict(n=20, d=60, seed=1), "tall": dict(n=300, d=5, seed=2), "repeated": dict(n=60, d=8, seed=3, repeat=3),
    "zero rows": dict(n=40, d=6, seed=4, zero=10), "one positive": dict(n=50, d=10, seed=5, positives=0), "one column": dict(n=30, d=1, seed=6),
}.items():
    problems[name] = made(**args)
if sys.argv[2:] == ["voc"]:  # the size of VOC-2007; 5,011 x 4,096, one label of 20
    problems = {"voc": made(5011, 4096, 7, positives=0.075, descriptors=True)}
if sys.argv[2:] == ["one"]:
    problems, solve = {"one class": made(30, 7, seed=8, positives=1)}, solve_one
out = []
for name, (x, y) in problems.items():
    settings = [("squared_hinge", c, 0, 1, 1) for c in (1e-6, 0.01, 1, 100)]
    settings += [("squared_hinge", 10, 1, 1, 1), ("squared_hinge", 1, 2.5, 3, 0.5), ("hinge", 0.01, 0, 1, 1), ("hinge", 1, 1, 1, 1), ("hinge", 0.5, 1, 2, 1)]
    if name != "caltech/BACKGROUND_Google":
        settings += [("squared_hinge", 1e4, 1, 1, 1), ("hinge", 20, 0, 1, 1)]
    if name == "voc":
        settings = [("squared_hinge", 1, 0, 1, 1), ("squared_hinge", 16, 1, 2, 1), ("hinge", 1, 0, 1, 1), ("logistic", 4, 0, 1, 1)]
    if sys.argv[2:] == ["logistic"]:
        settings = [("logistic", *v) for v in ((1e-6, 0, 1, 1), (0.01, 0, 1, 1), (1, 1, 1, 1), (10, 2.5, 3, 0.5), (1e3, 1, 1, 1))]
    if sys.argv[2:] == ["one"]:
        settings += [("logistic", 1, 0, 1, 1), ("logistic", 10, 2.5, 3, 1)]
    for s in settings:
        o, score = solve(x, y, *s)
        out.append({"problem": name, "loss": s[0], "c": s[1], "bias": s[2], "positive": s[3], "negative": s[4], "objective": float(o),
                    "predictions": "".join("0" if abs(v) < 1e-5 else "+" if v > 0 else "-" for v in score) if len(y) <= 300 or name == "voc" else ""})
        print(name, s, o, file=sys.stderr, flush=True)
print("[\n" + ",\n".join(json.dumps(e) for e in out) + "\n]")
