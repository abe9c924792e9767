#!/usr/bin/python3
"""Judges the golden files that `go test -update` wrote: onnx's checker, ONNX Runtime against numpy, and LIBLINEAR's predict
where it is installed.

  check.py                          with onnxruntime for Python
  FC7_NODE_MODULES=DIR check.py     with onnxruntime-node, installed in DIR/node_modules
"""
import json, os, shutil, subprocess, tempfile
import numpy as np, onnx

here = os.path.dirname(os.path.abspath(__file__))
W = np.array([[1, -2, 0.5, 3, 0, 1, 2], [0.25, 1, -1, 0, 2, 0, -1], [-3, 0.125, 1, 1, 1, 4, 0]])
B = np.array([0.5, -0.25, 0])
P = np.array([[1, 0, -1], [0.5, 0.5, 0.1], [-1, 2, 0]])


def l2(x):
    n = np.linalg.norm(x, axis=1, keepdims=True)
    return x / np.where(n == 0, 1, n)


def fused(x):
    a = (l2(x[0]) + l2(x[1])) / 2
    b = np.concatenate([x[2], x[3]], 1)
    c = l2(np.maximum(x[4], x[5]))
    return l2(np.concatenate([l2(a), l2(b), l2(c)], 1)) @ W.T + B


NODE = """
const ort = require(process.argv[1]), input = JSON.parse(require('fs').readFileSync(0))
ort.InferenceSession.create(process.argv[2]).then(async s => {
  const feeds = {}
  for (const [k, v] of Object.entries(input)) feeds[k] = new ort.Tensor('float32', Float32Array.from(v.flat()), [v.length, v[0].length])
  const out = {}
  for (const [k, t] of Object.entries(await s.run(feeds))) out[k] = {data: Array.from(t.data), dims: t.dims}
  console.log(JSON.stringify(out))
})
"""


def evaluate(path, inputs):
    modules = os.environ.get("FC7_NODE_MODULES")
    if not modules:
        import onnxruntime as ort
        s = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
        return dict(zip([o.name for o in s.get_outputs()], s.run(None, inputs))), "onnxruntime"
    text = json.dumps({k: v.tolist() for k, v in inputs.items()})
    out = subprocess.run(["node", "-e", NODE, f"{modules}/node_modules/onnxruntime-node", path], input=text, capture_output=True, text=True, check=True).stdout
    return {k: np.array(v["data"]).reshape(v["dims"]) for k, v in json.loads(out).items()}, "onnxruntime-node"


rng = np.random.RandomState(0)
for name, want in (("fused", fused), ("plain", lambda x: l2(x[0]) @ P.T)):
    path = f"{here}/{name}.onnx"
    m = onnx.load(path)
    onnx.checker.check_model(m, full_check=True)
    ins = {i.name: rng.randn(5, i.type.tensor_type.shape.dim[1].dim_value).astype(np.float32) for i in m.graph.input}
    for v in ins.values():
        v[3] = 0  # a descriptor of zeros
    got, by = evaluate(path, ins)
    expect = want(list(ins.values()))
    assert np.abs(got["scores"] - expect).max() < 1e-5, (got["scores"], expect)
    if name == "fused":
        assert np.abs(got["probabilities"] - 1 / (1 + np.exp(-expect))).max() < 1e-6
    print(name, "checked by onnx", onnx.__version__, "and", by, {p.key: p.value for p in m.metadata_props})

predict = shutil.which("liblinear-predict")
for name, w, b, labels in (("fused", W, B, [1, 2, 3]), ("plain", P, np.zeros(3), [1, 2, 3]),
                           ("two", np.array([[0.5, -0.5, -1.1]]), np.array([0.25]), [1, 2]), ("one", P[:1], np.zeros(1), [1, -1])):
    if not predict:
        print("no liblinear-predict")
        break
    x = rng.randn(50, w.shape[1])
    with tempfile.TemporaryDirectory() as d:
        with open(f"{d}/x", "w") as f:
            for row in x:
                f.write("1 " + " ".join(f"{i+1}:{v!r}" for i, v in enumerate(row.tolist())) + "\n")
        args = [predict] + (["-b", "1"] if name == "fused" else []) + [f"{d}/x", f"{here}/{name}.model", f"{d}/out"]
        subprocess.run(args, check=True, capture_output=True)
        lines = open(f"{d}/out").read().split("\n")
    got = [int(l.split()[0]) for l in lines if l and not l.startswith("labels")]
    s = x @ w.T + b
    expect = [labels[0] if v[0] > 0 else labels[1] for v in s] if len(w) == 1 else [labels[i] for i in s.argmax(1)]
    assert got == expect, (name, got, expect)
    print(name, "read by liblinear-predict")
