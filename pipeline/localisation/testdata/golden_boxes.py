#!/usr/bin/env python3
"""Makes golden_boxes.json: the boxes that a narrow net gives at each position of an image and of its mirror image, by
PyTorch in float64, apart from fc7's code.

Run with Debian's python3-torch: python3 golden_boxes.py. The net is vgg/testdata/golden_vgg16.safetensors with a last
layer that head() makes, as the test does; the image, made() of them too, is as large as the net sees it, so that nothing
is resized.
"""
import json
import os
import struct

import numpy as np
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
H, W, STRIDE, SIDE, CLASSES = 256, 330, 32, 224, 3
MEAN = np.array([0.48, 0.52, 0.4, 0.45])  # of the targets, in sides of the window
DEVIATION = np.array([0.2, 0.25, 0.15, 0.1])


def made():
    y, x, c = np.meshgrid(np.arange(H), np.arange(W), np.arange(3), indexing="ij")
    return ((x * 5 + y * 11 + c * 70 + (x * y) % 37 + (x // 20 + y // 28) % 2 * 80) % 256).astype(np.uint8)


def head(width):
    o, i = np.meshgrid(np.arange(4 * CLASSES), np.arange(width), indexing="ij")
    return ((o * 31 + i * 17 + o * i) % 23 - 11) / 64, (np.arange(4 * CLASSES) % 5 - 2) / 8


def safetensors(path):
    with open(path, "rb") as f:
        n = struct.unpack("<Q", f.read(8))[0]
        table, data = json.loads(f.read(n)), f.read()
    return {k: torch.from_numpy(np.frombuffer(data, "<f4", offset=t["data_offsets"][0], count=int(np.prod(t["shape"]))).reshape(t["shape"]).copy()).double()
            for k, t in table.items() if k != "__metadata__"}


def boxes(w, pixels):
    """Corners [class][position] of an image of bytes [H,W,3]: pixels counted from 1, both in it."""
    x = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].double() / 255
    x = (x - torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1).double()) / torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1).double()
    layers = sorted(int(k.split(".")[1]) for k in w if k.startswith("features.") and k.endswith(".weight"))
    for n, i in enumerate(layers):
        x = F.relu(F.conv2d(x, w[f"features.{i}.weight"], w[f"features.{i}.bias"], padding=1))
        if n + 1 == len(layers) or layers[n + 1] - i == 3:  # its rectifier, and a pooling
            x = F.max_pool2d(x, 2)
    for i, k in ((0, 7), (3, 1)):
        m = w[f"classifier.{i}.weight"]
        x = F.relu(F.conv2d(x, m.view(m.shape[0], -1, k, k), w[f"classifier.{i}.bias"]))
    a, b = head(x.shape[1])
    y = F.conv2d(x, torch.from_numpy(a)[:, :, None, None], torch.from_numpy(b))[0].permute(1, 2, 0).numpy()
    out = []
    for c in range(CLASSES):
        every = []
        for row in range(y.shape[0]):
            for column in range(y.shape[1]):
                v = y[row, column, 4 * c:4 * c + 4] * DEVIATION + MEAN
                cx, cy, width, height = SIDE * v[0] + STRIDE * column, SIDE * v[1] + STRIDE * row, SIDE * max(v[2], 0), SIDE * max(v[3], 0)
                every.append([cx - width / 2 + 1, cy - height / 2 + 1, cx + width / 2, cy + height / 2])
        out.append(every)
    return out


def main():
    w = safetensors(os.path.join(HERE, "../../../vgg/testdata/golden_vgg16.safetensors"))
    image = made()
    straight, mirrored = boxes(w, image), boxes(w, image[:, ::-1])
    mirrored = [[[W + 1 - b[2], b[1], W + 1 - b[0], b[3]] for b in c] for c in mirrored]
    with open(os.path.join(HERE, "golden_boxes.json"), "w") as f:
        rows = [",\n".join(json.dumps([[round(v, 5) for v in b] for b in c]) for c in every) for every in (straight, mirrored)]
        f.write('{"straight": [\n%s\n],\n"mirrored": [\n%s\n]}\n' % tuple(rows))


if __name__ == "__main__":
    main()
