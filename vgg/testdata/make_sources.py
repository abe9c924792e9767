#!/usr/bin/env python3
"""Writes the golden VGG-16 as its sources store it: source_dict.npy ({conv1_1: [weights, biases]}), source_weights.npz
(compressed), source_slim.ckpt.* and source_slim_v1.ckpt (TensorFlow checkpoints).

Run beside golden_vgg16.safetensors with NumPy: python3 make_sources.py
"""
import json
import struct
import subprocess
import sys

import numpy as np

b = open("golden_vgg16.safetensors", "rb").read()
n, = struct.unpack("<Q", b[:8])
head = json.loads(b[8:8 + n])
state = {k: np.frombuffer(b[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]], "<f4").reshape(v["shape"])
         for k, v in head.items() if k[:4] in ("feat", "clas")}

convs = "1_1 1_2 2_1 2_2 3_1 3_2 3_3 4_1 4_2 4_3 5_1 5_2 5_3".split()
places = sorted(int(k.split(".")[1]) for k in state if k.startswith("features") and k.endswith("weight"))
arrays = {f"conv{c}": [np.ascontiguousarray(state[f"features.{p}.weight"].transpose(2, 3, 1, 0)), state[f"features.{p}.bias"]]
          for c, p in zip(convs, places)}
for name, i in (("fc6", 0), ("fc7", 3), ("fc8", 6)):
    w = state[f"classifier.{i}.weight"]
    if name == "fc6":
        w = w.reshape(w.shape[0], -1, 7, 7).transpose(0, 2, 3, 1).reshape(w.shape[0], -1)
    arrays[name] = [np.ascontiguousarray(w.T), state[f"classifier.{i}.bias"]]

np.save("source_dict.npy", arrays)
np.savez_compressed("source_weights.npz", **{f"{k}_{c}": a for k, p in arrays.items() for c, a in zip("Wb", p)})
slim = {}
for k, (w, bias) in arrays.items():
    scope = f"vgg_16/conv{k[4]}/{k}" if k.startswith("conv") else f"vgg_16/{k}"
    if k.startswith("fc"):
        w = w.reshape((7, 7, -1, w.shape[1]) if k == "fc6" else (1, 1) + w.shape)
    slim[scope + "/weights"], slim[scope + "/biases"] = w, bias
np.savez("slim.npz", **slim)
subprocess.run([sys.executable, "../weights/testdata/make_tf.py", "slim.npz", "source_slim.ckpt"], check=True)
subprocess.run(["mv", "source_slim.ckpt.v1", "source_slim_v1.ckpt"], check=True)
subprocess.run(["rm", "slim.npz"], check=True)
