#!/usr/bin/env python3
"""Makes onnx_*.onnx out of the golden nets, by PyTorch's exporter and the onnx package.

Run beside golden_*.safetensors with Debian's python3-torch and python3-onnx: python3 make_onnx.py.
onnx_folded.onnx is VGG-19 with batch normalisation as the exporter writes it: folded into the
convolutions, whose tensors lose their names. onnx_norms.onnx is the same net with its normalisations.
onnx_matmul.onnx is VGG-16 as converters from TensorFlow write it: fully connected layers by MatMul
and Add, inputs flattened channels last, all weights in Constant nodes.
"""
import json
import struct

import numpy as np
import onnx
import torch
import torch.nn as nn
from onnx import helper, numpy_helper


def tensors(path):
    b = open(path, "rb").read()
    n, = struct.unpack("<Q", b[:8])
    out = {}
    for k, v in json.loads(b[8:8 + n]).items():
        if k != "__metadata__" and not k.startswith("golden."):
            s, e = v["data_offsets"]
            out[k] = np.frombuffer(b[8 + n + s:8 + n + e], "<f4").reshape(v["shape"]).copy()
    return out


class Net(nn.Module):
    def __init__(self, t):
        super().__init__()
        mods, i = [], 0
        last = max(int(k.split(".")[1]) for k in t if k.startswith("features."))
        while i <= last + 1:
            w = t.get(f"features.{i}.weight")
            if w is None:
                mods.append(nn.ReLU() if isinstance(mods[-1], (nn.Conv2d, nn.BatchNorm2d)) else nn.MaxPool2d(2))
            elif w.ndim == 4:
                mods.append(nn.Conv2d(w.shape[1], w.shape[0], 3, padding=1))
            else:
                mods.append(nn.BatchNorm2d(w.shape[0]))
            i += 1
        mods.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*mods)
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        d = [t[f"classifier.{i}.weight"].shape for i in (0, 3, 6)]
        self.classifier = nn.Sequential(nn.Linear(*d[0][::-1]), nn.ReLU(), nn.Dropout(), nn.Linear(*d[1][::-1]), nn.ReLU(),
                                        nn.Dropout(), nn.Linear(*d[2][::-1]))
        self.load_state_dict({k: torch.from_numpy(v) for k, v in t.items()}, strict=False)
        self.eval()

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def export(path, t, **o):
    torch.onnx.export(Net(t), torch.zeros(1, 3, 224, 224), path, **o)
    onnx.checker.check_model(onnx.load(path))


def matmul(path, t):
    nodes, x = [], "image"

    def const(name, a):
        nodes.append(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.ascontiguousarray(a), name)))
        return name

    def add(op, inputs, **o):
        nodes.append(helper.make_node(op, inputs, [f"v{len(nodes)}"], **o))
        return nodes[-1].output[0]

    for i in range(31):
        w = t.get(f"features.{i}.weight")
        if w is not None:
            x = add("Relu", [add("Conv", [x, const(f"w{i}", w), const(f"b{i}", t[f"features.{i}.bias"])], auto_pad="SAME_UPPER")])
        elif i in (4, 9, 16, 23, 30):
            x = add("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    x = add("Flatten", [add("Transpose", [x], perm=[0, 2, 3, 1])])
    for i in (0, 3, 6):
        w = t[f"classifier.{i}.weight"]
        if i == 0:
            w = w.reshape(w.shape[0], -1, 7, 7).transpose(0, 2, 3, 1).reshape(w.shape[0], -1)
        x = add("Add", [add("MatMul", [x, const(f"fw{i}", w.T)]), const(f"fb{i}", t[f"classifier.{i}.bias"])])
        if i < 6:
            x = add("Relu", [x])
    g = helper.make_graph(nodes, "matmul", [helper.make_tensor_value_info("image", 1, [1, 3, 224, 224])],
                          [helper.make_tensor_value_info(x, 1, [1, 10])])
    m = helper.make_model(g, opset_imports=[helper.make_opsetid("", 13)])
    onnx.checker.check_model(m)
    onnx.save(m, path)


export("onnx_folded.onnx", tensors("golden_vgg19_bn.safetensors"))
export("onnx_norms.onnx", tensors("golden_vgg19_bn.safetensors"), training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
matmul("onnx_matmul.onnx", tensors("golden_vgg16.safetensors"))
