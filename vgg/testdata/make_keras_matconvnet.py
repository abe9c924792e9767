#!/usr/bin/env python3
"""Writes a VGG as Keras and as MatConvNet write theirs.

Run with Debian's python3-h5py, python3-scipy and python3-torch:
  python3 make_keras_matconvnet.py                      golden_vgg16.safetensors as the files of keras_matconvnet/
  python3 make_keras_matconvnet.py small                two small layers, as the files of ../weights/testdata/small/
  python3 make_keras_matconvnet.py tiny                 other structures of both in a kB or two, in the same folder, to damage
  python3 make_keras_matconvnet.py vgg16.pth FOLDER     a full VGG-16 or VGG-19 of torchvision's names, 2.6 GB, for TestFullSize
"""
import json
import os
import struct
import sys

import h5py
import numpy as np
import scipy.io

BLOCKS = {13: [2, 2, 3, 3, 3], 16: [2, 2, 4, 4, 4]}  # convolutions by block, of VGG-16 and -19
MEAN = np.array([123.68, 116.779, 103.939], "<f4").reshape(1, 1, 3)


def read_safetensors(path):
    with open(path, "rb") as f:
        head = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    return {k: np.frombuffer(data[v["data_offsets"][0]:v["data_offsets"][1]], "<f4").reshape(v["shape"])
            for k, v in head.items() if not k.startswith(("__", "golden."))}


def read(path):
    if path.endswith(".safetensors"):
        return read_safetensors(path)
    import torch
    return {k: v.numpy() for k, v in torch.load(path, map_location="cpu").items()}


def layers(state):
    """The paper's names with weights as height, width, inputs, outputs, and biases."""
    number = lambda k: int(k.split(".")[1])
    names = [k[:-7] for k in state if k.endswith(".weight")]
    convs = sorted((k for k in names if k.startswith("features")), key=number)
    dense = sorted((k for k in names if k.startswith("classifier")), key=number)
    paper = [f"conv{b + 1}_{i + 1}" for b, n in enumerate(BLOCKS[len(convs)]) for i in range(n)]
    out = []
    for name, key in zip(paper + ["fc6", "fc7", "fc8"], convs + dense):
        w = state[key + ".weight"]
        if w.ndim == 2:
            side = 7 if name == "fc6" else 1
            w = w.reshape(w.shape[0], -1, side, side)
        out.append((name, np.ascontiguousarray(w.transpose(2, 3, 1, 0)), state[key + ".bias"]))
    return out


# Keras

def keras_layers(net):
    """Keras's names, with dense kernels as inputs (height, width, channels), outputs."""
    for name, w, b in net:
        if name.startswith("conv"):
            block, i = name[4:].split("_")
            yield f"block{block}_conv{i}", w, b
        else:
            yield {"fc6": "fc1", "fc7": "fc2", "fc8": "predictions"}[name], w.reshape(-1, w.shape[3]), b


def keras2(path, net):
    with h5py.File(path, "w") as f:
        names = []
        for name, w, b in keras_layers(net):
            g = f.create_group(name)
            g.create_dataset(f"{name}/kernel:0", data=w)
            g.create_dataset(f"{name}/bias:0", data=b)
            g.attrs["weight_names"] = [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
            names.append(name.encode())
        f.create_group("flatten").attrs["weight_names"] = []
        f.attrs["layer_names"] = names + [b"flatten"]
        f.attrs["backend"] = b"tensorflow"
        f.attrs["keras_version"] = b"2.0.0"


def keras1(path, net):
    """A model saved whole: weights below model_weights, lists in pieces; here in chunks and new structures, too."""
    with h5py.File(path, "w", libver="latest") as f:
        f.attrs["model_config"] = json.dumps({"class_name": "Model", "config": {"name": "vgg16"}})
        f.create_group("optimizer_weights").create_dataset("iterations", data=0)
        g = f.create_group("model_weights")
        names = []
        for name, w, b in keras_layers(net):
            h = g.create_group(name)
            h.create_dataset(f"{name}_W_1:0", data=w, compression="gzip", shuffle=True, fletcher32=True)
            h.create_dataset(f"{name}_b_1:0", data=b)
            h.attrs["weight_names"] = np.array([f"{name}_W_1:0", f"{name}_b_1:0"], dtype=h5py.string_dtype())
            names.append(name.encode())
        g.attrs["layer_names0"], g.attrs["layer_names1"] = names[:7], names[7:]


def keras3(path, net):
    with h5py.File(path, "w") as f:
        seen = {"conv2d": 0, "dense": 0}
        for _, w, b in keras_layers(net):
            kind = "conv2d" if w.ndim == 4 else "dense"
            name = f"{kind}_{seen[kind]}" if seen[kind] else kind
            seen[kind] += 1
            f.create_dataset(f"layers/{name}/vars/0", data=w)
            f.create_dataset(f"layers/{name}/vars/1", data=b)
        f.create_group("layers/flatten/vars")


def keras3_nested(path, net):
    """VGG without its top as a layer of another model, whose head has batch normalisation."""
    with h5py.File(path, "w", libver="latest") as f:
        for i, (_, w, b) in enumerate(keras_layers(net)):
            name = f"layers/functional/layers/conv2d_{i}/vars" if i else "layers/functional/layers/conv2d/vars"
            f.create_dataset(f"{name}/0", data=w)
            f.create_dataset(f"{name}/1", data=b)
        for i, shape in enumerate([(5,), (5,), (5,), (5,)]):
            f.create_dataset(f"layers/batch_normalization/vars/{i}", data=np.ones(shape, "<f4"))
        for name, shape in ("dense", (784, 5)), ("dense_1", (5, 2)):
            f.create_dataset(f"layers/{name}/vars/0", data=np.ones(shape, "<f4"))
            f.create_dataset(f"layers/{name}/vars/1", data=np.ones(shape[1:], "<f4"))
        f.create_dataset("optimizer/vars/0", data=np.int64(3))


# MatConvNet

def average_image(side):
    y, x = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    return MEAN + ((y + x) % 2 * 2 - 1).astype("<f4")[:, :, None]  # whose channel means are MEAN


def fields(name, w, b, old):
    layer = {"name": name, "type": "conv", "stride": np.ones((1, 2)), "pad": np.ones((1, 4)) * (w.shape[0] == 3)}
    if old:
        return layer | {"filters": w, "biases": b.reshape(1, -1)}
    return layer | {"weights": [w, b.reshape(1, -1)]}


def simple_layers(net, old):
    out = []
    for name, w, b in net:
        out.append(fields(name, w, b, old))
        out.append({"name": "relu" + name[4:], "type": "relu"})
    return out


def normalization(image):
    return {"imageSize": np.array([[224., 224., 3.]]), "averageImage": image, "interpolation": "bicubic"}


def cell(values):
    out = np.empty((1, len(values)), object)
    for i, v in enumerate(values):
        out[0, i] = for_scipy(v)
    return out


def for_scipy(v):
    if isinstance(v, list):
        return cell(v)
    if isinstance(v, dict):
        return {k: for_scipy(x) for k, x in v.items()}
    return v


def simplenn5(path, net, compress):
    scipy.io.savemat(path, {"layers": cell(simple_layers(net, False)),
                            "meta": {"normalization": normalization(MEAN)}}, do_compression=compress)


def old5(path, net):
    scipy.io.savemat(path, {"layers": cell(simple_layers(net, True)), "normalization": normalization(average_image(4)),
                            "classes": {"name": cell(["n01440764", "n01443537"])}})


class Matlab73:
    """Writes version 7.3 files as MATLAB does: sizes reversed, cells as references into #refs#."""

    def __init__(self, path, chunks):
        self.f = h5py.File(path, "w", userblock_size=512)
        self.refs = self.f.create_group("#refs#")
        self.path, self.chunks, self.n = path, chunks, 0

    def put(self, group, name, v):
        if isinstance(v, dict):
            d = group.create_group(name)
            self.klass(d, "struct")
            for k, x in v.items():
                self.put(d, k, x)
        elif isinstance(v, StructArray):
            d = group.create_group(name)
            self.klass(d, "struct")
            for k in v[0]:
                self.references(d, k, [e[k] for e in v])
        elif isinstance(v, list):
            d = self.references(group, name, v)
            self.klass(d, "cell")
        elif isinstance(v, str):
            d = group.create_dataset(name, data=np.array([[ord(c)] for c in v], "<u2"))
            self.klass(d, "char")
            d.attrs["MATLAB_int_decode"] = np.int32(2)
        elif v.size == 0:
            d = group.create_dataset(name, data=np.array(v.shape, "<u8"))
            self.klass(d, "double")
            d.attrs["MATLAB_empty"] = np.uint8(1)
        else:
            big = self.chunks and v.size > 1000
            d = group.create_dataset(name, data=v.T, **({"compression": "gzip", "chunks": True} if big else {}))
            self.klass(d, "single" if v.dtype == np.float32 else "double")

    def references(self, group, name, values):
        refs = []
        for v in values:
            self.n += 1
            key = str(self.n)
            self.put(self.refs, key, v)
            refs.append(self.refs[key].ref)
        d = group.create_dataset(name, (len(values), 1), dtype=h5py.ref_dtype)
        d[:, 0] = refs
        return d

    def klass(self, d, name):
        d.attrs["MATLAB_class"] = np.bytes_(name)

    def close(self):
        self.f.close()
        with open(self.path, "r+b") as f:
            f.write(b"MATLAB 7.3 MAT-file, made by make_keras_matconvnet.py".ljust(116) + bytes(8) + b"\x00\x02IM")


class StructArray(list):
    pass


def simplenn73(path, net, chunks):
    m = Matlab73(path, chunks)
    m.put(m.f, "net", {"layers": simple_layers(net, False), "meta": {"normalization": normalization(MEAN), "version": np.zeros((0, 0))}})
    m.close()


def dagnn73(path, net):
    m = Matlab73(path, True)
    layers_, params = StructArray(), StructArray()
    for name, w, b in net:
        layers_.append({"name": name, "type": "dagnn.Conv", "inputs": ["x"], "outputs": [name], "params": [name + "f", name + "b"],
                        "block": {"size": np.array([w.shape], "<f8"), "hasBias": np.ones((1, 1))}})
        layers_.append({"name": "relu" + name[4:], "type": "dagnn.ReLU", "inputs": [name], "outputs": ["y"], "params": [],
                        "block": {"leak": np.zeros((1, 1))}})
        params.append({"name": name + "b", "value": b.reshape(-1, 1)})
        params.append({"name": name + "f", "value": w})
    for layer in layers_:
        if not layer["params"]:
            layer["params"] = np.zeros((0, 0))
    m.put(m.f, "layers", layers_)
    m.put(m.f, "params", params)
    m.put(m.f, "meta", {"normalization": normalization(MEAN)})
    m.close()


CONFIG = {"class_name": "Sequential", "config": {"name": "n", "layers": [
    {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 8, 8, 3]}},
    {"class_name": "ZeroPadding2D", "config": {"name": "pad", "padding": [[1, 1], [1, 1]]}},
    {"class_name": "Conv2D", "config": {"name": "block1_conv1", "filters": 2, "kernel_size": [3, 3], "strides": [1, 1], "padding": "valid",
                                        "activation": "relu", "use_bias": True}},
    {"class_name": "MaxPooling2D", "config": {"name": "pool", "pool_size": [2, 2], "strides": None, "padding": "same"}},
    {"class_name": "Dense", "config": {"name": "fc1", "units": 3, "activation": "softmax"}}]}}


def small():
    net = [("conv1_1", counting(1, 1, 3, 2), counting(2)), ("fc6", counting(1, 1, 2, 3), counting(3))]
    os.makedirs("../weights/testdata/small", exist_ok=True)
    os.chdir("../weights/testdata/small")
    keras2("keras2.h5", net)
    keras1("keras1.h5", net[:1])
    with h5py.File("keras1.h5", "a") as f:
        f.attrs["model_config"] = json.dumps(CONFIG)
    keras3("keras3.weights.h5", net)
    keras3_nested("keras3_nested.weights.h5", net[:1])
    simplenn5("simplenn_v5.mat", net, False)
    simplenn5("simplenn_v5_compressed.mat", net, True)
    old5("old_v5.mat", net)
    dagnn73("dagnn_v73.mat", net[:1])
    simplenn73("simplenn_v73.mat", net[:1], False)


counting = lambda *shape: np.arange(int(np.prod(shape)), dtype="<f4").reshape(shape)


def listed(f, layers):
    """The layers of Keras 2: a dict of names of layers and their tensors."""
    for layer, tensors in layers.items():
        g = f.create_group(layer)
        for name, data in tensors.items():
            g[name] = data
        g.attrs["weight_names"] = [name.encode() for name in tensors] or np.zeros(0)
    f.attrs["layer_names"] = [layer.encode() for layer in layers]


def tiny_keras():
    latest = lambda path: h5py.File(path, "w", libver="latest")
    norm = {f"bn/{k}:0": counting(2) for k in ("gamma", "beta", "moving_mean", "moving_variance")}
    with latest("keras2_norm.h5") as f:
        listed(f, {"conv": {"conv/kernel:0": counting(1, 1, 1, 2)}, "bn": norm, "flatten": {}})
    with latest("keras2_nested.h5") as f:
        listed(f, {"vgg16": {"block1_conv1/kernel:0": counting(1, 1, 3, 1), "block1_conv1/bias:0": counting(1)},
                   "dense": {"dense/kernel:0": counting(1, 2).astype(">f8")}})
    with latest("keras1_pieces.h5") as f:
        f.attrs["model_config"] = json.dumps(CONFIG)
        g = f.create_group("model_weights")
        for i, names in enumerate([["a"], ["b"]]):
            for name in names:
                h = g.create_group(name)
                h[f"{name}_W:0"] = counting(1, 1, 1, 2)
                h[f"{name}_running_std:0"] = counting(2)
                h.attrs["weight_names"] = np.array([f"{name}_W:0", f"{name}_running_std:0"], dtype=h5py.string_dtype())
            g.attrs[f"layer_names{i}"] = [name.encode() for name in names]
        f.attrs["keras_version"], f.attrs["backend"] = "1.2.2", "tensorflow"
    with latest("keras3_norm.weights.h5") as f:
        for i in range(4):
            f[f"layers/batch_normalization/vars/{i}"] = counting(2)
        f["layers/conv2d/vars/0"] = counting(1, 1, 1, 2)
        f.create_group("layers/dropout/vars")
    with latest("keras3_deep.weights.h5") as f:
        f["layers/functional/layers/sequential/layers/dense/vars/0"] = counting(2, 1)
        f["layers/functional/layers/sequential/layers/dense/vars/1"] = counting(1)
    with h5py.File("keras2_chunks.h5", "w", libver="latest") as f:
        g = f.create_group("conv")
        g.create_dataset("kernel:0", data=counting(1, 1, 4, 4), chunks=(1, 1, 2, 3), compression="gzip", shuffle=True)
        g.create_dataset("bias:0", data=counting(4).astype("<f2"), chunks=(4,), fletcher32=True)
        g.attrs["weight_names"] = [b"kernel:0", b"bias:0"]
        f.attrs["layer_names"] = [b"conv"]


def tiny_matconvnet():
    conv = {"name": "conv1", "type": "conv", "stride": np.ones((1, 2)), "pad": np.zeros((1, 4)), "weights": [counting(1, 1, 1, 2), counting(1, 2)]}
    other = [{"name": "pool1", "type": "pool", "pool": np.full((1, 2), 2.), "stride": np.full((1, 2), 2.), "method": "max"},
             {"name": "norm1", "type": "lrn", "param": np.array([[5, 1, 2e-5, .75]])}, {"name": "drop", "type": "dropout", "rate": np.array([[.5]])},
             {"name": "prob", "type": "softmax"}]
    norm = {"name": "bn1", "type": "bnorm", "weights": [counting(2, 1), counting(2, 1), counting(2, 2)]}

    def save(path, values, **options):
        scipy.io.savemat(path, values, **options)
        with open(path, "r+b") as f:  # without the date
            f.write(b"MATLAB 5.0 MAT-file, made by make_keras_matconvnet.py".ljust(116))

    save("simplenn_ops_v5.mat", {"layers": cell([conv] + other)}, do_compression=True)
    save("simplenn_norm_v5.mat", {"net": for_scipy({"layers": [conv, norm], "meta": {"normalization": {"averageImage": counting(3, 1)}}})})
    save("simplenn_twice_v5.mat", {"x": counting(2), "layers": cell([conv, conv | {"name": ""}])})
    structs = lambda *all: np.array([tuple(for_scipy(v) for v in x.values()) for x in all], [(k, object) for k in all[0]]).reshape(1, -1)
    for name, packed in ("dagnn_v5.mat", False), ("dagnn_v5_compressed.mat", True):
        save(name, {"layers": structs(
            {"name": "conv1", "type": "dagnn.Conv", "params": ["f", "b"], "block": {"size": np.ones((1, 4)), "pad": np.zeros((1, 4))}},
            {"name": "relu1", "type": "dagnn.ReLU", "params": np.zeros((0, 0)), "block": {"leak": np.zeros((1, 1))}}),
            "params": structs({"name": "f", "value": counting(1, 1, 1, 2)}, {"name": "b", "value": counting(2, 1)})}, do_compression=packed)


def tiny():
    os.chdir("../weights/testdata/small")
    tiny_keras()
    tiny_matconvnet()


def main():
    if sys.argv[1:] == ["small"]:
        return small()
    if sys.argv[1:] == ["tiny"]:
        return tiny()
    if len(sys.argv) == 1:
        net = layers(read("golden_vgg16.safetensors"))
        convs = [layer for layer in net if layer[0].startswith("conv")]
        os.makedirs("keras_matconvnet", exist_ok=True)
        os.chdir("keras_matconvnet")
        keras2("keras2.h5", net)
        keras1("keras1_notop.h5", convs)
        keras3("keras3.weights.h5", net)
        keras3_nested("keras3_nested.weights.h5", convs)
        simplenn5("simplenn_v5.mat", net, True)
        old5("old_v5_notop.mat", convs)
        simplenn73("simplenn_v73.mat", net, True)
        dagnn73("dagnn_v73_notop.mat", convs)
        return
    net = layers(read(sys.argv[1]))
    os.makedirs(sys.argv[2], exist_ok=True)
    os.chdir(sys.argv[2])
    keras2("keras2.h5", net)
    keras1("keras1.h5", net)
    simplenn5("simplenn_v5.mat", net, False)
    simplenn5("simplenn_v5_compressed.mat", net, True)
    simplenn73("simplenn_v73.mat", net, True)


main()
