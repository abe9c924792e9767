#!/usr/bin/env python3
"""Writes one full VGG-16 in the formats of its sources, for TestFullSize.

python3 make_fullsize.py STATE.pth FOLDER, with Debian's python3-torch and python3-torchvision; takes 3.4 GB.
vgg16.onnx is PyTorch's export, the others hold the arrays as their sources lay them out. Then
python3 ../weights/testdata/make_tf.py FOLDER/slim.npz FOLDER/vgg_16.ckpt writes the TensorFlow checkpoints, and
FC7_FULLSIZE=FOLDER go test -run FullSize ./vgg compares them.
"""
import os
import sys

import numpy as np
import torch
import torchvision

torch.set_num_threads(1)
net = torchvision.models.vgg16()
net.load_state_dict(torch.load(sys.argv[1]))
net.eval()
os.makedirs(sys.argv[2], exist_ok=True)
os.chdir(sys.argv[2])
torch.onnx.export(net, torch.zeros(1, 3, 224, 224), "vgg16.onnx", do_constant_folding=False)

arrays, block, place = {}, 1, 1
for m in net.features:
    if isinstance(m, torch.nn.MaxPool2d):
        block, place = block + 1, 1
    if isinstance(m, torch.nn.Conv2d):
        w = m.weight.detach().numpy().transpose(2, 3, 1, 0)
        arrays[f"conv{block}_{place}"] = [np.ascontiguousarray(w), m.bias.detach().numpy()]
        place += 1
for name, i in (("fc6", 0), ("fc7", 3), ("fc8", 6)):
    w, b = net.classifier[i].weight.detach().numpy(), net.classifier[i].bias.detach().numpy()
    if name == "fc6":
        w = w.reshape(4096, 512, 7, 7).transpose(0, 2, 3, 1).reshape(4096, -1)
    arrays[name] = [np.ascontiguousarray(w.T), b]
np.save("vgg16.npy", arrays)
np.savez("vgg16_weights.npz", **{f"{k}_{c}": a for k, p in arrays.items() for c, a in zip("Wb", p)})

slim = {}
for k, (w, b) in arrays.items():
    scope = f"vgg_16/conv{k[4]}/{k}" if k.startswith("conv") else f"vgg_16/{k}"
    if k.startswith("fc"):
        w = w.reshape((7, 7, 512, 4096) if k == "fc6" else (1, 1) + w.shape)
    slim[scope + "/weights"], slim[scope + "/biases"] = w, b
np.savez("slim.npz", **slim)
