#!/usr/bin/env python3
"""Makes plain.mat and compressed.mat: values of every class that scipy writes, in version 5; net.mat: a net of one layer.

Run with Debian's python3-scipy: python3 make_mat.py.
"""
import numpy as np
import scipy.io


def cell(*values):
    out = np.empty((1, len(values)), object)
    for i, v in enumerate(values):
        out[0, i] = v
    return out


def structs(*values):
    out = np.empty((1, len(values)), [(k, object) for k in values[0]])
    for i, v in enumerate(values):
        for k in v:
            out[0, i][k] = v[k]
    return out


def counting(shape, dtype):
    return np.arange(int(np.prod(shape))).astype(dtype).reshape(shape, order="F")


VALUES = {
    "single": counting((2, 3, 4), "<f4"), "double": counting((3, 2), "<f8"), "negative": np.array([[-1, -300]], "<i2"),
    **{t: counting((1, 5), t) for t in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")},
    "logical": np.array([[True, False]]), "complex": np.array([[1 + 2j]]), "text": "conv1_1", "empty": np.zeros((0, 0)),
    "unicode": "Grüße", "cells": cell(np.float32([[1, 2]]), "two", cell("nested")),
    "one": {"name": "conv", "size": np.array([[3.0, 3.0, 1.0]]), "weights": cell(counting((2, 2), "<f4"), np.zeros((0, 0)))},
    "many": structs({"name": "a", "value": np.float64(1)}, {"name": "b", "value": np.float64(2)}),
}
scipy.io.savemat("plain.mat", VALUES)
scipy.io.savemat("compressed.mat", VALUES, do_compression=True)
scipy.io.savemat("net.mat", {"layers": cell({"name": "conv1", "type": "conv", "weights": cell(counting((1, 1, 2, 3), "<f4"), counting((1, 3), "<f4"))}),
                             "normalization": {"averageImage": np.ones((1, 1, 3))}})
