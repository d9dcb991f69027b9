"""The training step of train-bench in PyTorch, for comparison.

usage: torch-train.py THREADS BATCH HIDDEN LAYERS WINDOW
(python with torch; prints its version, and `wall N` and `cpu N` steps/s)
LSTM layers, dropout 0.5 between them, one-hot inputs of 34 + 32 classes, two
softmaxes, gradient clipping, Adam.
SPDX-License-Identifier: MIT
"""
import sys
import time

import torch

threads, batch, hidden, layers, steps = (int(x) for x in sys.argv[1:6])
MELODY, CHORDS = 34, 32
torch.set_num_threads(threads)
torch.set_flush_denormal(True)
torch.manual_seed(1)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        dropout = 0.5 if layers > 1 else 0
        self.lstm = torch.nn.LSTM(MELODY + CHORDS, hidden, layers, dropout=dropout)
        self.heads = torch.nn.Linear(hidden, MELODY + CHORDS)

    def forward(self, x):
        return self.heads(self.lstm(x)[0]).flatten(0, 1)


net = Net()
adam = torch.optim.Adam(net.parameters(), 1e-3)
melody = torch.randint(MELODY, (steps + 1, batch))
chord = torch.randint(CHORDS, (steps + 1, batch))
one_hot = torch.nn.functional.one_hot
x = torch.cat([one_hot(melody[:-1], MELODY), one_hot(chord[:-1], CHORDS)], 2).float()
loss_of = torch.nn.functional.cross_entropy


def update():
    adam.zero_grad()
    y = net(x)
    loss = 0.5 * loss_of(y[:, :MELODY], melody[1:].flatten())
    loss = loss + 0.5 * loss_of(y[:, MELODY:], chord[1:].flatten())
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    adam.step()


for _ in range(3):
    update()
wall, cpu, n = time.perf_counter(), time.process_time(), 0
while time.perf_counter() - wall < 3:
    update()
    n += 1
done = n * steps * batch
print(f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}")
print(f"wall {done / (time.perf_counter() - wall):.0f} steps/s")
print(f"cpu {done / (time.process_time() - cpu):.0f} steps/s")
