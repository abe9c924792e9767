// ONNX Runtime's bare net: node ort.js MODEL THREADS. Each line of standard input is a list of [times, pictures, height, width];
// the answer is the milliseconds that all of them took, after one that warmed up.
const ort = require('onnxruntime-node');
const readline = require('readline');
(async () => {
  const session = await ort.InferenceSession.create(process.argv[2], { intraOpNumThreads: +process.argv[3], graphOptimizationLevel: 'all' });
  let data = new Float32Array(0);
  const run = (n, h, w) => session.run({ x: new ort.Tensor('float32', data.subarray(0, n * 3 * h * w), [n, 3, h, w]) });
  for await (const line of readline.createInterface({ input: process.stdin })) { // made only now: it drops what comes before it is read
    const shapes = JSON.parse(line);
    const most = Math.max(...shapes.map(([, n, h, w]) => n * 3 * h * w));
    if (data.length < most) data = new Float32Array(most).map(() => Math.random() * 4 - 2);
    await run(...shapes[0].slice(1));
    const began = performance.now();
    for (const [times, n, h, w] of shapes) for (let i = 0; i < times; i++) await run(n, h, w);
    console.log(performance.now() - began);
  }
})().catch(e => { console.error(String(e)); process.exit(1); });
