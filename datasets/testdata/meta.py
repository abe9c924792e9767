# Writes meta.mat (packed) and meta_plain.mat (after another variable) in the form of the ILSVRC-2012 development kit:
#   python3 meta.py meta.mat meta_plain.mat
import sys

import numpy as np
import scipy.io as sio

rows=[(1,'n02119789','kit fox, Vulpes macrotis','small grey fox',0,[],0,1300),
(2,'n02100735','English setter','an English breed',0,[],0,1300),
(3,'n01440764','tench, Tinca tinca','freshwater dace-like game fish',0,[],0,1300),
(4,'n03255030','dumbbell','an exercising weight',0,[],0,1300),
(5,'n02083346','canine, canid','any of various fissiped mammals',2,[1,2],1,0)]
dt=[(n,'O') for n in ('ILSVRC2012_ID','WNID','words','gloss','num_children','children','wordnet_height','num_train_images')]
a=np.zeros((len(rows),1),dtype=dt)
for i,r in enumerate(rows):
    a[i,0]['ILSVRC2012_ID']=np.array([[float(r[0])]]); a[i,0]['WNID']=r[1]; a[i,0]['words']=r[2]; a[i,0]['gloss']=r[3]
    a[i,0]['num_children']=np.array([[float(r[4])]]); a[i,0]['children']=np.array([r[5]],dtype=np.float64) if r[5] else np.zeros((1,0)); a[i,0]['wordnet_height']=np.array([[float(r[6])]]); a[i,0]['num_train_images']=np.array([[float(r[7])]])
sio.savemat(sys.argv[1],{'synsets':a},do_compression=True)
sio.savemat(sys.argv[2],{'other':np.arange(5.0),'synsets':a})
