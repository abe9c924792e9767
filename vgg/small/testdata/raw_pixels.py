#!/usr/bin/env python3
"""A linear SVM on raw pixels, trained and judged on the images that a training of fc7 used: what a net has to beat.

  raw_pixels.py FC7 101_ObjectCategories RUN/splits.tsv

Each image is resized to 32x32 pixels of RGB, the mean image subtracted, the row L2-normalised; one squared hinge SVM a class by
fc7 bench svm; the C that does best on the validation images themselves is taken, to the baseline's advantage.
"""
import subprocess, sys, tempfile
import numpy as np
from PIL import Image

fc7, root, splits = sys.argv[1:4]
rows = [line.rstrip("\n").split("\t") for line in open(splits)][1:]
images, split = [r[0] for r in rows], np.array([r[-1] for r in rows])
x = np.stack([np.asarray(Image.open(f"{root}/{i}").convert("RGB").resize((32, 32), Image.BILINEAR), np.float32).ravel() for i in images])
train, val = split == "train", split == "val"
x -= x[train].mean(0)
x /= np.linalg.norm(x, axis=1, keepdims=True)
names = sorted({i.split("/")[0] for i in images})
y = np.array([names.index(i.split("/")[0]) for i in images])
d = tempfile.mkdtemp()
np.save(f"{d}/x.npy", np.ascontiguousarray(x[train]))
np.save(f"{d}/y.npy", np.where(y[train][:, None] == np.arange(len(names)), 1, -1).astype(np.int8))
best = 1.0
for c in (0.1, 0.3, 1, 3, 10):
    subprocess.run([fc7, "bench", "svm", "--x", f"{d}/x.npy", "--y", f"{d}/y.npy", "--c", str(c), "--out", f"{d}/w{c}.npy"], check=True, stdout=subprocess.DEVNULL)
    error = np.mean((x[val] @ np.load(f"{d}/w{c}.npy").T).argmax(1) != y[val])
    print(f"C = {c}: top-1 error {100 * error:.1f} % of {val.sum()} images")
    best = min(best, error)
print(f"raw pixels, {train.sum()} images to train, {len(names)} classes: top-1 error {100 * best:.1f} %")
