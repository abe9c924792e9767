#!/usr/bin/env python3
"""Makes golden_evaluate.json: the posteriors of a few images by a narrow net in every way of testing, labels chosen so that
some answers are right, some are among the first five and some are wrong, and the errors that follow, all by PyTorch,
torchvision and Pillow in float64, apart from fc7's code.

Run as golden_views.py, whose net and rules it takes: python3 golden_evaluate.py. With the .pth of a whole vgg16 and a folder it
takes real images from the folder instead of made ones, saves them as PNG named .JPEG in the layout of ImageNet's val, a
folder a class, and prints what fc7 evaluate must print; the views and scales that are wanted come last, for crops of a whole net take long:
    python3 golden_evaluate.py vgg16.pth IMAGES OUT synsets.txt dense,centre 240,256
"""
import json
import os
import sys

import numpy as np
import torch
from PIL import Image

from golden_views import HERE, centre, crops, maps, safetensors, scaled, vector

SCALES = [240, 256]
RANKS = [0, 0, 2, 6, 0, 4, 9, 1, 0, 5]  # of the label among the net's answers, image by image
WAYS = {  # what is averaged
    "dense 240": ["dense 240"], "dense 256": ["dense 256"], "dense": ["dense 240", "dense 256"],
    "crops 240": ["crops 240"], "crops 256": ["crops 256"], "crops": ["crops 240", "crops 256"],
    "dense+crops": ["dense 240", "dense 256", "crops 240", "crops 256"], "centre": ["centre 256"],
}


def made(i):
    """Image i as the test makes it again: [H,W,3] of bytes."""
    h, w = 230 + 7 * i, 301 - 9 * i
    y, x, c = np.meshgrid(np.arange(h), np.arange(w), np.arange(3), indexing="ij")
    return ((x * (7 + i) + y * (13 + 5 * i) + c * 50 * i + (x * y) % (31 + i) + (x // 16 + y // 24) % 2 * (90 + 3 * i)) % 256).astype(np.uint8)


def posteriors(weights, image, views, scales):
    def mean(pictures, flip):
        every = []
        for p in pictures:
            every.append(vector(maps(weights, p), "prob", "mean"))
            if flip:
                every.append(vector(maps(weights, p[:, ::-1]), "prob", "mean"))
        return (sum(every) / len(every)).numpy()

    out = {}
    for q in scales:
        if "dense" in views:
            out[f"dense {q}"] = mean([np.array(scaled(image, q))], True)
        if "crops" in views:
            out[f"crops {q}"] = mean(crops(image, q, 224), True)
    if "centre" in views:
        out["centre 256"] = mean(centre(image, 256, 224), False)
    return out


def main():
    full = len(sys.argv) > 1
    if full:
        weights = torch.load(sys.argv[1], map_location="cpu")
        names = sorted(os.listdir(sys.argv[2]))[:len(RANKS)]
        images = [Image.open(os.path.join(sys.argv[2], n)).convert("RGB") for n in names]
        wnids = [line.split()[0] for line in open(sys.argv[4])]
    else:
        weights = safetensors(os.path.join(HERE, "../../../vgg/testdata/golden_vgg16.safetensors"))
        images = [Image.fromarray(made(i)) for i in range(len(RANKS))]
    views = sys.argv[5].split(",") if full else ["dense", "crops", "centre"]
    scales = [int(q) for q in sys.argv[6].split(",")] if full else SCALES
    have = [f"{v} {q}" for v in views for q in scales] + ["centre 256"] * ("centre" in views)
    used = {w: cols for w, cols in WAYS.items() if all(c in have for c in cols)}
    choose = list(used)[-1] if full else "dense+crops"  # whose ranks the labels are chosen by
    labels, every, ranks = [], [], {w: [] for w in used}
    with torch.no_grad():
        for i, image in enumerate(images):
            p = posteriors(weights, image, views, scales)
            ways = {w: sum(p[c] for c in cols) / len(cols) for w, cols in used.items()}
            order = np.argsort(-ways[choose], kind="stable")
            label = int(order[RANKS[i]])
            for w, v in ways.items():
                ranks[w].append(int((v > v[label]).sum()))
                others = np.abs(np.delete(v, label) / v[label] - 1)
                assert others.min() > 1e-5, f"image {i}, {w}: classes too close to tell: take another image"
            labels.append(label)
            every.append(p)
            if full:
                folder = os.path.join(sys.argv[3], "val", wnids[label])
                os.makedirs(folder, exist_ok=True)
                image.save(os.path.join(folder, f"ILSVRC2012_val_{i + 1:08d}.JPEG"), "PNG")
    errors = {w: [sum(r >= k for r in rs) / len(rs) for k in (1, 5)] for w, rs in ranks.items()}
    if full:
        json.dump({"posteriors": [{c: v.tolist() for c, v in p.items()} for p in every], "labels": labels, "errors": errors, "ranks": ranks}, open(os.path.join(sys.argv[3], "expected.json"), "w"))
        for w, e in errors.items():
            print(f"{w:12s} top-1 {100 * e[0]:.2f}  top-5 {100 * e[1]:.2f}")
        return
    with open(os.path.join(HERE, "golden_evaluate.json"), "w") as f:
        f.write('{"labels": %s,\n"ranks": %s,\n"errors": %s,\n"posteriors": [\n' % (json.dumps(labels), json.dumps(ranks), json.dumps(errors)))
        f.write(",\n".join(json.dumps({c: [float(f"{x:.9g}") for x in v] for c, v in p.items()}) for p in every) + "\n]}\n")


if __name__ == "__main__":
    main()
