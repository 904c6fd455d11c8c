# SPDX-License-Identifier: MIT
"""The computer at the other end of the USB cable: plugs in, opens both serial channels, pulls the cable.

in    bytes for a channel (`send`); `plug`, `unplug`
out   bytes of a channel (`on_data[channel]`)
keeps what waits to be sent, per channel
from  USB 2.0, 9; CDC PSTN 1.2; RP2040 datasheet 4.1
but   1. rp2040py's USBCDC serves one CDC function and answers an idle endpoint with empty packets every 10 us;
         this one serves all of them, and an endpoint with nothing to send stays pending (NAK), as on a wire
      2. until `plug` the pull-up is ignored: a board on battery. A pulled cable looks to the board like a suspended
         bus, as it does on a Pico, whose VBUS pin CircuitPython does not watch
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from rp2040py.peripherals.usb import SIE_SUSPENDED
from rp2040py.usb.cdc import CDC_DTR, CDC_RTS, USBCDC
from rp2040py.usb.interfaces import DataDirection, ISetupPacketParams, SetupRecipient, SetupType
from rp2040py.usb.setup import create_setup_packet

CONSOLE, DATA = 0, 1
PACKET_NS = 1e6 / 19  # a full-speed bus carries at most 19 bulk packets of 64 bytes a millisecond (USB 2.0, table 5-9)
_INTERFACE, _ENDPOINT = 4, 5
_COMMUNICATION, _CDC_DATA = 2, 10
_SET_CONTROL_LINE_STATE = 0x22
_GET_DESCRIPTOR, _STRING, _ENGLISH = 6, 3, 0x0409


class Function(NamedTuple):
    """One CDC function: control interface number, IN and OUT endpoint, number of the string that names it."""

    control: int
    into: int
    out: int
    name: int


def functions(descriptors: list[int]) -> list[Function]:
    """All CDC functions of a configuration descriptor, in order."""
    found: list[Function] = []
    at, control, name, endpoints = 0, 0, 0, None
    while at < len(descriptors) and descriptors[at] >= 2:
        length, kind = descriptors[at], descriptors[at + 1]
        if kind == _INTERFACE and length == 9:
            endpoints = None
            if descriptors[at + 5] == _COMMUNICATION:
                control, name = descriptors[at + 2], descriptors[at + 8]
            elif descriptors[at + 5] == _CDC_DATA and descriptors[at + 4] == 2:
                endpoints = {}
        elif kind == _ENDPOINT and endpoints is not None and descriptors[at + 3] & 3 == 2:
            endpoints[descriptors[at + 2] >> 7] = descriptors[at + 2] & 15
            if len(endpoints) == 2:
                found.append(Function(control, endpoints[1], endpoints[0], name))
        at += length
    return found


def slow_down(mcu: Any) -> None:
    """Let a packet to the computer keep its buffer for as long as a full-speed bus needs; rp2040py frees it at once."""
    usb, clock = mcu.usb_ctrl, mcu.clock
    indicate = usb._indicate_buffer_ready
    free_at = 0.0  # ns: the bus has carried everything before
    waiting: list[int] = []

    def done() -> None:
        endpoints = sorted(set(waiting))
        waiting.clear()
        for endpoint in endpoints:
            indicate(endpoint, False)

    alarm = clock.create_alarm(done)

    def ready(endpoint: int, out: bool) -> None:
        nonlocal free_at
        if out or endpoint == 0:
            indicate(endpoint, out)
            return
        free_at = max(free_at, clock.nanos) + PACKET_NS
        waiting.append(endpoint)
        alarm.schedule(free_at - clock.nanos)

    usb._indicate_buffer_ready = ready


class Computer(USBCDC):
    """The host side of the cable. `plugged` is a wish: enumeration takes some emulated milliseconds more, and
    `on_ready` says when all channels are open."""

    def __init__(self, usb: Any, plugged: bool = True) -> None:
        super().__init__(usb)
        self.plugged = plugged
        self.is_pulled_up = False
        self.is_ready = False
        self.functions: list[Function] = []
        self.first = CONSOLE  # the channel of functions[0]: a locked board has no console
        self.on_data: dict[int, Callable[[bytes], None]] = {}
        self.on_pulled_up: Callable[[], None] | None = None
        self.on_ready: Callable[[], None] | None = None
        self._to_open: list[Function] = []
        self._asks = 0  # 1: the name of the only function is still unknown, 2: asked for
        self._pending: dict[int, int] = {}
        self._queues: dict[int, bytearray] = {}
        self._base_write, self._base_read = usb.on_endpoint_write, usb.on_endpoint_read
        usb.on_usb_enabled = self._enabled
        usb.on_endpoint_write, usb.on_endpoint_read = self._from_board, self._to_board

    # cable ------------------------------------------------------------------------------------------------
    def _enabled(self) -> None:
        self.is_pulled_up = True
        if self.on_pulled_up:
            self.on_pulled_up()
        if self.plugged:
            self.usb.reset_device()

    def plug(self) -> None:
        """Put the cable in: bus reset, then enumeration."""
        if self.plugged and self.is_ready:
            return
        self.plugged = True
        self.usb._sie_status &= ~SIE_SUSPENDED
        self._forget()
        if self.is_pulled_up:
            self.usb.reset_device()

    def unplug(self) -> None:
        """Pull the cable: the bus falls silent, which the board takes for suspend after 3 ms."""
        self.plugged = False
        self._forget()
        self.usb._sie_status |= SIE_SUSPENDED
        self.usb._sie_status_updated()
        self.usb._sie_status &= ~SIE_SUSPENDED  # an event to the interrupt handler, not a level it must clear

    def _forget(self) -> None:
        is_pulled_up, keep = self.is_pulled_up, (self.on_device_connected, self.on_serial_data)
        super()._on_controller_reset()
        self.on_device_connected, self.on_serial_data = keep
        self.functions, self._to_open, self._pending = [], [], {}
        self.first, self._asks = CONSOLE, 0
        self.is_ready = False
        self.is_pulled_up = is_pulled_up
        for queue in self._queues.values():
            queue.clear()

    def _on_controller_reset(self) -> None:
        self._forget()
        self.is_pulled_up = False

    # data -------------------------------------------------------------------------------------------------
    def _from_board(self, endpoint: int, data: bytes) -> None:
        if not self.plugged:
            return
        if endpoint == 0 and self._initialized and not data:
            if self._to_open:
                self._open(self._to_open.pop(0))
            elif self._asks == 1:
                self._ask_name(self.functions[0].name)
            elif not self.is_ready and not self._asks:
                self._is_ready_now()
            return
        if endpoint == 0 and self._asks == 2 and data:
            self.first = DATA if "CDC2" in bytes(data[2:]).decode("utf-16-le", "replace") else CONSOLE
            self._asks = 0
            self._is_ready_now()
            return
        for channel, function in enumerate(self.functions, self.first):
            if endpoint == function.into and endpoint != 0:
                if channel in self.on_data:
                    self.on_data[channel](bytes(data))
                return
        self._base_write(endpoint, data)
        if not self.functions and self._descriptors_size is not None:
            if len(self._descriptors) != self._descriptors_size:
                return
            self.functions = functions(self._descriptors)
            self._to_open = self.functions[1:]
            self._asks = int(len(self.functions) == 1)
            if self.functions:
                first = self.functions[0]
                self._in_endpoint, self._out_endpoint = first.into, first.out
                self._control_interface = first.control

    @property
    def channels(self) -> list[int]:
        """The channels that the board has."""
        return list(range(self.first, self.first + len(self.functions)))

    def _is_ready_now(self) -> None:
        self.is_ready = True
        if self.on_ready:
            self.on_ready()

    def _ask_name(self, string: int) -> None:
        self._asks = 2
        to_host, standard, device = DataDirection.DEVICE_TO_HOST, SetupType.STANDARD, SetupRecipient.DEVICE
        asked = (_GET_DESCRIPTOR, _STRING << 8 | string, _ENGLISH, 64)
        self.usb.send_setup_packet(create_setup_packet(ISetupPacketParams(to_host, standard, device, *asked)))

    def _open(self, function: Function) -> None:
        self._send_class_request(_SET_CONTROL_LINE_STATE, CDC_DTR | CDC_RTS, function.control, w_length=0)

    def _to_board(self, endpoint: int, size: int) -> None:
        if not any(function.out == endpoint for function in self.functions) or endpoint == 0:
            if endpoint == 0:
                self._base_read(endpoint, size)
            return
        self._pending[endpoint] = size
        self._kick(endpoint)

    def _kick(self, endpoint: int) -> None:
        if endpoint not in self._pending:
            return
        channel = next(i for i, function in enumerate(self.functions, self.first) if function.out == endpoint)
        queue = self._queues.setdefault(channel, bytearray())
        if queue:
            size = self._pending.pop(endpoint)
            data = bytes(queue[:size])
            del queue[:size]
            self.usb.endpoint_read_done(endpoint, data)

    def send(self, channel: int, data: bytes) -> None:
        """Queue bytes for the board; dropped while the cable is out."""
        if not self.plugged:
            return
        self._queues.setdefault(channel, bytearray()).extend(data)
        if channel in self.channels:
            self._kick(self.functions[channel - self.first].out)

    def send_serial_byte(self, data: int) -> None:
        self.send(CONSOLE, bytes((data,)))
