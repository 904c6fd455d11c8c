# SPDX-License-Identifier: MIT
"""Events: everything that can happen on a walk, as one table and one object.

Everything left of here (imu, mount, gait, balance) makes events; everything right of here (coach, journal,
link, the computer) reads them. Times are sample indexes since boot (int) and a fraction 0-1; both ends rely
on the numbers below, docs/formats.md lists them, and they are never reused.
"""

# kind numbers ------------------------------------------------------------------------------------------
STEP = 1  # one initial contact, own leg or inferred other leg; the label is final
STUMBLE = 2  # abrupt recovery inside a stride
FALL = 3  # impact, changed posture, stillness
WOBBLE = 4  # recent strides far from this wearer's own baseline
TURN = 5  # provisional change of walking direction, for the coach only: never stored, never replayed
DOUBT = 6  # something could not be made out: `reason` is a number of errors; logged, never replayed
CHECK = 7  # a guided check is over: score 1.0 understood, 0.0 not
SEEN = 8  # a step was counted whose STEP comes later, with its direction: for the coach only, never stored
ALERT = 16  # a buzz: value = pattern, cause = kind that led to it
BUTTON = 17  # value = PRESS_*
LOG = 18  # value = number of errors
START = 19  # a session begins
END = 20  # a session ends: value = END_*
SETTING = 21  # a setting in force
MOUNT = 22  # what was learnt of how the sensor sits
CLOCK = 23  # sample index <-> UTC
RAW = 24  # raw samples kept around an alert
RELEASE = 25  # a session whose bytes a computer holds: its blocks may be overwritten
PLAN = 26  # where the training plan stands
INTERVAL = 27  # one interval of the plan was finished
WALKTEST = 28  # one repetition of the 3 m backward walk test

# kind -> (name, who makes it, in replay, in the journal)
KINDS = {
    STEP: ("step", "gait", True, True),
    STUMBLE: ("stumble", "balance", True, True),
    FALL: ("fall", "balance", True, True),
    WOBBLE: ("wobble", "balance", True, True),
    TURN: ("turn", "gait", False, False),
    DOUBT: ("doubt", "mount", False, False),
    CHECK: ("check", "mount", False, False),
    SEEN: ("seen", "gait", False, False),
    ALERT: ("alert", "coach", False, True),
    BUTTON: ("button", "device", False, True),
    LOG: ("log", "device", False, True),
    START: ("start", "journal", False, True),
    END: ("end", "journal", False, True),
    SETTING: ("setting", "journal", False, True),
    MOUNT: ("mount", "mount", False, True),
    CLOCK: ("clock", "link", False, True),
    RAW: ("raw", "device", False, True),
    RELEASE: ("release", "link", False, True),
    PLAN: ("plan", "coach", False, True),
    INTERVAL: ("interval", "coach", False, True),
    WALKTEST: ("walktest", "coach", False, True),
}

# direction of a step -------------------------------------------------------------------------------------
UNKNOWN = 0
FORWARD = 1
BACKWARD = 2
SIDEWAYS = 3
DIRECTIONS = ("unknown", "forward", "backward", "sideways")

# first contact of the foot -------------------------------------------------------------------------------
CONTACT_UNKNOWN = 0
TOE = 1
HEEL = 2
CONTACTS = ("unknown", "toe", "heel")

# why a session ended -------------------------------------------------------------------------------------
END_BUTTON = 1
END_USB = 2  # plugged into a computer
END_IDLE = 3  # ten minutes without a step
END_POWER = 4  # power went away: found and closed at the next boot
END_LINK = 5  # the computer asked
END_FULL = 6  # no room left
END_BATTERY = 7  # the battery was empty
ENDS = ("open", "button", "usb", "idle", "power", "link", "full", "battery")

# quality flags of an event: what was wrong with the samples behind it ------------------------------------
Q_GYRO_CLIPPED = 1
Q_ACC_CLIPPED = 2
Q_GAP = 4  # samples lost close by
Q_STUCK = 8  # sensor repeated itself close by
Q_RESTARTED = 16  # sensor was restarted close by
Q_NO_GYRO = 32
Q_RATE = 64  # faster than a leg can go: kept, marked, not trusted
Q_UNPROVEN = 128  # a length or speed outside what was validated
QUALITY = ("gyro_clipped", "acc_clipped", "gap", "stuck", "restarted", "no_gyro", "rate", "unproven")

# buttons -------------------------------------------------------------------------------------------------
PRESS_SHORT = 1
PRESS_LONG = 2
PRESSES = ("none", "short", "long")


class Event:
    """One event of the engine.

    kind        int, above
    index,frac  sample index (int, since boot) and fraction 0-1 of initial contact or onset
    decided     sample index at the end of the chunk that fixed the final label
    provisional sample index at which a provisional label stood, or -1
    direction   int, above; confidence float 0-1
    inferred    True for the other leg's step
    stride_s    stride time in s, or 0.0 when unknown
    length_m    stride length in m, or 0.0; length_sd_m its uncertainty; speed = length / stride time
    stance      share of the stride in stance 0-1, or 0.0
    sagittal_rad  sagittal range of the stride in rad, or 0.0
    contact     toe or heel, above; contact_confidence float 0-1
    quality     flags, above
    score       stumble, fall, wobble: how far past the threshold (1.0 = at it)
    """

    def __init__(self, kind, index, frac=0.0, decided=0):
        self.kind = kind
        self.index = index
        self.frac = frac
        self.decided = decided
        self.provisional = -1
        self.direction = UNKNOWN
        self.confidence = 0.0
        self.inferred = False
        self.stride_s = 0.0
        self.length_m = 0.0
        self.length_sd_m = 0.0
        self.stance = 0.0
        self.sagittal_rad = 0.0
        self.contact = CONTACT_UNKNOWN
        self.contact_confidence = 0.0
        self.quality = 0
        self.score = 0.0
