#!/usr/bin/env python3
"""Makes golden_views.json: descriptors of one image by a narrow net, in every mode, as PyTorch, torchvision and Pillow compute
them in float64, apart from fc7's code.

Run with Debian's python3-torch, python3-torchvision and python3-pil: python3 golden_views.py. The net is that of
vgg/testdata/golden_vgg16.safetensors (vgg16/32, fc6 and fc7 20 wide, 10 classes). With a .pth of a whole vgg16 as argument and
an image, it prints the same for these instead:
    python3 golden_views.py vgg16.pth image.png > golden.json
"""
import json
import os
import struct
import sys

import numpy as np
import torch
import torch.nn as nn
from PIL import Image
from torchvision import transforms

HERE = os.path.dirname(os.path.abspath(__file__))
H, W = 230, 301
LAYERS = ["conv1_1", "conv1_2", "pool1", "conv2_1", "conv2_2", "pool2", "conv3_1", "conv3_2", "conv3_3", "pool3", "conv4_1", "conv4_2",
          "conv4_3", "pool4", "conv5_1", "conv5_2", "conv5_3", "pool5"]


def picture():
    y, x, c = np.meshgrid(np.arange(H), np.arange(W), np.arange(3), indexing="ij")
    return ((x * 7 + y * 13 + c * 50 + (x * y) % 31 + (x // 16 + y // 24) % 2 * 90) % 256).astype(np.uint8)


def safetensors(path):
    raw = open(path, "rb").read()
    n = struct.unpack("<Q", raw[:8])[0]
    head = json.loads(raw[8:8 + n])
    out = {}
    for name, t in head.items():
        if name != "__metadata__" and not name.startswith("golden."):
            a, b = t["data_offsets"]
            out[name] = torch.from_numpy(np.frombuffer(raw[8 + n + a:8 + n + b], "<f4").reshape(t["shape"]).copy())
    return out


def maps(weights, rgb):
    """The map [C,H,W] of pool5, fc7 and fc8 of an 8-bit picture [H,W,3], after ReLU."""
    x = torch.from_numpy(np.array(rgb)).permute(2, 0, 1)[None].float() / 255
    x = (x - torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    x, i = x.double(), 0
    for name in LAYERS:
        if name.startswith("pool"):
            x, i = nn.functional.max_pool2d(x, 2), i + 1
        else:
            x = torch.relu(nn.functional.conv2d(x, weights[f"features.{i}.weight"].double(), weights[f"features.{i}.bias"].double(), padding=1))
            i += 2
    out = {"pool5": x[0]}
    if min(x.shape[2:]) >= 7:
        for name, i, k in (("fc6", 0, 7), ("fc7", 3, 1), ("fc8", 6, 1)):
            w, b = weights[f"classifier.{i}.weight"].double(), weights[f"classifier.{i}.bias"].double()
            x = nn.functional.conv2d(x, w.view(w.shape[0], -1, k, k), b)
            x = torch.relu(x) if name != "fc8" else x
            out[name] = x[0]
    return out


def scaled(image, q):
    w, h = image.size
    s = q / min(w, h)
    return image.resize((max(q, round(w * s)), max(q, round(h * s))), Image.BILINEAR)


def crops(image, q, size):
    image = np.array(scaled(image, q))
    at = lambda length: [int(np.floor(i * (length - size) / 4 + 0.5)) for i in range(5)]
    return [image[y:y + size, x:x + size] for y in at(image.shape[0]) for x in at(image.shape[1])]


def centre(image, q, size):
    return [np.array(transforms.CenterCrop(size)(transforms.Resize(q)(image)))]


def vector(m, layer, pool):
    if layer == "prob":
        return torch.softmax(m["fc8"].mean((1, 2)), 0)
    return m[layer].amax((1, 2)) if pool == "max" else m[layer].mean((1, 2))


def describe(weights, pictures, flip, layers, pool):
    every = []
    for p in pictures:
        every.append(maps(weights, p))
        if flip:
            every.append(maps(weights, p[:, ::-1]))
    if pool == "map":
        out = {}
        for layer in layers:
            m = every[0][layer]
            if flip:
                m = (m + every[1][layer].flip(2)) / 2
            out[layer] = m.permute(1, 2, 0)
        return out
    return {layer: sum(vector(m, layer, pool) for m in every) / len(every) for layer in layers}


CASES = [  # views, scale, crop size, flip, pool, layers
    ("dense", 256, 0, True, "mean", ["fc7", "pool5", "fc8", "prob"]),
    ("dense", 300, 0, True, "max", ["fc7", "pool5"]),
    ("dense", 300, 0, False, "mean", ["fc7", "prob"]),
    ("dense", 128, 0, False, "map", ["pool5"]),
    ("dense", 128, 0, True, "map", ["pool5"]),
    ("crops", 256, 224, True, "mean", ["fc7", "fc8", "prob"]),
    ("crops", 301, 224, False, "max", ["fc7"]),
    ("crops", 128, 97, True, "mean", ["pool5"]),
    ("centre", 256, 224, False, "mean", ["fc7", "fc8", "prob"]),
    ("centre", 255, 224, True, "mean", ["fc7", "prob"]),
    ("centre", 128, 97, False, "map", ["pool5"]),
]


def main():
    full = len(sys.argv) > 1
    weights = torch.load(sys.argv[1], map_location="cpu") if full else safetensors(os.path.join(HERE, "../../../vgg/testdata/golden_vgg16.safetensors"))
    image = Image.open(sys.argv[2]).convert("RGB") if full else Image.fromarray(picture())
    out = []
    with torch.no_grad():
        for views, q, size, flip, pool, layers in CASES:
            if views == "dense":
                pictures = [np.array(scaled(image, q))]
            else:
                pictures = {"crops": crops, "centre": centre}[views](image, q, size)
            got = describe(weights, pictures, flip, layers, pool)
            for layer, v in got.items():
                out.append({"views": views, "scale": q, "crop_size": size, "flip": flip, "pool": pool, "layer": layer,
                            "shape": list(v.shape), "values": [float(f"{x:.9g}") for x in v.flatten().tolist()]})
    text = "[\n" + ",\n".join(json.dumps(c) for c in out) + "\n]\n"
    if full:
        sys.stdout.write(text)
    else:
        open(os.path.join(HERE, "golden_views.json"), "w").write(text)


if __name__ == "__main__":
    main()
