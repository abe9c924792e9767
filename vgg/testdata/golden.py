#!/usr/bin/env python3
"""Makes golden_*.safetensors: narrow nets with random weights, and what PyTorch computes of them.

Run with Debian's python3-torch: python3 golden.py. Each file holds a net with torchvision's tensor
names (float32) and, as golden.<layer>, maps [H,W,C] of the image of picture() in float64, rounded
to float32. The nets are built here from PyTorch's layers, apart from fc7's table.
"""
import json
import struct

import numpy as np
import torch
import torch.nn as nn

NETS = {  # blocks of (kernel, width) after division by 32; normalisation
    "vgg11_lrn": ([[2], [4], [8, 8], [16, 16], [16, 16]], "lrn"),
    "vgg16c": ([[2, 2], [4, 4], [8, 8, -8], [16, 16, -16], [16, 16, -16]], ""),  # negative: 1x1
    "vgg16": ([[2, 2], [4, 4], [8, 8, 8], [16, 16, 16], [16, 16, 16]], ""),
    "vgg19_bn": ([[2, 2], [4, 4], [8] * 4, [16] * 4, [16] * 4], "bn"),
}
FC, CLASSES, H, W = 20, 10, 230, 261


def picture():
    y, x, c = np.meshgrid(np.arange(H), np.arange(W), np.arange(3), indexing="ij")
    return ((x * 7 + y * 13 + c * 50 + (x * y) % 31 + (x // 16 + y // 24) % 2 * 90) % 256).astype(np.uint8)


class LRN(nn.Module):
    def forward(self, x):  # PyTorch divides alpha by the size
        return nn.functional.local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2.0)


def build(blocks, norm):
    mods, names, cin = [], {}, 3
    for i, block in enumerate(blocks):
        for j, width in enumerate(block):
            k = 3 if width > 0 else 1
            mods.append(nn.Conv2d(cin, abs(width), k, padding=k // 2))
            cin = abs(width)
            if norm == "bn":
                mods.append(nn.BatchNorm2d(cin))
            mods.append(nn.ReLU())
            names[len(mods) - 1] = f"conv{i + 1}_{j + 1}"
            if norm == "lrn" and len(mods) == 2:
                mods.append(LRN())
                names[len(mods) - 1] = "lrn1"
        mods.append(nn.MaxPool2d(2))
        names[len(mods) - 1] = f"pool{i + 1}"
    head = nn.Sequential(nn.Linear(cin * 49, FC), nn.ReLU(), nn.Dropout(), nn.Linear(FC, FC), nn.ReLU(), nn.Dropout(),
                         nn.Linear(FC, CLASSES))
    return nn.Sequential(*mods), head, names


def randomise(mods):
    for m in mods:
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            fan = m.weight[0].numel()
            nn.init.normal_(m.weight, 0, (2 / fan) ** 0.5)
            nn.init.normal_(m.bias, 0, 0.1)
        elif isinstance(m, nn.BatchNorm2d):
            nn.init.uniform_(m.weight, 0.5, 1.5)
            nn.init.normal_(m.bias, 0, 0.3)
            nn.init.normal_(m.running_mean, 0, 0.3)
            nn.init.uniform_(m.running_var, 0.5, 2)


def forward(features, head, names):
    x = torch.from_numpy(picture()).permute(2, 0, 1)[None].float() / 255
    x = (x - torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    x, out = x.double(), {}
    for i, m in enumerate(features.double()):
        x = m(x)
        if i in names:
            out[names[i]] = x
    for name, i in (("fc6", 0), ("fc7", 3), ("fc8", 6)):
        w, b = head[i].weight.double(), head[i].bias.double()
        k = 7 if i == 0 else 1
        x = nn.functional.conv2d(x, w.view(w.shape[0], -1, k, k), b)
        if name != "fc8":
            x = x.relu()
        out[name] = x
    return out


def save(path, tensors, meta):
    head, at, blobs = {"__metadata__": meta}, 0, []
    for name, t in tensors.items():
        b = np.ascontiguousarray(t, dtype="<f4").tobytes()
        head[name] = {"dtype": "F32", "shape": list(t.shape), "data_offsets": [at, at + len(b)]}
        at += len(b)
        blobs.append(b)
    h = json.dumps(head).encode()
    h += b" " * (-len(h) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(h)) + h + b"".join(blobs))


def main():
    for seed, (name, (blocks, norm)) in enumerate(NETS.items()):
        torch.manual_seed(seed)
        features, head, names = build(blocks, norm)
        randomise([*features, *head])
        features.eval()
        tensors = {}
        for prefix, part in (("features", features), ("classifier", head)):
            for k, v in part.state_dict().items():
                if "num_batches" not in k:
                    tensors[f"{prefix}.{k}"] = v.clone().numpy()
        with torch.no_grad():
            maps = forward(features, head, names)
        for layer, m in maps.items():
            a = m[0].permute(1, 2, 0).numpy()
            if a.size > 6000:  # wide maps: only some rows and columns
                a = a[:: max(1, a.shape[0] // 12), :: max(1, a.shape[1] // 12)]
            tensors[f"golden.{layer}"] = a
        save(f"golden_{name}.safetensors", tensors, {"made by": "golden.py", "torch": torch.__version__})


main()
